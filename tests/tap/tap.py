"""TAP for the test scripts, and the programs under test.

Scripts call ok(), is_equal(), and done() at the end.  Paths come from the
environment that `make check` sets; run by hand from the top of the tree they
fall back to build-plain."""
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("builddir") or os.path.join(TOP, "build-plain")
TARE = os.environ.get("TARE") or os.path.join(BUILD, "tare")
TARED = os.environ.get("TARED") or os.path.join(BUILD, "tared")
TAREC = os.environ.get("TAREC") or os.path.join(BUILD, "tarec")
RULES = os.environ.get("TARE_RULES") or os.path.join(TOP, "rules")
PLUGINS = os.environ.get("TARE_PLUGINS") or os.path.join(BUILD, "plugins/.libs")

_count = 0
_failed = 0


def sanitized():
    """Is a sanitizer built into the programs?"""
    with open(TAREC, "rb") as f:
        return b"__asan_init" in f.read()


def ok(good, text):
    """One line of TAP; returns whether it was good."""
    global _count, _failed
    _count += 1
    if not good:
        _failed += 1
    print("ok" if good else "not ok", _count, "-", text, flush=True)
    return good


def is_equal(got, want, text):
    if not ok(got == want, text):
        note(f"got  {got!r}", f"want {want!r}")
        return False
    return True


def note(*lines):
    for line in lines:
        for part in str(line).splitlines():
            print("#", part, flush=True)


def done():
    print(f"1..{_count}")
    sys.exit(1 if _failed else 0)


# Times what a quiet machine of today needs, for a busy one of CI.
PATIENCE = 4


def wait_for(what, seconds=20.0, every=0.02):
    """Until what() is true; its last value.

    seconds is when a quiet machine has failed; all get PATIENCE times as many,
    which only a failure ever waits for.  So this limit claims nothing: a claim
    about time is made of the time that it took."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        value = what()
        if value or time.monotonic() > end:
            return value
        time.sleep(every)


def need(*programs):
    """A test that cannot start its real parts has failed, not passed."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        ok(False, f"needs {', '.join(missing)} (scripts/deps test installs it)")
        done()


# Below the ports that the kernel gives to clients, so that none of the many
# connections of the tests beside us takes a port between choice and use.
PORTS = range(10000, 32000)
_claims = None
_given = set()


def _claim(port):
    """Whether the port is ours, among all tests of this machine, until we exit."""
    global _claims
    if _claims is None:
        path = os.path.join(tempfile.gettempdir(), "tare-test-ports")
        _claims = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.lockf(_claims, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
        return True
    except OSError:
        return False


def _bindable(port):
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("127.0.0.1", port))
        return True
    except OSError:
        return False


def free_port():
    """A loopback port, free for UDP and TCP, that no other test will be given.

    The claim is a lock on one byte of a common file: a test that dies releases it.
    """
    for _ in range(1000):
        port = random.choice(PORTS)
        # _given, because our own locks never refuse us
        if port not in _given and _claim(port) and _bindable(port):
            _given.add(port)
            return port
    raise RuntimeError("no free port among 1000 tried")


class Work:
    """A temporary directory and the processes started in it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tare-test.")
        os.chmod(self.dir, 0o755)       # servers drop their rights
        self.children = []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for child in reversed(self.children):
            self.stop(child)
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        return path

    def start(self, argv, log):
        with open(self.path(log), "ab") as f:
            child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                                     cwd=self.dir)
        self.children.append(child)
        return child

    def stop(self, child, sig=signal.SIGTERM, seconds=15):
        if child in self.children:
            self.children.remove(child)
        if child.poll() is None:
            child.send_signal(sig)
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


class Daemon:
    """A tared of the test's own on a unix socket."""

    def __init__(self, work, *options, rules=None, cf=(), local=False, workers=2, name="d"):
        self.work = work
        self.state = work.path(name + "-state")
        self.socket = work.path(name + ".sock")
        self.log = name + ".log"
        os.makedirs(self.state, exist_ok=True)
        os.makedirs(work.path("site"), exist_ok=True)
        self.common = ["--rules", rules or RULES, "--plugins", PLUGINS, "--site", work.path("site")]
        for line in cf:
            self.common += ["--cf", line]
        if local:
            self.common += ["--local"]
        self.argv = [TARED, "-f", *self.common, "--state", self.state, "--listen", self.socket,
                     "--workers", str(workers), *options]
        if os.getuid() == 0 and "--user" not in options:
            # The tree may be where nobody else can read.
            self.argv += ["--user", "root"]
        self.child = None

    def start(self, seconds=20):
        self.child = self.work.start(self.argv, self.log)
        if not wait_for(lambda: self.child.poll() is not None or self.answers(), seconds) or \
           self.child.poll() is not None:
            note(self.read_log()[-2000:])
            raise RuntimeError("tared did not start")
        return self

    def answers(self):
        try:
            return self.talk(b"PING SPAMC/1.5\r\n\r\n").startswith(b"SPAMD/1.5 0 PONG")
        except OSError:
            return False

    def stop(self, sig=signal.SIGTERM):
        return self.work.stop(self.child, sig)

    def read_log(self):
        with open(self.work.path(self.log), errors="replace") as f:
            return f.read()

    def talk(self, request, timeout=60):
        """Send bytes, half-close, read to the end."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(timeout)
            s.connect(self.socket)
            s.sendall(request)
            s.shutdown(socket.SHUT_WR)
            out = b""
            while True:
                part = s.recv(65536)
                if not part:
                    return out
                out += part

    def scan(self, message, verb="SYMBOLS"):
        """The body of the reply (rule names for SYMBOLS) and the Spam line's score."""
        reply = self.talk(b"%s SPAMC/1.5\r\nContent-length: %d\r\n\r\n%s" %
                          (verb.encode(), len(message), message))
        head, _, body = reply.partition(b"\r\n\r\n")
        if not head.startswith(b"SPAMD/1.1 0 EX_OK"):
            raise RuntimeError(f"reply: {reply[:200]!r}")
        score = None
        for line in head.split(b"\r\n"):
            if line.startswith(b"Spam:"):
                score = float(line.split(b";")[1].split(b"/")[0])
        return body.decode(errors="replace"), score

    def zones(self):
        """tare zones --json as a dictionary by zone name."""
        out = subprocess.run([TARE, "zones", *self.common, "--state", self.state, "--json"],
                             capture_output=True, text=True)
        return {z["zone"]: z for z in map(json.loads, out.stdout.splitlines())}

    def history(self, zone):
        out = subprocess.run([TARE, "zones", *self.common, "--state", self.state, "--json",
                              "history", zone], capture_output=True, text=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

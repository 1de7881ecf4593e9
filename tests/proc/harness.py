"""Start a tared of one's own, talk to it, and speak TAP.

Every test has its own directory, rules, unix socket and free port.  Nothing
here needs the network.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../tap"))
import tap  # noqa: E402
from tap import (done, free_port, is_equal as same, need, note,  # noqa: E402,F401
                 ok, wait_for)

RULES = """
required_score 5
report_safe 0
body T_SPAM /spamword/
describe T_SPAM A word that only tests use
score T_SPAM 10
body T_HAM /hamword/
describe T_HAM Another one
score T_HAM -1
"""

HAM = (b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\n"
       b"Subject: lunch\r\nMessage-ID: <1@example.org>\r\n\r\n"
       b"At noon? hamword\r\n")
SPAM = HAM.replace(b"hamword", b"spamword")


def program(name):
    """The path of TARED, TARE, TAREC, TARE_PLUGINS."""
    return {"TARED": tap.TARED, "TARE": tap.TARE, "TAREC": tap.TAREC,
            "TARE_PLUGINS": tap.PLUGINS, "TARE_RULES": tap.RULES}[name]


class Daemon:
    """A running tared; use as a context."""

    def __init__(self, *options, rules=RULES, workers=2, listen=None,
                 plugins=True, start=True):
        self.dir = tempfile.mkdtemp(prefix="tare-test-")
        os.chmod(self.dir, 0o755)
        self.rules = os.path.join(self.dir, "rules")
        self.state = os.path.join(self.dir, "state")
        self.socket = os.path.join(self.dir, "sock")
        self.port = free_port()
        self.log_path = os.path.join(self.dir, "log")
        os.mkdir(self.rules)
        self.write_rules(rules)
        if plugins:
            plugin_dir = program("TARE_PLUGINS")
        else:
            plugin_dir = os.path.join(self.dir, "no-plugins")
            os.mkdir(plugin_dir)
        tcp = "127.0.0.1:%d" % self.port
        listen = listen if listen else [tcp] if listen == [] else [self.socket, tcp]
        self.args = [program("TARED"), "-f", "--rules", self.rules,
                     "--plugins", plugin_dir, "--state", self.state,
                     "--site", self.rules_site(), "--workers",
                     str(workers)]
        for where in listen:
            self.args += ["--listen", where]
        if os.getuid() == 0 and "--user" not in options:
            self.args += ["--user", "root"]
        self.args += options
        self.process = None
        if start:
            self.start()

    def rules_site(self):
        site = os.path.join(self.dir, "site")
        os.makedirs(site, exist_ok=True)
        return site

    def write_rules(self, text):
        path = os.path.join(self.rules, "10-test.cf")
        with open(path + ".new", "w") as f:
            f.write(text)
        os.rename(path + ".new", path)

    def start(self):
        self.log_file = open(self.log_path, "ab")
        before = self.log().count("event=ready")
        self.process = subprocess.Popen(self.args, stdout=self.log_file,
                                        stderr=self.log_file)
        wait_for(lambda: self.process.poll() is not None or
                 self.log().count("event=ready") > before)
        if self.log().count("event=ready") == before:
            note(self.log())
            raise RuntimeError("tared is not ready")

    def log(self):
        with open(self.log_path, errors="replace") as f:
            return f.read()

    def stop(self, how=signal.SIGTERM, seconds=30):
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def control(self, line, seconds=30):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(seconds)
        with s:
            s.connect(os.path.join(self.state, "control"))
            s.sendall(line.encode() + b"\n")
            s.shutdown(socket.SHUT_WR)
            return read_all(s).decode()

    def status(self):
        return json.loads(self.control("status"))

    def workers(self, state="ready"):
        return [w for w in self.status()["workers"] if w["state"] == state]

    def connect(self, unix=True, seconds=30):
        if unix:
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(seconds)
            s.connect(self.socket)
        else:
            s = socket.create_connection(("127.0.0.1", self.port), seconds)
        return s

    def ask(self, verb, message=b"", unix=True, version="1.5"):
        """One whole exchange; the reply's bytes."""
        with self.connect(unix) as s:
            s.sendall(request(verb, message, version))
            s.shutdown(socket.SHUT_WR)
            return read_all(s)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process is not None and self.process.poll() is None:
            self.stop()
        if exc[0] is not None:
            note(self.log())
        shutil.rmtree(self.dir, ignore_errors=True)


def request(verb, message=b"", version="1.5", headers=b""):
    return b"%s SPAMC/%s\r\n%sContent-length: %d\r\n\r\n%s" % (
        verb.encode(), version.encode(), headers, len(message), message)


def read_all(s):
    parts = []
    while True:
        piece = s.recv(65536)
        if not piece:
            return b"".join(parts)
        parts.append(piece)


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False

#!/usr/bin/env python3
"""procmail's `:0fw` around spamc and tarec, with the daemon running, stopped,
standing still, and killed in the middle of a scan: as many messages come out
as went in, each whole, and marked or as it came.  Other hosts and thousands of
messages: tests/hosts."""
import glob
import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, RULES, TAREC, Work, connect, done, is_equal, need, note, ok, program,  # noqa: E402
                   ready, request, status, tared, wait_for)

WAITING = RULES + """
dns_server 127.0.0.1:%d
rbl_timeout 20
dns_available yes
header T_RBL eval:check_rbl('x', 'bl.tare-test.example.')
score T_RBL 10
"""
MESSAGE = (b"Received: from a (a.example.com [192.0.2.7])\n\tby b.example.org with SMTP; Sat, 21 "
           b"Nov 2026 10:00:00 +0000\n" + HAM.replace(b"\r\n", b"\n"))
# what becomes of a message whose scan fails
CLIENTS = {
    "spamc": ("spamc -U %s -t 2", "as it came"), "spamc -x": ("spamc -U %s -t 2 -x", "as it came"),
    "tarec": (TAREC + " -U %s -t 2", "as it came"), "tarec -x": (TAREC + " -U %s -t 2 -x", "as it came"),
    "tarec --tempfail": (TAREC + " -U %s -t 2 --tempfail", "as it came"),
    "tarec --mark": (TAREC + " -U %s -t 2 --mark", "says so"),
}


class Procmail:
    def __init__(self, work, name, command):
        self.work, self.box = work, "box-" + name
        for sub in ("new", "cur", "tmp"):
            os.makedirs(work.path(f"{self.box}/{sub}"))
        self.rc = work.write("rc-" + name, f"SHELL=/bin/sh\nMAILDIR={work.dir}\nDEFAULT={self.box}/\n"
                             f"LOGFILE=log\n:0fw\n| {command}\n")
        os.chmod(self.rc, 0o600)

    def start(self, message):
        p = subprocess.Popen(["procmail", "-m", self.rc], stdin=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, cwd=self.work.dir,
                             env={**os.environ, "HOME": self.work.dir})
        p.stdin.write(message)
        p.stdin.close()
        return p

    def delivered(self):
        out = []
        for path in glob.glob(self.work.path(self.box + "/new/*")):
            with open(path, "rb") as f:
                out.append(f.read())
            os.unlink(path)
        return out


def became(message, sent):
    """Marked, as it came, with a line that says so, or something worse.
    procmail itself adds a newline to what a filter gave back."""
    message, sent = message.rstrip(b"\n") + b"\n", sent.rstrip(b"\n") + b"\n"
    if message == sent:
        return "as it came"
    body = sent.partition(b"\n\n")[2]
    if message.startswith(b"X-Tare-Error: not scanned: ") and \
       message.partition(b"\n")[2] == sent:
        return "says so"
    if b"\nX-Spam-Status: " in b"\n" + message and message.endswith(b"\n\n" + body) and \
       message.count(body) == 1:
        return "marked"
    return "broken"


def deliver(work, daemon, name, situation, want):
    command, unscanned = CLIENTS[name]
    p = Procmail(work, f"{situation}-{name}".replace(" ", "_"), command % daemon.socket)
    sent = [MESSAGE.replace(b"<1@", b"<%d@" % n) for n in range(3)]
    status_ = [q.wait(120) for q in [p.start(m) for m in sent]]
    out = p.delivered()
    kinds = sorted(became(m, s) for s in sent for m in out if s.split(b"Message-ID")[1][:12] in m)
    is_equal((status_, len(out), kinds), ([0] * 3, 3, [want or unscanned] * 3),
             f"{situation}: {name}") or note(out[:1])


def running(work):
    d = tared(work, name="run")
    for name in CLIENTS:
        deliver(work, d, name, "running", "marked")
    standing = (d.child.pid, *ready(d))
    for child in standing:
        os.kill(child, signal.SIGSTOP)
    for name in CLIENTS:
        deliver(work, d, name, "standing still", None)
    for child in standing:      # or they would stand for ever
        try:
            os.kill(child, signal.SIGCONT)
        except ProcessLookupError:
            pass                # replaced meanwhile
    wait_for(lambda: len(ready(d)) >= 1)
    d.stop(signal.SIGKILL)
    for name in CLIENTS:
        deliver(work, d, name, "stopped", None)


def inflight(d):
    return sum(w["inflight"] for w in status(d)["workers"])


def waits(d):
    """Does a scan take its time?  (A list that is not enrolled yet is not
    waited for.)"""
    with connect(d, unix=True, seconds=1) as s:
        s.sendall(request("CHECK", MESSAGE))
        try:
            return s.recv(1) is None
        except socket.timeout:
            return True


def killed(work):
    """SIGKILL to every worker while the scan waits for DNS."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("127.0.0.1", 0))
    d = tared(work, rules=WAITING % silent.getsockname()[1], name="kill", local=False)
    ok(wait_for(lambda: waits(d), 60), "scans wait for the list")
    for n, (name, (command, unscanned)) in enumerate(CLIENTS.items()):
        p = Procmail(work, f"kill-{n}", (command % d.socket).replace("-t 2", "-t 60"))
        sent = MESSAGE.replace(b"<1@", b"<kill%d@" % n)
        wait_for(lambda: not inflight(d), 30)
        q = p.start(sent)
        ok(wait_for(lambda: inflight(d), 30), name + " is being scanned")
        before = ready(d)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        is_equal((q.wait(120), [became(m, sent) for m in p.delivered()]), (0, [unscanned]),
                 "  and after a kill is delivered once, whole")
        wait_for(lambda: len(ready(d)) == 2 and not set(ready(d)) & set(before), 60)
    d.stop()


def without_w(work):
    """Why the flag matters: without it a filter that wrote nothing is believed.
    The documentation shows `fw` only."""
    name = work.path("nowhere")
    p = Procmail(work, "f", f"{TAREC} -U {name} --tempfail")
    with open(p.rc) as f:
        text = f.read()
    with open(p.rc, "w") as f:
        f.write(text.replace(":0fw", ":0f"))
    p.start(MESSAGE).wait(60)
    ok(all(len(m) < 10 for m in p.delivered()), "`:0f` without `w` loses mail, as documented")
    here = os.environ.get("srcdir") or os.path.join(os.path.dirname(__file__), "../..")
    code, out = program(["grep", "-rnE", "^[[:space:]]*:0f[^w]", os.path.join(here, "contrib"),
                         os.path.join(here, "doc"), os.path.join(here, "man"),
                         os.path.join(here, "README.md")])
    is_equal((code, out), (1, b""), "and no example shows it")


need("procmail", "spamc")
with Work() as work:
    running(work)
    killed(work)
    without_w(work)
done()

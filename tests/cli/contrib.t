#!/usr/bin/env python3
"""What contrib/ gives away works: its procmailrc delivers, and what systemd
would start says that it is ready, reloads and ends."""
import glob
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import BUILD, TAREC, TOP, Daemon, Work, done, is_equal, need, note, ok  # noqa: E402

GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
SPAM = b"From: a@example.org\nSubject: test\n\n" + GTUBE + b"\n"
HAM = b"From: Anna <a@example.org>\nSubject: lunch\n\nAt noon?\n"
need("procmail", "sed")

with open(os.path.join(TOP, "contrib/procmailrc"), encoding="utf-8") as f:
    RECIPES = f.read()


def deliver(work, recipes, message):
    """procmail's exit status and where the message is: {folder: text}."""
    for name in ("spam", "inbox"):
        shutil.rmtree(work.path(name), ignore_errors=True)
    rc = work.write("rc", f"SHELL=/bin/sh\nPATH={work.dir}:/usr/bin:/bin\nMAILDIR={work.dir}\n"
                    f"DEFAULT=inbox/\nLOGFILE=log\n{recipes}")
    os.chmod(rc, 0o600)
    p = subprocess.run(["procmail", "-m", rc], input=message, capture_output=True,
                       cwd=work.dir, env={**os.environ, "HOME": work.dir})
    boxes = {}
    for path in glob.glob(work.path("*/new/*")):
        with open(path, "rb") as f:
            boxes[path.split("/")[-3]] = f.read()
    return p.returncode, boxes


def procmail(work):
    daemon = Daemon(work, local=True, workers=1).start()
    path = work.write("tarec", f"#!/bin/sh\nexec {TAREC} -U {daemon.socket} \"$@\"\n")
    os.chmod(path, 0o755)
    status, boxes = deliver(work, RECIPES, SPAM)
    ok(status == 0 and list(boxes) == ["spam"] and b"X-Spam-Flag: YES" in boxes["spam"],
       "procmailrc: spam is marked and filed")
    status, boxes = deliver(work, RECIPES, HAM)
    ok(status == 0 and list(boxes) == ["inbox"] and b"X-Spam-Status: No" in boxes["inbox"],
       "procmailrc: ham is marked and delivered")
    daemon.stop()
    status, boxes = deliver(work, RECIPES, SPAM)
    ok(status == 0 and list(boxes) == ["inbox"] and GTUBE in boxes["inbox"] and
       b"X-Spam" not in boxes["inbox"], "no daemon: delivered whole and unmarked")
    late = re.sub(r"^#(:0e|\{.*\}|)$", r"\1", RECIPES, flags=re.M)
    ok(late != RECIPES and "\n:0e\n" in late, "the lines for who would rather wait are there")
    status, boxes = deliver(work, late, SPAM)
    is_equal((status, boxes), (75, {}), "and with them the server keeps the message")


def unit(work):
    """The start command of the unit, with a reader where systemd would be."""
    with open(os.path.join(BUILD, "contrib/tare.service"), encoding="utf-8") as f:
        text = f.read()
    start = r"^ExecStart=/\S+/tared --foreground --state %S/tare$"
    ok(not re.search(r"@\w+@", text) and re.search(start, text, re.M), "the unit has its paths")
    ok(re.search(r"^Type=notify$", text, re.M), "and expects to be told")
    path = work.path("notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(30)
        os.environ["NOTIFY_SOCKET"] = path
        daemon = Daemon(work, local=True, workers=1, name="unit").start()
        is_equal(s.recv(100), b"READY=1", "tared tells when it is ready")
        daemon.child.send_signal(1)
        is_equal((s.recv(100), s.recv(100)), (b"RELOADING=1", b"READY=1"), "and reloads")
        status = daemon.stop()
        is_equal((s.recv(100), status), (b"STOPPING=1", 0), "and stops")
        del os.environ["NOTIFY_SOCKET"]
    if shutil.which("systemd-analyze") is None:
        note("no systemd-analyze here: the unit's syntax was not checked")
        return
    fixed = re.sub(r"^(Exec\w+=)\S+", rf"\1{shutil.which('true')}", text, flags=re.M)
    fixed = re.sub(r"^Documentation=.*\n", "", fixed, flags=re.M)
    p = subprocess.run(["systemd-analyze", "verify", work.write("tare.service", fixed)],
                       capture_output=True, text=True)
    if not is_equal((p.returncode, p.stderr), (0, ""), "systemd-analyze verify"):
        note(p.stdout)


with Work() as work_:
    os.mkdir(work_.path("site"))
    procmail(work_)
    unit(work_)
done()

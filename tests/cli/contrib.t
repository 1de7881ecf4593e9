#!/usr/bin/env python3
"""What contrib/ gives away works: its procmailrc delivers, and what systemd
would start says that it is ready, reloads and ends."""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import (BUILD, TAREC, TOP, Daemon, Work, done, free_port, is_equal,  # noqa: E402
                 need, note, ok, wait_for)

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
    ok(b"X-Tare-Error: not scanned" in boxes["inbox"], "and says that it was not scanned")
    late = re.sub(r"^:0efw\n.*\n", "", RECIPES, flags=re.M)
    late = re.sub(r"^#(:0e|\{.*\})$", r"\1", late, flags=re.M)
    ok(late != RECIPES and "\n:0e\n" in late, "the lines for who would rather wait are there")
    status, boxes = deliver(work, late, SPAM)
    is_equal((status, boxes), (75, {}), "and with them the server keeps the message")


def watchdog(work, path):
    """WATCHDOG=1 at half of the interval, while the daemon lives."""
    os.unlink(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(30)
        os.environ.update(NOTIFY_SOCKET=path, WATCHDOG_USEC="1000000")
        daemon = Daemon(work, local=True, workers=1, name="watched").start()
        told = [s.recv(100) for _ in range(5)]
        ok(told.count(b"WATCHDOG=1") == 4 and told.count(b"READY=1") == 1,
           "the watchdog is told that the master lives") or note(told)
        daemon.stop()
        del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]


def socket_unit(work):
    """Start on the first connection, with the sockets of the unit."""
    with open(os.path.join(TOP, "contrib/tare.socket"), encoding="utf-8") as f:
        text = f.read()
    streams = re.findall(r"^ListenStream=(.*)$", text, re.M)
    is_equal(streams, ["127.0.0.1:783", "[::1]:783", "/run/tare/socket"], "spamd's sockets")
    if shutil.which("systemd-socket-activate") is None:
        note("no systemd-socket-activate here: the sockets were not tried")
        return
    daemon = Daemon(work, local=True, workers=1, name="activated")
    port = free_port()
    daemon.child = work.start(["systemd-socket-activate", "-l", "127.0.0.1:%d" % port,
                               "-l", daemon.socket, *daemon.argv], daemon.log)
    ok(wait_for(daemon.answers, 60), "started by the first connection")
    ok("another daemon" not in daemon.read_log(), "and --listen gives way")
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.sendall(b"PING SPAMC/1.5\r\n\r\n")
        is_equal(s.recv(100), b"SPAMD/1.5 0 PONG\r\n", "the port is served, too")
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(daemon.state, "control"))
        s.sendall(b"status\n")
        names = json.loads(s.makefile().read())["listen"]
    is_equal(sorted(names), sorted([daemon.socket, "127.0.0.1:%d" % port]),
             "the log names them by their addresses")
    is_equal(daemon.stop(), 0, "and it stops")
    ok(os.path.exists(daemon.socket), "the socket stays")


def grade(work, text):
    """systemd's own opinion of the unit: the smaller, the less is exposed."""
    p = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                        "--threshold=20", work.write("tare.service", text)],
                       capture_output=True, text=True)
    if not is_equal(p.returncode, 0, "systemd-analyze security: exposure is at most 2.0"):
        note(p.stdout[-300:], p.stderr)


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
    watchdog(work, path)
    if shutil.which("systemd-analyze") is None:
        note("no systemd-analyze here: the unit's syntax was not checked")
        return
    fixed = re.sub(r"^(Exec\w+=)\S+", rf"\1{shutil.which('true')}", text, flags=re.M)
    fixed = re.sub(r"^Documentation=.*\n", "", fixed, flags=re.M)
    p = subprocess.run(["systemd-analyze", "verify", work.write("tare.service", fixed)],
                       capture_output=True, text=True)
    if not is_equal((p.returncode, p.stderr), (0, ""), "systemd-analyze verify"):
        note(p.stdout)
    grade(work, text)


with Work() as work_:
    os.mkdir(work_.path("site"))
    procmail(work_)
    unit(work_)
    socket_unit(work_)
done()

#!/usr/bin/env python3
"""Debian's spamc, unchanged, against tared: every mode it has."""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, HAM, SPAM, done, need, note, ok, same)

need("spamc")
SPAMC = shutil.which("spamc")


def spamc(where, message, *options):
    p = subprocess.run([SPAMC, *where, *options], input=message,
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=60)
    return p.returncode, p.stdout


def header(out, name):
    for line in out.split(b"\n\n")[0].split(b"\r\n\r\n")[0].splitlines():
        if line.lower().startswith(name.lower() + b":"):
            return line.split(b":", 1)[1].strip()
    return None


def modes(where, label):
    def run(message, *options):
        return spamc(where, message, *options)

    same(run(HAM, "-c"), (0, b"-1.0/5.0\n"), label + " -c ham")
    same(run(SPAM, "-c"), (1, b"10.0/5.0\n"), label + " -c spam")
    same(run(SPAM, "-y"), (0, b"T_SPAM"), label + " -y spam")
    same(run(HAM, "-y"), (0, b"T_HAM"), label + " -y ham")
    rc, out = run(HAM)
    ok(rc == 0 and header(out, b"X-Spam-Status").startswith(b"No"),
       label + " filter ham")
    ok(out.endswith(HAM.split(b"\r\n\r\n", 1)[1]),
       label + " body of ham unchanged")
    rc, out = run(SPAM)
    ok(rc == 0 and header(out, b"X-Spam-Flag") == b"YES",
       label + " filter spam")
    same(run(SPAM, "-E")[0], 1, label + " -E spam")
    same(run(HAM, "-E")[0], 0, label + " -E ham")
    rc, out = run(SPAM, "--headers")
    ok(rc == 0 and header(out, b"X-Spam-Flag") == b"YES" and
       out.endswith(SPAM.split(b"\r\n\r\n", 1)[1]), label + " --headers")
    same(run(SPAM, "--headers")[1], run(SPAM)[1],
         label + " --headers is the same as the filter")
    rc, out = run(SPAM, "-R")
    ok(rc == 0 and out.startswith(b"10.0/5.0\n") and b"T_SPAM" in out,
       label + " -R spam")
    rc, out = run(HAM, "-R")
    ok(rc == 0 and out.startswith(b"-1.0/5.0\n"), label + " -R ham")
    rc, out = run(SPAM, "-r")
    ok(rc == 0 and b"T_SPAM" in out, label + " -r spam")
    same(run(HAM, "-r"), (0, b""), label + " -r ham")
    rc, out = run(b"", "-K")
    same((rc, out), (0, b"SPAMD/1.5 0\n"), label + " -K")
    rc, out = run(HAM, "-x", "-L", "spam")
    ok(rc != 0 and b"successfully" not in out,
       label + " -L is refused, not believed")
    same(run(HAM, "-x")[0], 0, label + " -x")
    same(run(b"Subject: x\n\nno newline", "-c", "-x")[0], 0,
         label + " no final newline")
    same(run(HAM, "-s", "10", "-c"), (0, b"0/0\n"), label + " -s")


def big(where):
    body = b"Subject: big\n\n" + b"all work and no play\n" * 20000
    rc, out = spamc(where, body)
    ok(rc == 0 and out.endswith(body.split(b"\n\n", 1)[1]),
       "400 kB through and back")


with Daemon("--local") as d:
    modes(["-U", d.socket], "unix")
    modes(["-d", "127.0.0.1", "-p", str(d.port)], "tcp")
    big(["-U", d.socket])
    log = d.log()
    ok("result: Y 10 - T_SPAM scantime=" in log and
       "mid=<1@example.org>,autolearn=no" in log, "spamd's result: line")
    ok(d.status()["totals"]["crashes"] == 0, "no worker crashed") or \
        note(log)
    same(d.stop(), 0, "stops with status 0")
    same(os.path.exists(d.socket), False, "its socket is removed")
done()

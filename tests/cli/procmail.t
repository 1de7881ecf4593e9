#!/usr/bin/env python3
"""tare filter and tarec in real procmail recipes: mail goes in, mail comes
out, marked or not, never lost."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, TAREC, Daemon, Work, done, is_equal, need, note, ok

GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
need("procmail")


def deliver(work, rc, message):
    p = subprocess.run(["procmail", "-m", rc], input=message, capture_output=True,
                       cwd=work.dir, env={**os.environ, "HOME": work.dir})
    if p.stderr:
        note(p.stderr.decode(errors="replace")[-500:])
    return p.returncode


def box(work, name):
    out = []
    for path in sorted(glob.glob(work.path(f"{name}/new/*"))):
        with open(path, "rb") as f:
            out.append(f.read())
        os.unlink(path)
    return out


with Work() as work:
    os.mkdir(work.path("site"))
    for name in ("spam", "inbox"):
        for sub in ("new", "cur", "tmp"):
            os.makedirs(work.path(f"{name}/{sub}"))
    daemon = Daemon(work, local=True).start()
    filters = {
        "tare filter": f"{TARE} filter --local --rules {RULES} --plugins {PLUGINS} "
                       f"--site {work.path('site')}",
        "tarec --tempfail": f"{TAREC} -U {daemon.socket} --tempfail",
    }
    spam = b"From: a@example.org\nSubject: test\n\n" + GTUBE + b"\n"
    ham = b"From: Anna <a@example.org>\nSubject: lunch\n\nAt noon?\n"
    for name, command in filters.items():
        rc = work.write("rc", f"""
SHELL=/bin/sh
MAILDIR={work.dir}
DEFAULT=inbox/
LOGFILE=log
:0fw
| {command}

:0
* ^X-Spam-Status: Yes
spam/
""")
        os.chmod(rc, 0o600)
        is_equal(deliver(work, rc, spam), 0, f"{name}: spam is delivered")
        got = box(work, "spam")
        ok(len(got) == 1 and GTUBE in got[0] and b"X-Spam-Flag: YES" in got[0],
           f"{name}: marked, in the spam folder")
        is_equal(deliver(work, rc, ham), 0, f"{name}: ham is delivered")
        got = box(work, "inbox")
        ok(len(got) == 1 and got[0].rstrip(b"\n").endswith(b"\n\nAt noon?") and
           b"X-Spam-Status: No" in got[0], f"{name}: marked, in the inbox")
    # The daemon is gone: procmail keeps the mail as it came (fw).
    daemon.stop()
    is_equal(deliver(work, rc, spam), 0, "no daemon: still delivered")
    got = box(work, "inbox")
    ok(len(got) == 1 and GTUBE in got[0] and b"X-Spam-" not in got[0], "whole and unmarked")
    # The rules are gone.
    rc = work.write("rc", f"SHELL=/bin/sh\nMAILDIR={work.dir}\nDEFAULT=inbox/\nLOGFILE=log\n:0fw\n"
                    f"| {TARE} filter --local --rules /nonexistent\n")
    is_equal(deliver(work, rc, ham), 0, "no rules: still delivered")
    got = box(work, "inbox")
    ok(len(got) == 1 and got[0].rstrip(b"\n").endswith(b"At noon?") and b"X-Spam-" not in got[0],
       "whole and unmarked")
done()

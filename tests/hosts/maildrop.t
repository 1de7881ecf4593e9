#!/usr/bin/env python3
"""maildrop with contrib/maildrop/mailfilter: xfilter through tarec."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, SPAM, is_marked, is_whole, maildir, recipe, take
from tap import TAREC, Daemon, Work, done, is_equal, need, note

need("maildrop")


def deliver(work, message):
    p = subprocess.run(["maildrop", work.path("mailfilter")], input=message,
                       capture_output=True, cwd=work.dir)
    if p.stderr:
        note(p.stderr.decode(errors="replace")[-500:])
    return p.returncode


with Work() as work:
    daemon = Daemon(work, local=True).start()
    os.chmod(work.write("mailfilter", recipe("maildrop/mailfilter", **{
        "/usr/bin/tarec": TAREC, "/run/tare/socket": daemon.socket, "$HOME": work.dir})), 0o600)
    inbox, junk = work.path("Maildir"), work.path("Maildir/.Spam")
    for box in (inbox, junk):
        for sub in ("new", "cur", "tmp"):
            os.makedirs(f"{box}/{sub}")
    for name, message, box in (("ham", HAM, inbox), ("odd mail", ODD, inbox),
                               ("spam", SPAM, junk)):
        is_equal(deliver(work, message), 0, f"{name}: delivered")
        got = take(box)
        is_marked(got, box == junk, f"{name}: marked, in its folder")
        is_whole(got, message, f"{name}: whole")
    daemon.stop()
    is_equal(deliver(work, HAM), 75, "no daemon: a temporary failure")
    is_equal(maildir(inbox) + maildir(junk), [], "nothing was delivered")
done()

#!/usr/bin/env python3
"""spamass-milter in Postfix with contrib/postfix/milter.cf: spamc asks tared."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, SPAM, is_marked, is_whole, mail, recipe, smtp_send, take
from postfix import Postfix
from tap import Daemon, Work, done, is_equal, need, note, ok, wait_for

need("spamass-milter", "spamc")
SUSPECT = mail("offer", "buy now\n")

with Work() as work:
    # report_safe 0: a milter may change headers, and spamass-milter the body too.
    cf = ["report_safe 0", "body OFFER /buy now/", "score OFFER 6"]
    daemon = Daemon(work, "--socket-mode", "666", local=True, cf=cf).start()
    socket = work.path("milter.sock")
    more = recipe("postfix/milter.cf", **{"/run/spamass-milter.sock": socket,
                                          "/run/tare/socket": daemon.socket})
    options = next(line for line in more.splitlines() if line.startswith("#   -r"))[1:].split()
    milter = work.start(["spamass-milter", "-p", socket, *options], "milter.log")
    ok(wait_for(lambda: os.path.exists(socket), 20), "spamass-milter listens")
    os.chmod(socket, 0o666)
    with Postfix(work, more=more) as postfix:
        for name, message in (("ham", HAM), ("odd mail", ODD), ("suspect mail", SUSPECT)):
            is_equal(smtp_send(postfix.port, message)[0], 250, f"{name}: accepted")
            got = take(postfix.box)
            is_marked(got, message == SUSPECT, f"{name}: marked")
            is_whole(got, message, f"{name}: whole")
        is_equal(smtp_send(postfix.port, SPAM)[0], 550, "spam: refused")
        daemon.stop()
        is_equal(smtp_send(postfix.port, HAM)[0], 250, "no daemon: accepted")
        got = take(postfix.box)
        is_whole(got, HAM, "delivered as it came")
        ok(got and b"X-Spam-Status" not in got[0], "and unmarked")
        work.stop(milter)
        is_equal(smtp_send(postfix.port, HAM)[0], 451, "no milter: the sender shall try again")
        if "fatal" in postfix.log():
            note(postfix.log()[-3000:])
done()

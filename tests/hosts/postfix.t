#!/usr/bin/env python3
"""Postfix with contrib/postfix/master.cf: scanned by tarec, put back by sendmail,
kept while tared is away."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, SPAM, is_marked, is_whole, smtp_send, take
from postfix import Postfix
from tap import Daemon, Work, done, is_equal, note, ok, wait_for

with Work() as work:
    daemon = Daemon(work, "--socket-mode", "666", local=True).start()
    with Postfix(work, daemon.socket) as postfix:
        for name, message, spam in (("ham", HAM, False), ("spam", SPAM, True),
                                    ("odd mail", ODD, False)):
            is_equal(smtp_send(postfix.port, message)[0], 250, f"{name}: accepted")
            got = take(postfix.box)
            is_marked(got, spam, f"{name}: marked")
            is_whole(got, message, f"{name}: whole")
        # No daemon: nothing is delivered, nothing is bounced, nothing is lost.
        daemon.stop()
        for n in range(3):
            is_equal(smtp_send(postfix.port, HAM)[0], 250, "no daemon: accepted")
        ok(wait_for(lambda: postfix.log().count("status=deferred") >= 3, 30), "and kept")
        is_equal(postfix.queue(), 3, "in the queue")
        is_equal(take(postfix.box, 1, 0.5), [], "not delivered unscanned")
        daemon = Daemon(work, "--socket-mode", "666", local=True).start()
        postfix.retry()
        got = take(postfix.box, 3)
        is_equal(len(got), 3, "the daemon is back: all three arrive")
        ok(all(b"X-Spam-Status: No" in m for m in got), "scanned")
        ok(wait_for(lambda: postfix.queue() == 0, 10), "the queue is empty")
        ok("status=bounced" not in postfix.log(), "nothing was bounced")
        if "fatal" in postfix.log():
            note(postfix.log()[-3000:])
done()

#!/usr/bin/env python3
"""Scenario 35: a useless list, which names 10 % of ham and 10 % of spam.

Required: w_precision at most 0.15 after 1000 messages of senders known to be
good and 1000 of spam; `tare zones` says why.

The good senders are known by domain, as senders without a host of their own
are: a panel, which asks a list of addresses about addresses, has nobody to ask,
and the slow loop is alone."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene, data
from tap import TARE, done, note
from traffic import Mail, burst

EACH = 1000


def host(n):
    """In a network of its own."""
    return f"{60 + n // 250}.{n % 250}.0.7"


class Useless:
    """Every tenth ham and spam is from a listed host."""

    @staticmethod
    def mail(n):
        spam = n % 2 == 1
        return Mail(n, spam, False, 6 if spam else 3, host=host(n))


def said(s):
    """What is said of the list: by the daemon, by zones show, by zones."""
    def tare(*words):
        return " ".join(subprocess.run(
            [TARE, "zones", *s.daemon.common, "--state", s.daemon.state, *words],
            capture_output=True, text=True).stdout.split())
    return s.states()["bl.useless.net"]["words"], tare("show", "bl.useless.net"), tare()


with Scene(35, 60) as s:
    mails = [Useless.mail(n) for n in range(2 * EACH + 600)]
    listed = {m.ip for m in mails if m.n // 2 % 10 == 0}
    bl = s.zone("bl.useless.net", sets=[data("ip4set", sorted(listed))])
    s.warm_up, mails = mails[2 * EACH:], mails[:2 * EACH]
    known = " ".join(m.domain for m in mails if not m.spam)
    s.start(f"known_good_host {known}", trusted=True)
    results = burst(s, mails[:2])
    s.equal([r.score for r in results], [3 + 2.5, 6 + 2.5], "at first it gives all its points")
    results += burst(s, mails[2:])
    s.ok(all(bl.rule in r.rules for r in results if r.mail.ip in listed), "what it names, it hits")

    # the keeper counts a moment later than the last reply
    s.wait(lambda: all(f"({EACH} seen)" in w for w in said(s)[1:]), 30)
    short, show, table = said(s)
    note(short)
    weight = re.search(r"code 127\.0\.0\.2: weight ([0-9.]+)", short)
    s.most(weight and float(weight[1]), 0.15, "w_precision")
    for name, text in (("tare zones show", show), ("tare zones", table)):
        s.ok("of ham" in text and "times as likely to be listed" in text, f"{name} says why")
    after = [s.send(m) for m in mails[:2]]
    s.ok(all(0 <= r.score - r.mail.base <= 0.15 * 2.5 + 0.1 for r in after),
         f"then it gives nearly nothing: {after[0].score}, {after[1].score}")
    s.equal([e["to"] for e in s.history(bl)], ["learning", "trusted"], "its state is untouched")
done()

#!/usr/bin/env python3
"""Scenario 13: allow lists that answer 127.0.10.3 ("high trust" for those over
their quota, DNSWL) to everything: one by the name that is known for it, one
that nobody knows.

Required: the spam corpus gets the same results as without the lists; no
message gains trust."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done
from traffic import Mix, burst

with Scene(13, 60) as s:
    known = s.zone("list.dnswl.org", points=-5, flags="nice")
    other = s.zone("wl.allowed.net", points=-5, flags="nice")
    s.open()
    quota = wild(s.work, [known.name, other.name], "127.0.10.3")
    s.start(trusted=True)
    tests = burst(s, s.mails(200, Mix(p0=0.5)))
    s.ok(s.counted(other, tests) > 50 and s.counted(known, tests) > 50,
         "healthy, they take points from hosts that they list")
    broke = [s.route(z, quota) for z in (known, other)][0]
    first = s.send(s.mails(1, Mix(p0=0, spam=1))[0])
    s.ok(first.action == (first.mail.base == 6) and len(first.rules) == 1,
         "the very first spam gets its own score")
    with s.stream(100, Mix(p0=0)) as mail:
        for z in (known, other):
            s.most(s.until(z, 10, weight=0), 5, f"{z.name}: seconds until it has no weight")
        s.sleep(20)
        results = mail.stop() + burst(s, s.mails(500, Mix(p0=0)), 64)
    s.equal(mail.failures, [], "every message was judged")
    spam = [r for r in results if r.mail.spam]
    s.ok(len(spam) > 800, f"{len(spam)} spam messages")
    s.equal([r.score for r in spam if r.score != r.mail.base], [],
            "each has the score it has without the lists")
    for z in (known, other):
        s.equal(s.counted(z, results), 0, f"{z.name}: no message gained trust")
done()

#!/usr/bin/env python3
"""Scenario 1: three healthy lists, which list 1, 10 and 60 % of all mail, for 24
hours.

Required: 0 quarantines; controls at most 7 % of the lookups; weight stays 1.
And of all issue 4 asks: controls, probes and panels together at most 7 %.

The stream is thinner than 100 messages a minute, unless the scale is small:
controls come per lookup, but probes come per hour, and their share is reckoned
as that of the 144,000 lookups that 24 hours of such a stream have."""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import DAY, Scene, data
from tap import done, note
from traffic import Mix, Mail

RATE = 100
SHARES = {"one.example-lists.net": 0.01, "ten.example-lists.net": 0.1,
          "sixty.example-lists.net": 0.6}


class ThreeLists:
    """70 % spam; the first octet of the host says which lists have it."""

    def mail(self, n):
        lot = random.Random(n)
        if lot.random() >= 0.7:
            return Mail(n, False, False, 3)
        at = lot.random() * 0.7
        net = 5 if at < 0.01 else 6 if at < 0.1 else 7 if at < 0.6 else 14
        return Mail(n, True, net != 14, 3 if lot.random() < 0.1 else 6,
                    host=f"{net}.{n >> 8 & 255}.{n & 255}.7")


with Scene(1, 720) as s:
    lists = [s.zone(name, sets=[data("ip4set", [f"{net}.0.0.0/8" for net in range(5, last)])])
             for name, last in zip(SHARES, (6, 7, 8))]
    s.start(trusted=True)
    before = {z: s.sums(z) for z in lists}
    began, weights = s.now(), set()
    rate = min(RATE, 60 * 400 / s.scale)        # 400 a second
    with s.stream(rate, ThreeLists()) as mail:
        while s.now() < began + DAY:
            s.sleep(20)
            weights |= {(z["state"], z["weight"]) for z in s.states().values()}
        results = mail.stop()
    s.daemon.stop()                             # all counters are written
    s.equal(mail.failures, [], "every message was judged")
    s.ok(len(results) > 5000, f"{len(results)} messages in 24 hours")
    s.equal(weights, {("trusted", 1)}, "every list is trusted, with weight 1, all the time")
    for z in lists:
        s.equal([e["to"] for e in s.history(z, began)], [], f"{z.name}: no change of state")
        wire = len(s.relay.log(z.name, s.wall(began)))
        after = s.sums(z)
        lookups, controls = (after[k] - before[z][k] for k in ("lookups", "controls"))
        probes = wire - lookups - controls
        share = s.counted(z, results) / len(results)
        s.ok(abs(share - SHARES[z.name]) < 0.3 * SHARES[z.name] + 0.005,
             f"{z.name}: {share:.3f} of all mail is listed and counts")
        s.equal(s.harm(z, results), 0, f"{z.name}: harm")
        s.most(abs(lookups / len(results) - 1), 0.01, f"{z.name}: one lookup a message; share off")
        s.most(controls / lookups, 0.07, f"{z.name}: controls per lookup")
        s.most(controls / lookups + probes / (24 * 60 * RATE), 0.07,
               f"{z.name}: and all extra questions, of {lookups} lookups, {probes} probes")
done()

#!/usr/bin/env python3
"""Scenario 10: a provider of 15 % of the good senders' mail, all of it from one
/16, is rightly listed.  25 seeds, or as many as
TARE_ZONES_SEEDS says (100: a million lookups, minutes of a processor).

Required: no quarantine; its listing keeps full weight."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import FEW, PROVIDER, Letter, Seeds, Town, good_host
from tap import done

MESSAGES = 10000

with Seeds(10, 60) as s:
    s.start_town(Town(MESSAGES + 100, provider=0.15), seeds=FEW)
    for z in s.lists:
        z.right |= set(map(good_host, PROVIDER))
    began = s.publish()
    results = s.send_town(100, MESSAGES)
    s.unharmed(began, results, MESSAGES)
    theirs = [r for r in results if r.mail.good in PROVIDER]
    rules = {z.rule for z in s.lists}
    s.ok(len(theirs) > 100, f"{len(theirs)} messages came from the provider")
    # Busy, a list may be left unanswered now and then; what hits, hits in full.
    s.equal([r.score for r in theirs if r.score != 3 + 2.5 * len(r.rules & rules)], [],
            "every hit gave all its points")
    s.equal({z["weight"] for z in s.states().values()}, {1}, "the weight of every list")
    last = [s.send(Letter(k, False, k, False)) for k in PROVIDER]
    s.equal([r.score for r in last], [3 + 2.5 * len(rules)] * len(last),
            "asked one by one, every list names the provider, with all its points")
done()

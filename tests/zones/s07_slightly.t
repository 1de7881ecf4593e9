#!/usr/bin/env python3
"""Scenario 7: a list names 10 % of all addresses besides its own.  100 seeds.

Required: at least DEGRADED within 3000 messages for 90 of 100 seeds.

About 94 of 100 are (306 of 325 counted), so that by chance one hundred of 27
has less than 90 (all figures from the binomial).  Such a hundred proves
nothing, and more seeds decide: 90 % of all so far, of eight hundred at most.
That those, too, have less at each look happens once in a million times.  A
tare that finds but 85 of 100 passes in 11 of 100 cases, 10 of them at once."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import SEEDS, Seeds, Town, share_of_seeds
from tap import done, note, ok

MOST = 3000                 # messages
BATCHES = 8


def batch(first):
    """How many of SEEDS seeds, from that number on, are found in time."""
    with Seeds(7, 15) as s:
        # so many good senders that none writes twice
        s.start_town(Town(MOST + 100, good=1000), first=first)
        broke = s.break_in_part(0.1)
        results = s.send_town(100, MOST,
                              lambda: s.all_found_broken(broke, "degraded", "quarantined"))
        changes = s.changes(broke)
        when = [s.found_broken(changes, z, "degraded", "quarantined") for z in s.lists]
        sent = sorted(n for n in (s.sent_by(results, at) for at in when) if n is not None)
        note("messages to DEGRADED: " + " ".join(map(str, sent)))
        return sum(n <= MOST for n in sent)


soon = asked = 0
while asked == 0 or soon < share_of_seeds(0.9, asked) and asked < BATCHES * SEEDS:
    soon += batch(asked)
    asked += SEEDS
    note(f"{soon} of {asked} seeds")
ok(soon >= share_of_seeds(0.9, asked),
   f"scenario 7: {soon} of {asked} seeds at least DEGRADED(partial) within {MOST} messages")
done()

#!/usr/bin/env python3
"""Scenario 7: a list names 10 % of all addresses besides its own.  100 seeds.

Required: at least DEGRADED within 3000 messages for 90 of 100 seeds."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import SEEDS, Seeds, Town, share_of_seeds
from tap import done, note

MOST = 3000                 # messages

with Seeds(7, 15) as s:
    # so many good senders that none writes twice
    s.start_town(Town(MOST + 100, good=1000))
    broke = s.break_in_part(0.1)
    results = s.send_town(100, MOST,
                          lambda: s.all_found_broken(broke, "degraded", "quarantined"))
    changes = s.changes(broke)
    when = [s.found_broken(changes, z, "degraded", "quarantined") for z in s.lists]
    sent = sorted(n for n in (s.sent_by(results, at) for at in when) if n is not None)
    note("messages to DEGRADED: " + " ".join(map(str, sent)))
    soon = sum(n <= MOST for n in sent)
    s.ok(soon >= share_of_seeds(0.9),
         f"{soon} of {SEEDS} seeds at least DEGRADED(partial) within {MOST} messages")
done()

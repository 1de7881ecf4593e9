#!/usr/bin/env python3
"""Scenario 6: a list names 30 % of all addresses besides its own; reserved
space stays clean.  100 seeds.

Required: a panel starts within 100 messages (p99); QUARANTINED(partial) within
80 messages for at least 95 of 100 seeds; on average at most 9 ham messages are
wrongly listed before.

By chance: of 325 seeds counted one needed more than 80 messages, so that six of
100 do once in 80,000 times (from the binomial, p = 0.5 %); none needed more
than 63 to the panel; the mean of ham was 2.6 to 3.2."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import SEEDS, Seeds, Town, share_of_seeds
from tap import done, note

MOST = 150                  # messages

# A panel takes a round trip or two, which is part of a message here: real time.
with Seeds(6, 1, real=True) as s:
    s.start_town(Town(MOST + 100))
    broke = s.break_in_part(0.3)
    results = s.send_town(100, MOST, lambda: s.all_found_broken(broke, "quarantined"))
    changes, probes = s.changes(broke), s.panel_probes(broke)
    panel, quarantine, ham = [], [], []
    for z in s.lists:
        end = s.found_broken(changes, z, "quarantined")
        asked = next((at for at, in probes[z.name]), None)
        panel.append(MOST if asked is None else s.sent_by(results, asked))
        quarantine.append(MOST if end is None else s.sent_by(results, end))
        ham.append(sum(z.rule in r.rules and r.mail.ip in z.wrong and not r.mail.spam
                       for r in results))
    for name, x in (("panel", panel), ("quarantine", quarantine), ("ham", ham)):
        note(f"{name}: " + " ".join(map(str, sorted(x))))
    s.most(sorted(panel)[SEEDS * 99 // 100 - 1], 100, "messages to the first panel, p99")
    soon = sum(n <= 80 for n in quarantine)
    s.ok(soon >= share_of_seeds(0.95),
         f"{soon} of {SEEDS} seeds QUARANTINED(partial) within 80 messages")
    s.most(sum(ham) / SEEDS, 9, "ham wrongly listed before, mean")
done()

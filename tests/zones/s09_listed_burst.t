#!/usr/bin/env python3
"""Scenario 9: as 8 (the share of spam goes from 30 to 90 % for 10 000 messages),
and the list names all sources of the burst.  25 seeds, or as many as
TARE_ZONES_SEEDS says (100: a million lookups, minutes of a processor).

Required: no quarantine; at most 4 of 100 DEGRADED; at most 300 panel probes
each."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import FEW, HIJACKED, Seeds, Town, good_host
from tap import done

MESSAGES = 10000

with Seeds(9, 60) as s:
    town = Town(MESSAGES + 100, spam=0.3, after=0.9, hijacked=0.002)
    s.start_town(town, seeds=FEW)
    for z in s.lists:
        z.right |= set(map(good_host, HIJACKED))
        z.right |= {m.ip for m in town.letters[town.warm_up:] if m.spam}
    began = s.publish()
    results = s.send_town(100, MESSAGES)
    s.unharmed(began, results, MESSAGES)
done()

#!/usr/bin/env python3
"""Scenario 8: the share of spam goes from 30 to 90 % for 10 000 messages, while
the list is healthy.  25 seeds, or as many as
TARE_ZONES_SEEDS says (100: a million lookups, minutes of a processor).

Required: no quarantine; at most 4 of 100 DEGRADED; at most 300 panel probes
each.

As in the reference, two of the 400 good senders are hijacked then: they send
one spam in 500, and every list names them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from seeds import FEW, HIJACKED, Seeds, Town, good_host
from tap import done

MESSAGES = 10000

with Seeds(8, 60) as s:
    s.start_town(Town(MESSAGES + 100, spam=0.3, after=0.9, hijacked=0.002), seeds=FEW)
    for z in s.lists:
        z.right |= set(map(good_host, HIJACKED))
    began = s.publish()
    results = s.send_town(100, MESSAGES)
    s.unharmed(began, results, MESSAGES)
done()

#!/usr/bin/env python3
"""Scenario 2, the SpamCop day (2021-01-31): healthy, then for 6.4 hours every
name is a parking service's address, then healthy.

Required: harm 0; QUARANTINED(bogus) within 5 s of the first answer; weight 0.5
within 12 minutes of the repair, 1.0 within 25."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note

PARKED = "91.195.240.87"

with Scene(2, 180) as s:
    bl = s.zone("bl.spamcop.net")
    s.open()
    parked = wild(s.work, [bl.name], PARKED)
    s.start(trusted=True)
    with s.stream(100) as mail:
        s.sleep(10)
        s.ok(s.counted(bl, mail) > 50, "a listed host scores while the list is healthy")
        broke = s.route(bl, parked)
        s.most(s.until(bl, 10, state="quarantined"), 5, "seconds until it is quarantined")
        s.equal(s.state(bl)["reason"], "bogus", "for the parking address")
        s.sleep(15)
        mail.set_rate(10)
        s.sleep(6.4 * 60 - 15)
        s.equal(s.state(bl)["state"], "quarantined", "still, after 6.4 hours")
        mail.set_rate(100)
        repaired = s.route(bl, s.healthy)
        s.until(bl, 60 + 40 * 60 / s.scale, weight=1)
        s.sleep(5)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.ok(sum(not r.mail.spam for r in results) > 500, f"{len(results)} messages were sent")
    s.equal(s.harm(bl, results), 0, "harm")
    half = s.first(bl, "probation", repaired)
    whole = s.first(bl, "trusted", repaired)
    s.most(half and (half - repaired) / 60, 12, "minutes from the repair to weight 0.5")
    s.most(whole and (whole - repaired) / 60, 25, "minutes from the repair to full weight")
    again = [r for r in results if s.zone_time(r.at) > (whole or 0) and r.mail.listed]
    s.ok(s.counted(bl, again) > 0, "and a listed host scores again")
    note(*[f"{e['at'] - broke:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl)])
done()

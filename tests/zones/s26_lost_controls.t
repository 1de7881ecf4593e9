#!/usr/bin/env python3
"""Scenario 26: control queries are lost, lookups are answered (targeted loss).

Required: a TRUSTED list counts for at most 10 minutes, then its positives are
void; no quarantine."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene
from tap import done, note
from traffic import Mix, burst

with Scene(26, 60) as s:
    bl = s.zone("bl.targeted.net")
    s.start(trusted=True)
    # All spam is for the list to decide: 20 positives a minute want a control.
    with s.stream(100, Mix(unsure=1), threads=128) as mail:
        s.sleep(2)
        lost = s.route(bl, s.healthy, lose=["canary"])
        s.sleep(15)
        results = [r for r in mail.stop() if r.mail.listed and r.at > s.wall(lost)]
    s.equal(mail.failures, [], "every message was judged")
    for r in results:
        r.minute = (s.zone_time(r.at + r.seconds) - lost) / 60
    early = [r for r in results if r.minute < 5]
    late = [r for r in results if r.minute > 10.2]
    note(*[f"{r.minute:5.2f} min: {'counted' if bl.rule in r.rules else 'void'}, "
           f"{r.seconds:.2f} s" for r in results[::10]])
    s.ok(early and s.counted(bl, early) >= 0.9 * len(early),
         f"{s.counted(bl, early)} of {len(early)} positives of the first five minutes count")
    s.ok(len(late) >= 10, f"{len(late)} messages after ten minutes")
    s.equal(s.counted(bl, late), 0, "none of them counts")
    s.most(max(r.seconds for r in results), 2.5, "the slowest message, seconds")
    s.equal({e["to"] for e in s.history(bl, lost)} & {"quarantined", "suspect"}, set(),
            "no quarantine")
    s.ok(s.state(bl)["state"] in ("trusted", "down"), f"the state is {s.state(bl)['state']}")
    s.route(bl, s.healthy)
    s.control(f"probe {bl.name}")
    s.until(bl, 10 + 600 / s.scale, state="trusted", weight=1)
    again = [r for r in burst(s, s.mails(200, Mix(unsure=1))) if r.mail.listed]
    s.ok(s.counted(bl, again) >= 0.9 * len(again), "and counts again when controls are answered")
done()

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
from traffic import Mix

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
    # Not all: while the statistics are half-way to an alarm none is forgiven.
    s.ok(early and s.counted(bl, early) >= 0.9 * len(early),
         f"{s.counted(bl, early)} of {len(early)} positives of the first five minutes count")
    s.ok(len(late) >= 10, f"{len(late)} messages after ten minutes")
    s.equal(s.counted(bl, late), 0, "none of them counts")
    waited = sorted(r.seconds for r in results)
    s.most(waited[len(waited) * 9 // 10], 2.5, "seconds that nine in ten waited less than")
    # over the cap of controls a listing waits for the next, rbl_timeout at most
    s.most(waited[-1], 5 + 2.5, "the slowest message, seconds")
    s.equal({e["to"] for e in s.history(bl, lost)} & {"quarantined", "suspect"}, set(),
            "no quarantine")
    s.ok(s.state(bl)["state"] in ("trusted", "down"), f"the state is {s.state(bl)['state']}")
    s.route(bl, s.healthy)
    s.control(f"probe {bl.name}")
    s.until(bl, 10 + 600 / s.scale, state="trusted", weight=1)
    s.all_count([bl], s.mails(60, Mix(p0=1, spam=1, unsure=1)))
done()

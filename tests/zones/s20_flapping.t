#!/usr/bin/env python3
"""Scenario 20: a list flaps for six hours, ten minutes good, ten minutes bad (the
world is listed).

Required: harm 0; at most 5 re-activations; the dwell is seen to double, to 80
minutes or more."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note

with Scene(20, 150) as s:
    bl = s.zone("bl.flapping.net")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True)
    with s.stream(100) as mail:
        began, bad = s.now(), []
        for n in range(36):
            s.sleep((began + n * 600 - s.now()) / 60)
            if n % 2:
                bad.append((s.route(bl, world), began + (n + 1) * 600))
            else:
                s.route(bl, s.healthy)
        s.sleep((began + 36 * 600 - s.now()) / 60)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    wrong = [r for r in results if any(s.wall(a) < r.at < s.wall(b) - 0.1 for a, b in bad)]
    s.ok(len(wrong) > 5000, f"{len(wrong)} messages while it was bad")
    s.equal(s.harm(bl, results), 0, "harm")
    events = s.history(bl, began)
    back = [e for e in events if e["from"] == "quarantined" and e["to"] == "probation"]
    s.most(len(back), 5, "re-activations")
    dwells = [e["evidence"]["dwell"] / 60 for e in events if e["to"] == "quarantined"]
    s.ok(all(b == min(2 * a, 360) for a, b in zip(dwells, dwells[1:])),
         "each quarantine has twice the dwell of the one before")
    s.ok(max(dwells) >= 80, f"dwell in minutes: {dwells}")
    good = [r for r in results if r not in wrong]
    s.ok(s.counted(bl, good) > 100, f"{s.counted(bl, good)} listed hosts scored in good times")
    note(*[f"{(e['at'] - began) / 60:7.1f} min {e['from']} -> {e['to']} ({e['reason']})"
           for e in events])
done()

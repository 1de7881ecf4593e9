#!/usr/bin/env python3
"""Scenario 11: a Spamhaus-style refusal, 127.255.255.254 for every name, the
must-list point included.

Required: 0 points; BLOCKED within 5 s; must-list is not taken for passed;
lookups fall to the back-off schedule (5 minutes, doubling up to 6 hours)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note

with Scene(11, 600) as s:
    bl = s.zone("zen.spamhaus.org")
    s.open()
    refusal = wild(s.work, [bl.name], "127.255.255.254")
    s.start(trusted=True)
    with s.stream(50) as mail:
        s.sleep(10)
        broke = s.route(bl, refusal)
        s.most(s.until(bl, 10, state="blocked"), 5, "seconds until it is blocked")
        blocked = s.first(bl, "blocked", broke)
        s.equal(s.state(bl)["weight"], 0, "without weight")
        s.sleep(20)
        mail.set_rate(5)
        s.sleep(10 * 60)
        s.equal(s.state(bl)["state"], "blocked", "still, after ten hours")
        asked = s.rounds(bl, blocked)
        gaps = [(b - a) / 60 for a, b in zip([blocked] + asked, asked)]
        note("minutes between rounds: " + " ".join(f"{g:.1f}" for g in gaps))
        late = 2 + s.scale / 60     # a busy machine may be a second of its own late
        for gap, due in zip(gaps, (5, 10, 20, 40, 80, 160)):
            s.ok(due <= gap + 0.5 and gap <= due + late,
                 f"the next round is asked after {gap:.1f} minutes (due: {due})")
        s.equal(len(gaps), 6, "six rounds in ten hours")
        s.equal(s.relay.log(bl.name, s.wall(blocked + 60), ["lookup"]), [],
                "and no lookup, of any message")
        s.equal(s.state(bl)["state"], "blocked", "a block code is no pass of must-list")
        repaired = s.route(bl, s.healthy)
        mail.set_rate(50)
        s.control(f"probe {bl.name}")
        s.most(s.until(bl, 20 + 900 / s.scale, state="probation"), 20 + 600 / s.scale,
               "answered again: three clean rounds later it is on probation, real seconds")
        s.most(s.until(bl, 20 + 1200 / s.scale, weight=1), 20 + 900 / s.scale,
               "then it counts again, real seconds")
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.equal(s.harm(bl, results), 0, f"harm, of {len(results)} messages")
    inside = [r for r in results if s.wall(broke) < r.at < s.wall(repaired)]
    s.equal(s.counted(bl, inside), 0, f"no points to any of {len(inside)} messages")
    s.equal(len(s.log_lines("event=zone", "to=blocked")), 1, "one notice")
done()

#!/usr/bin/env python3
"""Scenario 22: the world is listed with a TTL of 86,400 s; the list is repaired,
but its old answers stand in caches.

Required: after PROBATION no positive of the bad time counts (the resolver's
context was replaced)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done
from traffic import Mix, burst

with Scene(22, 60) as s:
    bl = s.zone("bl.cached.net")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2", ttl=86400)
    s.start(trusted=True)
    ham = s.mails(300, Mix(p0=0, spam=0))
    # So late that many are asked about before the first answer tells.
    s.route(bl, world, delay=0.3)
    results = burst(s, ham, 64)
    s.most(s.until(bl, 10, state="quarantined"), 5, "seconds until it is quarantined")
    asked = {q[2] for q in s.relay.log(bl.name, kinds=["lookup"])}
    known = [m for m in ham if ".".join(reversed(m.ip.split("."))) in asked]
    s.ok(len(known) >= 5, f"{len(known)} hosts' false listings are cached for a day")
    repaired = s.route(bl, s.healthy)
    s.most(s.until(bl, 20 + 1800 / s.scale, state="probation"), 20 + 1200 / s.scale,
           "repaired, it is on probation, real seconds")
    on_probation = burst(s, ham, 16)
    s.most(s.until(bl, 20 + 1800 / s.scale, weight=1), 20 + 900 / s.scale,
           "it has full weight, real seconds")
    with_weight = burst(s, ham, 16)
    s.equal(s.harm(bl, results), 0, "harm while it was broken")
    s.equal(s.harm(bl, on_probation), 0, "cached positives that count on probation")
    s.equal(s.harm(bl, with_weight), 0, "and with full weight")
    s.all_count([bl], s.mails(100, Mix(p0=1, spam=1)))
done()

#!/usr/bin/env python3
"""Scenario 5: a list is broken as in 2 (parked) or 4 (the world is listed, the
test points are right) before tare ever saw it.

Required: it stays NEW and weighs 0; no message is scored; notice within 5 s."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import time

from lists import WORLD_BUT_TEST_POINT, Rbldnsd, wild
from scene import Scene
from tap import done

with Scene(5, 60) as s:
    parked, world = s.zone("bl.parked.net"), s.zone("bl.world.net")
    s.open()
    s.route(parked, wild(s.work, [parked.name], "91.195.240.87"))
    s.route(world, Rbldnsd(s.work, {world.name: [("ip4trie", WORLD_BUT_TEST_POINT)]}))
    s.start()
    with s.stream(100) as mail:
        for z in (parked, world):
            s.wait(lambda: s.log_lines("event=zone", z.name, "reason=broken"), 10)
            noticed = time.time()
            began = s.relay.log(z.name)[0][0]
            s.most(noticed - began, 5, f"{z.name}: seconds from the first question to the notice")
        s.sleep(10)
        for z in (parked, world):
            now = s.state(z)
            s.equal((now["state"], now["weight"]), ("new", 0), f"{z.name}: new, without weight")
            s.ok(now["words"].startswith("new: broken"), f"it says: {now['words']}")
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.ok(len(results) > 500, f"{len(results)} messages were sent")
    for z in (parked, world):
        s.equal(s.counted(z, results), 0, f"{z.name}: no message was scored")
        s.equal(len(s.log_lines("event=zone", z.name)), 1, f"{z.name}: one notice")
    repaired = s.route(world, s.healthy)
    s.most(s.until(world, 10 + 600 / s.scale, state="learning"), 10 + 300 / s.scale,
           "repaired, it is enrolled at the next try, real seconds")
done()

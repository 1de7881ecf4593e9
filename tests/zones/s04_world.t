#!/usr/bin/env python3
"""Scenario 4: 0.0.0.0/0 is listed, 127.0.0.1 is not, 127.0.0.2 is: both test
points of RFC 5782 are right, and every sender is listed (trap F3).

Required: harm 0; QUARANTINED although both points pass."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import WORLD_BUT_TEST_POINT, Rbldnsd
from scene import Scene
from tap import done

with Scene(4, 60) as s:
    bl = s.zone("bl.world.net")
    s.open()
    world = Rbldnsd(s.work, {bl.name: [("ip4trie", WORLD_BUT_TEST_POINT)]})
    s.equal([s.lookup(world, bl, key) for key in ("1.0.0.127", "2.0.0.127", "9.9.9.9")],
            [[], ["127.0.0.2"], ["127.0.0.2"]], "the broken list has its test points right")
    s.start(trusted=True)
    with s.stream(100) as mail:
        s.sleep(5)
        broke = s.route(bl, world)
        s.most(s.until(bl, 20, state="quarantined"), 5, "seconds until it is quarantined")
        s.equal(s.state(bl)["reason"], "wildcard", "as a wildcard")
        s.sleep(10)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.ok(s.counted(bl, [r for r in results if r.at < s.wall(broke)]) > 20,
         "it scored while it was healthy")
    s.equal(s.harm(bl, results), 0, f"harm, of {len(results)} messages")
done()

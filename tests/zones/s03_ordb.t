#!/usr/bin/env python3
"""Scenario 3, ORDB (2006 to 2008): a list dies (timeouts) and comes back an
hour later with 127.0.0.2 and a text for every name.

Required: DOWN within 15 lookups; never counted after that: harm 0; in the end
quarantined as wildcard."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note

with Scene(3, 120) as s:
    bl = s.zone("relays.ordb.org")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True)
    with s.stream(100) as mail:
        s.sleep(5)
        s.ok(s.counted(bl, mail) > 20, "a listed host scores while the list is healthy")
        # A timeout takes real seconds, so the pace is real here: 100 a minute.
        mail.set_rate(100 / s.scale)
        dead = s.route(bl)
        s.until(bl, 60, state="down")
        lookups = {q[2] for q in s.relay.log(bl.name, s.wall(dead), ["lookup"])}
        s.most(len(lookups), 15, "lookups until it is down")
        mail.set_rate(100)
        s.sleep(60 - (s.now() - dead) / 60)
        s.equal(s.state(bl)["state"], "down", "still, after an hour")
        back = s.route(bl, world)
        s.most(s.until(bl, 30 + 900 / s.scale, state="quarantined"), 30 + 900 / s.scale,
               "it comes back listing the world, real seconds until it is quarantined")
        s.equal(s.state(bl)["reason"], "wildcard", "as a wildcard")
        s.sleep(30)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    after = [r for r in results if r.at > s.wall(dead)]
    s.ok(len(after) > 1000, f"{len(after)} messages since the death")
    s.equal(s.counted(bl, after), 0, "none of them got a point from the list")
    s.equal(s.harm(bl, results), 0, "harm")
    s.equal([e["to"] for e in s.history(bl, back)][:1], ["quarantined"],
            "it never counted in between")
    note(*[f"{e['at'] - dead:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl)])
done()

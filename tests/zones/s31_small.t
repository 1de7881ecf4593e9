#!/usr/bin/env python3
"""Scenario 31: a site with 20 messages a day; lists list the world, each in its
way: by 127.0.0.2, by a parking address, with right test points.

Required: harm 0 from the first message on (no statistics are needed)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import WORLD_BUT_TEST_POINT, Rbldnsd, wild
from scene import Scene
from tap import done, note
from traffic import Mix

DAY = 24 * 60.0                         # minutes

with Scene(31, 3600) as s:
    lists = [s.zone(n) for n in ("bl.wild.net", "bl.parked.net", "bl.sly.net")]
    s.open()
    bad = [wild(s.work, [lists[0].name], "127.0.0.2"),
           wild(s.work, [lists[1].name], "91.195.240.87"),
           Rbldnsd(s.work, {lists[2].name: [("ip4trie", WORLD_BUT_TEST_POINT)]})]
    s.start()
    with s.stream(20 / DAY, Mix(p0=0.4)) as mail:
        s.sleep(DAY)
        s.ok(mail.results, "a day of mail")
        broke = [s.route(z, b) for z, b in zip(lists, bad)][-1]
        s.sleep(2 * DAY)
        results = mail.stop()
    after = [r for r in results if r.at > s.wall(broke)]
    ham = [r for r in after if not r.mail.spam]
    s.equal(mail.failures, [], "every message was judged")
    s.ok(10 <= len(after) <= 45 and len(ham) >= 5, f"{len(after)} messages in two days, {len(ham)} ham")
    for z in lists:
        s.equal(s.harm(z, results), 0, f"{z.name}: harm")
        s.ok(s.state(z)["state"] in ("quarantined",), f"{z.name}: it is {s.state(z)['state']}")
        s.equal([e["to"] for e in s.history(z, 0) if e["at"] < broke and e["to"] == "trusted"],
                [], f"{z.name}: it never had the mail to be trusted")
    note(*[f"{e['zone']} {(e['at'] - broke) / 3600:.1f} h {e['from']} -> {e['to']} ({e['reason']})"
           for z in lists for e in s.history(z)])
done()

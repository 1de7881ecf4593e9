#!/usr/bin/env python3
"""Scenario 32: scenarios 2 (parked), 4 (the world listed, test points right) and
11 (refusal) with a list of IPv6 addresses each and a list of domains each.

Required: the same outcomes, with ::FFFF:7F00:1 and :2, TEST and INVALID, and
random names.  2: harm 0, QUARANTINED(bogus) within 5 s, weight 0.5 within 12
minutes of the repair, 1.0 within 25.  4: harm 0, QUARANTINED although both test
points pass.  11: no points, BLOCKED within 5 s, must-list not taken for passed,
lookups at the back-off schedule."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Rbldnsd, wild
from scene import Scene, data
from tap import done, note
from traffic import LISTED6, Mix

WORLD = {"ip": ("ip6trie", ":127.0.0.2:Listed\n::/0\n!::ffff:7f00:1\n"),
         "domain": ("dnset", ":127.0.0.2:Listed\n.com\n.net\n.org\ntest\n")}
V6 = [data("ip6trie", LISTED6)]
POINT = {"ip": ("{}.0.0.0.0.0.f.7.f.f.f.f" + 20 * ".0").format, "domain": {1: "invalid", 2: "test"}.get}


def both(s, name):
    """A list of IPv6 addresses and one of domains."""
    return [s.zone("six." + name, sets=V6), s.zone("uri." + name, kind="domain")]


with Scene(32, 180) as s:
    parked, world, refused = both(s, "parked.net"), both(s, "world.net"), both(s, "refused.net")
    s.open()
    # Two addresses: one and the same for all would be the resolver's fault.
    bad = {z: wild(s.work, [z.name], f"91.195.240.{87 + k}") for k, z in enumerate(parked)}
    bad.update((z, Rbldnsd(s.work, {z.name: [WORLD[z.kind]]})) for z in world)
    bad.update((z, wild(s.work, [z.name], "127.255.255.254")) for z in refused)
    s.start(trusted=True)
    for z in world:
        s.equal([s.lookup(bad[z], z, POINT[z.kind](n)) for n in (1, 2)], [[], ["127.0.0.2"]],
                f"{z.name}: both test points of the broken list are right")
    with s.stream(100, Mix(v6=True)) as mail:
        s.sleep(15)
        for z in s.zones:
            s.ok(s.counted(z, mail) > 20, f"{z.name}: healthy, listed hosts score")
        broke = s.zone_time(s.relay.command(routes=[
            {"zone": z.name, "to": [server.port]} for z, server in bad.items()]))
        for z, state, reason in [(z, "quarantined", "bogus") for z in parked] + \
                [(z, "quarantined", "wildcard") for z in world] + \
                [(z, "blocked", "blocked") for z in refused]:
            s.most(s.until(z, 15, state=state), 5, f"{z.name}: seconds until {state}")
            s.equal(s.state(z)["reason"], reason, f"{z.name}: for that reason")
        s.sleep(20)
        mail.set_rate(10)
        s.sleep(6.4 * 60 - 20)
        for z in s.zones:
            s.equal(s.state(z)["weight"], 0, f"{z.name}: no weight, 6.4 hours later")
        for z in refused:
            blocked = s.first(z, "blocked", broke)
            asked = s.rounds(z, blocked)
            gaps = [(b - a) / 60 for a, b in zip([blocked] + asked, asked)]
            s.ok(len(gaps) == 6 and all(due <= gap + 0.5 and gap <= due + 4
                                        for gap, due in zip(gaps, (5, 10, 20, 40, 80, 160))),
                 f"{z.name}: minutes between rounds: " + " ".join(f"{g:.1f}" for g in gaps))
            s.equal(s.relay.log(z.name, s.wall(blocked + 300), ["lookup"]), [],
                    f"{z.name}: and no lookup")
            s.equal(s.state(z)["state"], "blocked", f"{z.name}: must-list has not passed")
        mail.set_rate(100)
        repaired = s.route_all(s.zones, s.healthy)
        for z in refused:
            s.control(f"probe {z.name}")
        for z in s.zones:
            s.until(z, 60 + 30 * 60 / s.scale, weight=1)
        s.sleep(10)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    for z in s.zones:
        s.equal(s.harm(z, results), 0, f"{z.name}: harm, of {len(results)} messages")
        note(*[f"{z.name} {(e['at'] - broke) / 60:8.1f} {e['from']} -> {e['to']} ({e['reason']})"
               for e in s.history(z, broke)])
    for z in refused:
        inside = [r for r in results if s.wall(broke) < r.at < s.wall(repaired)]
        s.equal(s.counted(z, inside), 0, f"{z.name}: no points to any of {len(inside)} messages")
    for z in parked + world:
        half, whole = s.first(z, "probation", repaired), s.first(z, "trusted", repaired)
        s.most(half and (half - repaired) / 60, 12, f"{z.name}: minutes to weight 0.5")
        s.most(whole and (whole - repaired) / 60, 25, f"{z.name}: minutes to full weight")
done()

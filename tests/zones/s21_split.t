#!/usr/bin/env python3
"""Scenario 21: split brain: one of a list's two name servers lists the world.
100 seeds of who answers what.

Required: mean harm at most 1.5; QUARANTINED, or three controls per positive,
within 10 positives.  Positives are those that want a control.

Chance alone lets one control in two pass, so a seed needs more than 10 with a
chance of 2^-10, and two of 100 once in 230 times.  Four do once in 300,000
times: 97 seeds must be in time.  What that tells less is made good by the
mean: it was 2.1, give or take 0.15, and must be at most 3 (six times that; all
from the binomial).  The mean harm was 0.9, give or take 0.14."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note, wait_for

SEEDS = 100
MOST = 60                   # messages


def positives(s, zone, world, mails, until):
    """How many positives until then were asked a control for: answers that say
    listed, to messages that they would turn into spam."""
    asked = {m.key: m for m in mails if m.base == 3}
    return sum(key in asked and (asked[key].listed or port == world.port)
               for at, kind, key, port in s.relay.log(zone.name, kinds=["lookup"])
               if at <= s.wall(until))


# Controls a minute are capped in real time, too.
with Scene(21, 1, real=True) as s:
    lists = [s.zone(f"bl{k}.split.net") for k in range(SEEDS)]
    s.open()
    s.warm_port = s.healthy.port        # the relay is slow for so many lists
    world = wild(s.work, [z.name for z in lists], "127.0.0.2")
    s.start(trusted=True)
    with s.stream(100, threads=64) as mail:
        # Traffic begins with a round of probes; the break is for mail to find.
        s.wait(lambda: all(s.relay.log(z.name, kinds=["must-list"]) for z in lists), 120)
        s.sleep(0.1)
        broke = s.zone_time(s.relay.command(routes=[
            {"zone": z.name, "to": [s.healthy.port, world.port], "share": 0.5, "seed": k}
            for k, z in enumerate(lists)]))
        began = len(mail.results)
        wait_for(lambda: len(mail.results) >= began + MOST or
                 {z["state"] for z in s.states().values()} == {"quarantined"}, 300, 0.5)
        results = [r for r in mail.stop() if r.at > s.wall(broke)]
    s.equal(mail.failures, [], "every message was judged")
    for r in results:
        r.mail.key = ".".join(reversed(r.mail.ip.split(".")))
    harm = sorted(sum(z.rule in r.rules and not r.mail.spam for r in results) for z in lists)
    note(f"{len(results)} messages; harm: " + " ".join(map(str, harm)))
    s.most(sum(harm) / SEEDS, 1.5, "harm, mean")
    needed = []
    for z in lists:
        doubt = next((e["at"] for e in s.history(z, broke) if e["to"] in ("suspect", "quarantined")),
                     None)
        needed.append(MOST if doubt is None else
                      positives(s, z, world, [r.mail for r in results], doubt))
    needed.sort()
    note("positives to the first doubt: " + " ".join(map(str, needed)))
    s.most(needed[SEEDS * 97 // 100 - 1], 10, "positives to QUARANTINED or three controls, p97")
    s.most(sum(needed) / SEEDS, 3, "positives to QUARANTINED or three controls, mean")
done()

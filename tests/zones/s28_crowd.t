#!/usr/bin/env python3
"""Scenario 28: 8 workers, 5000 messages a minute, and a list breaks (the world
is listed).

Required: all workers void its positives within 1 s of the first detection;
harm 0; at most 30 controls in a minute, of all workers together."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import time

from lists import wild
from scene import Scene
from tap import done, note
from traffic import Mix

# Messages and controls a minute of real time: never scaled.
with Scene(28, 1, real=True) as s:
    bl = s.zone("bl.crowded.net")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True, workers=8)
    # Half of spam is for the list to decide: 500 positives a minute need one.
    with s.stream(5000, Mix(unsure=0.5), threads=96) as mail:
        healthy = s.now()
        time.sleep(50)
        broke = s.route(bl, world)
        s.until(bl, 20, weight=0)
        # weights go to the workers before the record goes to the disk
        noticed = s.wait(lambda: s.first(bl, "suspect", broke))
        time.sleep(15)
        # What a minute may have, at its worst moment.
        asked = [q[0] for q in s.relay.log(bl.name, s.wall(healthy), ["canary"])]
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    workers = len(s.control("status")["workers"])
    s.equal(workers, 8, "eight workers")
    minutes = (time.time() - s.wall(healthy)) / 60
    s.ok(len(results) / minutes > 4000, f"{len(results) / minutes:.0f} messages a minute")
    s.equal(s.harm(bl, results), 0, f"harm, of {len(results)} messages")
    counted = [r for r in results if bl.rule in r.rules and r.at > s.wall(broke)]
    last = max([r.at + r.seconds for r in counted], default=s.wall(broke))
    note(f"{len(counted)} positives counted after the break; broken {broke - healthy:.2f}, "
         f"noticed {(noticed or 0) - healthy:.2f}, last counted {last - s.wall(healthy):.2f}")
    s.most(last - s.wall(noticed or 0), 1, "seconds from the first detection to the last that counts")
    most = max(sum(t <= u < t + 60 for u in asked) for t in asked)
    # A round of the start, the canaries of the doubt and the first round of the
    # quarantine are the keeper's; each has three reserved names.
    s.most(most, 30 + 3 * 6, "reserved names asked in a minute, 18 of them by the keeper")
    before = [r for r in results if r.at < s.wall(broke) - 4 and r.mail.listed]
    share = s.counted(bl, before)
    s.ok(share >= 0.98 * len(before), f"before, {share} of {len(before)} listed hosts scored")
    unsure = sorted(r.seconds for r in before if r.mail.base == 3)
    note(f"{len(unsure)} waited for a control: median {unsure[len(unsure) // 2]:.2f} s, "
         f"slowest {unsure[-1]:.2f} s")
    s.most(unsure[-1], 4, "seconds that the slowest of them waited for a control")
done()

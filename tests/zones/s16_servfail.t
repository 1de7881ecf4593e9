#!/usr/bin/env python3
"""Scenario 16: SERVFAIL for ten minutes (a name server without the zone's data).

Required: DOWN within 15 lookups; a message waits at most 2 s more before that
and 5 ms after; back within 60 s of the repair."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Nsd
from scene import Scene
from tap import done, note
from traffic import Local

with Scene(16, 10) as s:
    bl = s.zone("bl.servfail.net")
    s.open()
    broken = Nsd(s.work, {bl.name: None})
    s.start(trusted=True)
    with s.stream(0) as mail:
        # What messages take that ask nobody: they came from a private host.
        idle = max(s.send(m).seconds for m in s.mails(200, Local()))
        mail.set_rate(100 / s.scale)            # 100 a minute of real time
        fails = s.route(bl, broken)
        took = s.until(bl, 60, state="down")
        s.most(took, 20, "seconds until it is down")
        lookups = {q[2] for q in s.relay.log(bl.name, s.wall(fails), ["lookup"])}
        s.most(len(lookups), 15, "lookups until then")
        before = [r for r in mail.results if r.at > s.wall(fails)]
        s.most(max(r.seconds for r in before), 2 + idle, "the slowest message until then, seconds")
        # in turn, so that a machine that slows down slows both
        pairs = [(s.send(a), s.send(b)) for a, b in zip(s.mails(200, Local()), s.mails(200))]
        idle, after = map(s.latency, zip(*pairs))
        note(f"typical seconds: {idle:.5f} without questions, {after:.5f} while it is down")
        s.most(after - idle, 0.005, "seconds that a message takes more while it is down")
        s.sleep(10 - (s.now() - fails) / 60)
        s.equal(s.state(bl)["state"], "down", "still, after ten minutes")
        mail.set_rate(100)
        repaired = s.route(bl, s.healthy)
        s.until(bl, 10 + 120 / s.scale, state="trusted")
        back = s.first(bl, "trusted", repaired)
        s.most(back and back - repaired, 60, "seconds of zone time from the repair to full weight")
        s.sleep(1)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.equal(s.harm(bl, results), 0, "harm")
    again = [r for r in results if back and r.at > s.wall(back)]
    s.ok(s.counted(bl, again) > 0, "and it counts again")
    note(*[f"{e['at'] - fails:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl)])
done()

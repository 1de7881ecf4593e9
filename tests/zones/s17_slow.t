#!/usr/bin/env python3
"""Scenario 17: right answers, but each takes 3 s.

Required: no change of state; a message waits no longer than the deadline; late
answers still feed the statistics."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import time

from scene import Scene
from tap import done, note
from traffic import Local

# How long answers take is real time, so this scenario always runs in it.
with Scene(17, 1, real=True) as s:
    bl = s.zone("bl.slow.net")
    s.start(trusted=True)
    idle = s.latency([s.send(m) for m in s.mails(100, Local())])
    before = s.sums(bl)
    with s.stream(100, threads=64) as mail:
        slow = s.route(bl, s.healthy, delay=3.0)
        time.sleep(20)
        mail.set_rate(600)
        time.sleep(20)
        results = mail.stop()
    asked = len({q[2] for q in s.relay.log(bl.name, s.wall(slow), ["lookup"])})
    s.equal(mail.failures, [], "every message was judged")
    s.equal([e["to"] for e in s.history(bl, slow)], [], "no change of state")
    s.equal(s.state(bl)["state"], "trusted", "it stays trusted")
    s.most(max(r.seconds for r in results), 2 + idle + 0.25,
           f"the slowest of {len(results)} messages, seconds (deadline: 2)")
    time.sleep(4)                       # the last answers, and their counts
    s.daemon.stop()
    got = {k: v - before[k] for k, v in s.sums(bl).items()}
    note(asked, got)
    s.equal(asked, len(results), "the list was asked about every message")
    s.ok(got["lookups"] >= asked, "each is counted as a lookup")
    lost = asked - got["clean"] - got["listed"]
    s.ok(lost <= 0.05 * asked, f"and as answered, late, but for {lost}")
    listed = sum(r.mail.listed for r in results)
    s.ok(listed - lost <= got["listed"] <= listed,
         f"{got['listed']} of the {listed} that are listed as listed")
done()

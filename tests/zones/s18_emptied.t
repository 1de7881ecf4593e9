#!/usr/bin/env python3
"""Scenario 18: a list is emptied (SORBS 2024, NiX Spam 2025): the test entry and
everything else is gone, every name is NXDOMAIN.

Required: EMPTY within 3 rounds; no change of scores; then lookups stop and
there is at most one round an hour; one notice."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Rbldnsd
from scene import Scene
from tap import done, note

with Scene(18, 300) as s:
    bl = s.zone("dnsbl.sorbs.net")
    s.open()
    empty = Rbldnsd(s.work, {bl.name: [("ip4set", "192.88.99.99\n")]})
    s.start(trusted=True)
    with s.stream(100) as mail:
        s.sleep(15)
        emptied = s.route(bl, empty)
        # 3 background rounds, one each ten minutes +-20 %
        s.until(bl, 30 + 60 * 60 / s.scale, state="empty")
        when = s.first(bl, "empty", emptied)
        # by the daemon's own account: not every question leaves its cache
        rounds = [v for v in s.probes(bl, "must-list", emptied, when or s.now()) if v != "listed"]
        s.most(len(rounds), 3, "rounds until it is empty")
        s.most(when and (when - emptied) / 60, 37, "minutes until then")
        s.equal(s.state(bl)["weight"], 1, "nothing is weighed differently")
        s.sleep(10)
        mail.set_rate(5)
        s.sleep(6 * 60)
        until = s.now()
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    late = s.relay.log(bl.name, s.wall(when + 60))
    s.equal([q for q in late if q[1] == "lookup"], [], "it is asked about no message")
    rounds = len(s.rounds(bl, when + 60))
    hours = (until - when) / 3600
    s.ok(1 <= rounds <= hours, f"{rounds} rounds in the {hours:.1f} hours after")
    after = [r for r in results if r.at > s.wall(emptied)]
    s.equal([r.score for r in after if r.score != r.mail.base], [], "no score is changed")
    s.equal(len(s.log_lines("event=zone", "to=empty")), 1, "one notice")
    note(*[f"{e['at'] - emptied:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl)])
    filled = s.route(bl, s.healthy)
    s.control(f"probe {bl.name}")
    s.most(s.until(bl, 30, state="learning"), 30, "filled again, it is learned anew, seconds")
    del filled
done()

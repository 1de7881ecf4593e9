#!/usr/bin/env python3
"""Scenario 23: the resolver begins to answer every name that does not exist with
one public address (trap F9); then it is repaired.

Required: RESOLVER_BAD within 10 s; one notice; no quarantine of any zone; the
points of all lists 0."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import time

from scene import Scene
from tap import done, note
from traffic import Mix

ADVERT = "198.105.244.11"

with Scene(23, 20) as s:
    lists = [s.zone(f"bl{n}.example-lists.net") for n in range(4)]
    lists.append(s.zone("uri.example-lists.net", kind="domain"))
    s.open()
    s.start(trusted=True)
    with s.stream(300) as mail:
        s.sleep(1)
        s.ok(all(s.counted(z, mail) > 0 for z in lists), "all five lists score")
        began = time.monotonic()
        bad = s.rewrite(ADVERT)
        s.wait(lambda: s.control("zones")["resolver_bad"], 20)
        s.most(time.monotonic() - began, 10, "seconds until the resolver is named")
        named = s.now()
        s.sleep(30)
        shown = s.states()
        s.equal({z["weight"] for z in shown.values()}, {0}, "no list has weight")
        s.equal({z["state"] for z in shown.values()}, {"trusted"}, "each keeps its state")
        words = shown[lists[0].name]["words"]
        s.ok("resolver" in words, f"tare zones says: {words}")
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    inside = [r for r in results if r.at > s.wall(bad)]
    for z in lists:
        s.equal(s.harm(z, inside), 0, f"{z.name}: harm")
    after = [r for r in inside if r.at > s.wall(named)]
    s.equal([r.score for r in after if r.score != r.mail.base], [],
            f"the points of all lists are 0 for {len(after)} messages")
    s.equal(len(s.log_lines("event=notice", "resolver answers")), 1, "one notice")
    for z in lists:
        s.equal([e["to"] for e in s.history(z, bad) if e["to"] == "quarantined"], [],
                f"{z.name}: no quarantine")
    s.rewrite(None)
    s.wait(lambda: not s.control("zones")["resolver_bad"], 10 + 600 / s.scale)
    s.ok(not s.control("zones")["resolver_bad"], "repaired, it is believed again")
    s.wait(lambda: all(s.state(z)["weight"] == 1 for z in lists), 10)
    s.all_count(lists, s.mails(100, Mix(p0=1, spam=1)))
    note(*[f"{e['zone']} {e['at'] - bad:.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for z in lists for e in s.history(z, bad)])
done()

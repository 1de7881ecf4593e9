#!/usr/bin/env python3
"""Scenario 24: the resolver strips answers in 127/8 (rebind protection, trap
F10), from one moment on or from the start.

Required: a notice that names the cause; no zone is punished."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shutil

from lists import stripping
from scene import Scene
from tap import done, note
from traffic import Mix

with Scene(24, 300) as s:
    lists = [s.zone(f"bl{n}.example-lists.net") for n in range(3)]
    lists.append(s.zone("uri.example-lists.net", kind="domain"))
    s.open()
    resolver = stripping(s.work, [z.name for z in lists], s.healthy.port)
    s.start(trusted=True)
    with s.stream(50) as mail:
        s.sleep(10)
        stripped = s.route_all(lists, resolver)
        s.wait(lambda: s.log_lines("event=notice", "127.0.0.0/8"), 30 + 3600 / s.scale)
        told = s.log_lines("event=notice", "127.0.0.0/8")
        s.equal(len(told), 1, "one notice")
        s.ok(told and "rebinding" in told[0], "it names the cause")
        s.most((s.now() - stripped) / 60, 60, "minutes until then")
        s.sleep(60)
        for z in lists:
            s.equal(s.state(z)["weight"], 1, f"{z.name}: keeps its weight")
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    inside = [r for r in results if r.at > s.wall(stripped)]
    for z in lists:
        s.equal(s.harm(z, inside), 0, f"{z.name}: harm")
        punished = {e["to"] for e in s.history(z, stripped)} & {
            "suspect", "quarantined", "degraded", "down", "blocked"}
        s.equal(punished, set(), f"{z.name}: not punished")
    s.route_all(lists, s.healthy)
    for z in lists:
        s.control(f"probe {z.name}")
    s.wait(lambda: all(s.state(z)["state"] in ("learning", "trusted") for z in lists), 20)
    s.all_count(lists, s.mails(100, Mix(p0=1, spam=1)))
    note(*[f"{e['zone']} {e['at'] - stripped:.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for z in lists for e in s.history(z, stripped)])

    # A site that is set up behind such a resolver.
    s.daemon.stop()
    shutil.rmtree(s.daemon.state)
    s.route_all(lists, resolver)
    s.start()
    s.wait(lambda: len(s.log_lines("event=notice", "127.0.0.0/8")) == 2, 20)
    s.equal(len(s.log_lines("event=notice", "127.0.0.0/8")), 2, "told at the first start, too")
done()

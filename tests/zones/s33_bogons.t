#!/usr/bin/env python3
"""Scenarios 33 and 34: a list that lists bogons with reason (198.18.0.0/15 and
240.0.0.0/4), and one that never had a test entry.

Required: the first one's enrollment drops those pools, and it reaches TRUSTED;
the second reaches TRUSTED with must-list unsupported, and is never EMPTY."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import subprocess

from lists import Rbldnsd
from scene import Scene, data
from tap import TARE, done, note

with Scene("33 and 34", 600) as s:
    bogons = s.zone("bogons.example-lists.net", sets=[
        data("ip4set", ["198.18.0.0/15", "240.0.0.0/4", "5.0.0.0/8"])])
    untested = s.zone("untested.example-lists.net", sets=[("ip4set", ":127.0.0.2:x\n5.0.0.0/8\n")])
    s.open()
    s.start(trusted=True)
    for z in (bogons, untested):
        s.equal(s.state(z)["state"], "trusted", f"{z.name}: trusted")
        s.equal([e["to"] for e in s.history(z)], ["learning", "trusted"],
                f"{z.name}: without a detour")
    shown = subprocess.run([TARE, "zones", *s.daemon.common, "--state", s.daemon.state, "show",
                            untested.name], capture_output=True, text=True).stdout
    s.ok(any(line.split() == ["must-list", "unsupported"] for line in shown.splitlines()),
         f"{untested.name}: must-list is shown as unsupported")
    began = s.now()
    with s.stream(20) as mail:
        s.sleep(3 * 60)
        results = mail.stop()
    for z in (bogons, untested):
        listed = [r for r in results if r.mail.listed]
        s.equal(s.counted(z, listed), len(listed), f"{z.name}: all {len(listed)} listed hosts count")
        s.equal(s.harm(z, results), 0, f"{z.name}: and no ham")
        s.equal([e["to"] for e in s.history(z, began)], [], f"{z.name}: no change in three hours")
    asked = [q[2] for q in s.relay.log(bogons.name, s.wall(began), ["canary"])]
    four = [k.split(".") for k in asked if k.count(".") == 3]     # addresses of IPv4
    pools = [k for k in four if k[3] == "198" and k[2] in ("18", "19") or int(k[3]) >= 240]
    s.ok(len(asked) >= 30, f"{len(asked)} reserved names were asked meanwhile")
    s.equal(pools, [], "none of the bogons that the list has")
    # Emptied, the one without a test entry cannot be told from a quiet one.
    gone = s.route(untested, Rbldnsd(s.work, {untested.name: [("ip4set", "192.88.99.99\n")]}))
    with s.stream(20) as mail:
        s.sleep(2 * 60)
    s.ok("empty" not in [e["to"] for e in s.history(untested, gone)],
         f"{untested.name}: never empty")
    note(s.states())
done()

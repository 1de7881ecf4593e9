#!/usr/bin/env python3
"""Scenario 25: two rules (and a meta) rest on one list, and it breaks.

Required: both rules are void: health belongs to the zone, not to the rule."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done
from traffic import burst

TWO = """header {rule} eval:check_rbl('{label}-lastexternal', '{name}.')
tflags {rule} net
score {rule} {points}
header {rule}_TWIN eval:check_rbl('{label}twin-lastexternal', '{name}.', '127.0.0.2')
tflags {rule}_TWIN net
score {rule}_TWIN 1.5
meta {rule}_META ({rule} || {rule}_TWIN) && (BASE3 || BASE6)
score {rule}_META 1
"""

with Scene(25, 60) as s:
    bl = s.zone("bl.twins.net", rules=TWO)
    mine = {bl.rule, bl.rule + "_TWIN", bl.rule + "_META"}
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True)
    healthy = burst(s, s.mails(200))
    s.ok(all(r.rules & mine == (mine if r.mail.listed else set()) for r in healthy),
         "healthy, all three hit what is listed and nothing else")
    s.route(bl, world)
    with s.stream(100) as mail:
        s.most(s.until(bl, 10, state="quarantined"), 5, "seconds until it is quarantined")
        s.sleep(20)
        results = mail.stop() + burst(s, s.mails(300), 64)
    s.equal(mail.failures, [], "every message was judged")
    hurt = [r for r in results if not r.mail.spam and r.rules & mine]
    s.equal(hurt, [], f"no rule hits ham, of {len(results)} messages")
    quiet = [r for r in results[-300:] if r.rules & mine]
    s.equal(quiet, [], "in quarantine none of them hits anything")
    report, _ = s.daemon.scan(s.mails(1)[0].text(), "REPORT")
    for rule in (bl.rule, bl.rule + "_TWIN"):
        s.ok(f"{rule} 0.00/" in report, f"the report names {rule}, with no points")
done()

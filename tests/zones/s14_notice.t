#!/usr/bin/env python3
"""Scenario 14: a URIBL-style list answers 127.0.0.1 ("refused") to everything;
in a hostkarma-style list the same code means "white", and 127.0.0.1 itself is
listed by design.

Required: the first is void and BLOCKED; the second works normally."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene, data
from tap import done
from traffic import LISTED_DOMAINS, Mix, burst

KARMA = """header __{rule} eval:check_rbl('{label}-lastexternal', '{name}.')
tflags __{rule} net
header {rule} eval:check_rbl_sub('{label}-lastexternal', '127.0.0.1')
tflags {rule} net nice
score {rule} {points}
header {rule}_BLACK eval:check_rbl_sub('{label}-lastexternal', '127.0.0.2')
tflags {rule}_BLACK net
score {rule}_BLACK 2.5
"""
# 14/8 is where unlisted spam comes from: here it is white.
WHITE = data("ip4set", ["127.0.0.1 :127.0.0.1:white", "14.0.0.0/8 :127.0.0.1:white", "5.0.0.0/8"])

with Scene(14, 60) as s:
    uri = s.zone("multi.uribl.com", kind="domain", sets=[data("dnset", LISTED_DOMAINS)])
    karma = s.zone("hostkarma.junkemailfilter.com", points=-1, rules=KARMA, sets=[WHITE])
    s.open()
    refusal = wild(s.work, [uri.name], "127.0.0.1")
    s.start(trusted=True)
    broke = s.route(uri, refusal)
    with s.stream(100, Mix(p0=0.25)) as mail:
        s.most(s.until(uri, 10, state="blocked"), 5, "seconds until the refusing list is blocked")
        s.sleep(20)
        results = mail.stop() + burst(s, s.mails(500, Mix(p0=0.25)), 64)
    s.equal(mail.failures, [], "every message was judged")
    s.equal(s.counted(uri, results), 0, f"none of {len(results)} messages got points of it")
    s.equal(s.state(karma)["state"], "trusted", "the list with white hosts is trusted")
    s.equal([e["to"] for e in s.history(karma, broke)], [], "without a change of state")
    white = [r for r in results if r.mail.ip.startswith("14.")]
    black = [r for r in results if r.mail.ip.startswith("5.")]
    s.ok(white and s.lacking(karma.rule, white) == [],
         f"all {len(white)} messages from white hosts have its points")
    s.ok(black and s.lacking(karma.rule + "_BLACK", black) == [],
         f"and all {len(black)} from black ones")
    s.equal(s.harm(karma, results), 0, "and no ham")
done()

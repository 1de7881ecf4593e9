#!/usr/bin/env python3
"""The keeper at work on a list that breaks: it enrolls the zone, notices,
tells the workers, remembers over its own death, and obeys operators."""

import json
import os
import signal
import sqlite3
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dns import Dns
from harness import Daemon, HAM, done, note, ok, same, wait_for

ZONE = "bl.zones.example.net"
LISTED = "9.113.0.203." + ZONE
MAIL = (b"Received: from mx.example.org (mx.example.org [203.0.113.9])\r\n"
        b"\tby us.example.net (Postfix) with ESMTP id 4ABC\r\n"
        b"\tfor <bob@example.org>; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
        + HAM)

world = False


def answer(name):
    if not name.endswith(ZONE):
        return []
    if world or name in (LISTED, "2.0.0.127." + ZONE):
        return ["127.0.0.2"]
    return []


dns = Dns(answer)
RULES = """
required_score 5
report_safe 0
dns_server 127.0.0.1:%d
rbl_timeout 4
zone_clock_scale 200
header T_LIST eval:check_rbl('t', '%s.')
tflags T_LIST net
score T_LIST 7
""" % (dns.port, ZONE)


def zone(d):
    zones = json.loads(d.control("zones"))["zones"]
    return zones[0] if zones else {"state": "none", "weight": 0}


def becomes(d, states, seconds=20):
    ok(wait_for(lambda: zone(d)["state"] in states, seconds),
       "the zone is " + " or ".join(states)) or note(zone(d))


def spam(d):
    return b"Spam: True" in d.ask("CHECK", MAIL)


with Daemon(rules=RULES) as d:
    becomes(d, ["learning", "trusted"])
    ok(wait_for(lambda: spam(d)), "a listed sender is spam") or \
        note(d.log()[-2000:])

    pid = d.status()["keeper"]["pid"]
    os.kill(pid, signal.SIGKILL)
    ok(spam(d), "and stays it while the keeper is dead")
    ok(wait_for(lambda: d.status()["keeper"]["pid"] not in (0, pid)),
       "the keeper is replaced")
    becomes(d, ["learning", "trusted"], 5)

    world = True
    ok(wait_for(lambda: not spam(d)),
       "the list lists the world: it counts no more")
    becomes(d, ["quarantined"])
    same(zone(d)["weight"], 0, "weight 0")
    ok("to=quarantined" in d.log(), "the log says so")

    pid = d.status()["keeper"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: d.status()["keeper"]["pid"] not in (0, pid))
    same(zone(d)["state"], "quarantined", "a new keeper remembers it")

    world = False
    answer_text = d.control("pin %s off 100000" % ZONE)
    ok(answer_text.startswith("ok"), "an operator pins it off")
    same(zone(d)["state"], "pinned-off", "it is")
    ok(d.control("unpin " + ZONE).startswith("ok"), "and unpins it")
    probes = [json.loads(line) for line in d.control("probe " + ZONE).splitlines()]
    ok({"must-not", "must-list"} < {p.get("kind") for p in probes} and probes[-1]["zone"] == ZONE,
       "and has it probed") or note(probes)
    becomes(d, ["probation", "learning", "trusted"], 60)
    ok(wait_for(lambda: spam(d), 60), "a mended list counts again") or \
        note(zone(d))
    same(d.stop(), 0, "stops cleanly")
    db = sqlite3.connect(d.state + "/tare.sqlite")
    same(db.execute("pragma integrity_check").fetchone()[0], "ok",
         "the database is sound after two kills")
    db.close()
dns.close()
done()

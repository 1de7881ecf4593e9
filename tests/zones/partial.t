#!/usr/bin/env python3
"""A list that breaks in part, with real servers: reserved space stays clean, a
third of the good senders is listed.  The panel finds it; a restart remembers
it; after the repair a clean panel frees it."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

SCALE = 60
ZONE = "bl.partly.net"
RULES = f"""
header RCVD_IN_PART eval:check_rbl('part-lastexternal', '{ZONE}.')
tflags RCVD_IN_PART net
score RCVD_IN_PART 2.5
"""
SPAM = ["5.6.0.0/16"]
FRIENDS = [f"20.{n}.0.1" for n in range(1, 41)]
THIRD = [f"20.{n}.0.0/16" for n in range(3, 40, 3)]
serial = 0


def mail(ip):
    global serial
    serial += 1
    return (f"Received: from m.example.com (m.example.com [{ip}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id {serial:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a@example.com\nTo: you@example.org\nSubject: hello {serial}\n"
            f"Message-ID: <{serial}@example.com>\n\nhello\n").encode()


def state(daemon):
    z = daemon.zones().get(ZONE, {})
    return z.get("state"), z.get("reason"), z.get("weight")


need("rbldnsd", "unbound", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(SPAM)
    work.write("rules/zone.cf", RULES)
    cf = [f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}",
          "known_good_host " + " ".join(FRIENDS)]
    daemon = Daemon(work, rules=work.path("rules"), cf=cf).start()
    ok(wait_for(lambda: state(daemon)[2] == 1, 20), "the zone is enrolled")
    hits = sum("RCVD_IN_PART" in daemon.scan(mail(ip))[0] for ip in FRIENDS)
    is_equal(hits, 0, "forty good senders are not listed")
    ok("RCVD_IN_PART" in daemon.scan(mail("5.6.7.8"))[0], "a spammer is")

    server.healthy(SPAM + THIRD)
    hits = sent = 0
    for _ in range(4):
        for ip in FRIENDS:
            if state(daemon)[0] == "quarantined":
                break
            hits += "RCVD_IN_PART" in daemon.scan(mail(ip))[0]
            sent += 1
    ok(wait_for(lambda: state(daemon)[0] == "quarantined", 20),
       f"quarantined {sent} messages after the break, {hits} of them listed")
    is_equal(state(daemon)[1:], ("partial", 0), "for that reason, with no weight")
    ok("RCVD_IN_PART" not in daemon.scan(mail("20.3.0.1"))[0], "nothing counts any more")
    last = [e for e in daemon.history(ZONE) if e["to"] == "quarantined"][-1]
    ok("panel" in str(last["evidence"]), "the history says who was listed")
    note(last["evidence"])

    daemon.stop()
    daemon = Daemon(work, rules=work.path("rules"), cf=cf).start()
    ok(wait_for(lambda: state(daemon)[:2] == ("quarantined", "partial"), 10),
       "a restart remembers it")
    time.sleep(15)                  # a quarter of an hour of clean canaries
    is_equal(state(daemon)[:2], ("quarantined", "partial"), "which clean canaries do not end")
    server.healthy(SPAM)
    ok(wait_for(lambda: state(daemon)[2] == 1, 120, 0.3), "a clean panel does")
    ok(any(e["to"] == "probation" for e in daemon.history(ZONE)), "by way of probation")
    ok(wait_for(lambda: "RCVD_IN_PART" in daemon.scan(mail("5.6.9.9"))[0], 15, 0.3),
       "and a spammer is listed again")
    daemon.stop()
done()

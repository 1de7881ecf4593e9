#!/usr/bin/env python3
"""The SpamCop day with real servers: healthy, parked, world listed, healthy.

Not one ham message may score a point from the broken zone, from the first
message on, one at a time or two hundred at once; after the repair the zone
counts again.  Zone time runs SCALE times faster."""
import concurrent.futures
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

SCALE = 120
ZONE = "bl.spamday.net"
RULES = f"""
header RCVD_IN_DAY eval:check_rbl('day-lastexternal', '{ZONE}.')
describe RCVD_IN_DAY The sending host is listed
tflags RCVD_IN_DAY net
score RCVD_IN_DAY 2.5
header ALWAYS Subject =~ /hello/
score ALWAYS 1
meta LISTED_HELLO RCVD_IN_DAY && ALWAYS
score LISTED_HELLO 0.7
"""


def mail(ip, n=0):
    return (f"Received: from mail{n}.example.com (mail{n}.example.com [{ip}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id {n:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a{n}@example.com\nTo: you@example.org\nSubject: hello {n}\n"
            f"Message-ID: <{n}@example.com>\n\nhello\n").encode()


def ham(n):
    return mail(f"9.{10 + n // 62500 % 200}.{n // 250 % 250}.{n % 250 + 1}", n)


def spam(n):
    return mail(f"5.6.7.{n % 250 + 1}", n)


serial = 0


def harm(daemon, count, parallel=1):
    """Send count new ham messages; how many got a point from the zone."""
    global serial
    numbers = range(serial, serial + count)
    serial += count

    def one(n):
        tests, score = daemon.scan(ham(n))
        return "RCVD_IN_DAY" in tests or "LISTED_HELLO" in tests or score != 1.0
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        return sum(pool.map(one, numbers))


def state(daemon):
    z = daemon.zones().get(ZONE, {})
    return z.get("state"), z.get("reason"), z.get("weight")


def outage(work, server, daemon, address, reason):
    """Break the zone, send at once, see it quarantined."""
    server.everything(address)
    began = time.monotonic()
    is_equal(harm(daemon, 1), 0, f"{reason}: the very first ham scores nothing")
    is_equal(harm(daemon, 40), 0, f"{reason}: nor 40 one after the other")
    is_equal(harm(daemon, 400, 100), 0, f"{reason}: nor 400, a hundred at once")
    quarantined = wait_for(lambda: state(daemon)[0] == "quarantined", 8)
    ok(quarantined, f"{reason}: quarantined after {time.monotonic() - began:.1f} s")
    is_equal(state(daemon)[1:], (reason, 0), f"{reason}: with its reason and no weight")
    report, score = daemon.scan(ham(10 ** 6), "REPORT")
    ok(f"RCVD_IN_DAY 0.00/2.50 (zone quarantined: {reason}" in report,
       f"{reason}: the report says so")
    if f"zone quarantined: {reason}" not in report:
        note(report)
    tests, score = daemon.scan(spam(7))
    ok("RCVD_IN_DAY" not in tests, f"{reason}: nothing counts, not even a listed host")


def recovery(server, daemon):
    server.healthy(["5.6.7.0/24"])
    began = time.monotonic()
    seen = set()

    def back():
        s = state(daemon)
        seen.add(s[0])
        return s[2] == 1
    ok(wait_for(back, 60, 0.2), f"weight 1 again {(time.monotonic() - began) * SCALE / 60:.0f} "
       "minutes of zone time after the repair")
    ok("probation" in seen, f"by way of probation (seen: {', '.join(sorted(map(str, seen)))})")
    hit = wait_for(lambda: "RCVD_IN_DAY" in daemon.scan(spam(int(time.time())))[0], 10, 0.3)
    ok(hit, "a listed host scores again")
    is_equal(harm(daemon, 50, 10), 0, "and ham does not")


need("rbldnsd", "unbound", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(["5.6.7.0/24"])
    work.write("rules/zone.cf", RULES)
    daemon = Daemon(work, rules=work.path("rules"),
                    cf=[f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}"]).start()
    ok(wait_for(lambda: state(daemon)[2] == 1, 10), "the zone is enrolled")
    tests, score = daemon.scan(spam(1))
    ok("RCVD_IN_DAY" in tests and "LISTED_HELLO" in tests, "a listed host hits, and its meta")
    is_equal(score, 4.2, "with all its points")
    is_equal(harm(daemon, 20), 0, "ham from hosts that are not listed does not")

    outage(work, server, daemon, "91.195.240.87", "bogus")
    # The same evening: the parking service is gone, everything is listed.
    server.everything("127.0.0.2")
    is_equal(harm(daemon, 200, 20), 0, "world listed while in quarantine: nothing scores")
    recovery(server, daemon)
    outage(work, server, daemon, "127.0.0.2", "wildcard")
    recovery(server, daemon)

    events = [(e["from"], e["to"], e["reason"]) for e in daemon.history(ZONE)]
    ok(any(e[1] == "quarantined" and e[2] == "bogus" for e in events) and
       any(e[1] == "quarantined" and e[2] == "wildcard" for e in events) and
       any(e[1] == "probation" for e in events), "the history has every step")
    note(*events)
    evidence = [e["evidence"] for e in daemon.history(ZONE) if e["to"] == "quarantined"]
    ok(all("91.195.240.87" in str(e) or "127.0.0.2" in str(e) for e in evidence),
       "with the answers that decided")
    daemon.stop()

    # A zone that is broken before tare ever saw it.
    for name, address in (("parked", "91.195.240.87"), ("world", "127.0.0.2")):
        server.everything(address)
        daemon = Daemon(work, rules=work.path("rules"), name=name,
                        cf=[f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}"]).start()
        is_equal(harm(daemon, 60, 5), 0, f"broken from the start ({name}): nothing scores")
        wait_for(lambda: state(daemon)[1] not in (None, "none"), 5)
        s = state(daemon)
        ok(s[0] == "new" and s[2] == 0, f"the zone stays new and weighs nothing ({s})")
        daemon.stop()
done()

#!/usr/bin/env python3
"""A zone that never answers: every message still gets its verdict, in bounded
time; the zone is DOWN soon, costs nothing then, and comes back by itself."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dnsmsg import question
from tap import Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

SCALE = 60
ZONE = "bl.deadzone.net"
RULES = f"""
header RCVD_IN_DEAD eval:check_rbl('dead-lastexternal', '{ZONE}.')
tflags RCVD_IN_DEAD net
score RCVD_IN_DEAD 2.5
header ALWAYS Subject =~ /hello/
score ALWAYS 1
"""


def mail(n):
    return (f"Received: from m.example.com (m.example.com [5.6.{n // 250}.{n % 250 + 1}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id 1\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a@example.com\nSubject: hello\n\nhello\n").encode()


def black_hole(port):
    """Nobody reads what is sent here: no answer, no refusal."""
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hole.bind(("127.0.0.1", port))
    hole.setblocking(False)
    return hole


def asked_about(hole, mails):
    """How many questions came about the senders of these mails."""
    keys, n = {f"{k % 250 + 1}.{k // 250}.6.5" for k in mails}, 0
    try:
        while True:
            n += question(hole.recv(4096))[0].removesuffix("." + ZONE) in keys
    except BlockingIOError:
        return n


def state(daemon):
    return daemon.zones().get(ZONE, {}).get("state")


need("rbldnsd", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(["5.6.0.0/16"])
    work.write("rules/zone.cf", RULES)
    daemon = Daemon(work, rules=work.path("rules"),
                    cf=[f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}"]).start()
    ok(wait_for(lambda: state(daemon) == "learning", 10), "the zone is enrolled")
    is_equal(daemon.scan(mail(0))[1], 3.5, "and counts")

    server.stop()
    hole = black_hole(port)
    slowest, asked, start, report = 0, 0, time.monotonic(), ""
    while "(zone down" not in report and asked < 60:
        asked += 1
        began = time.monotonic()
        report, score = daemon.scan(mail(asked), "REPORT")
        slowest = max(slowest, time.monotonic() - began)
        if not ok(score == 1 and "ALWAYS" in report, f"message {asked}: judged without the list"):
            break
    took = time.monotonic() - start
    ok(slowest < 4, f"the slowest took {slowest:.1f} s")
    # Reference (d) 3 and 16: ten failures, each known after the time-out of 2 s.
    ok(asked - 1 <= 15, f"the zone is down after {asked - 1} lookups")
    ok(took < 20, f"which took {took:.1f} s")
    # Weights go before the record: the disk may take its time.
    ok(wait_for(lambda: state(daemon) == "down", 10), "and the operator is told")
    time.sleep(0.3)
    began = time.monotonic()
    for n in range(1000, 1020):
        daemon.scan(mail(n))
    each = (time.monotonic() - began) / 20
    # the shortest time that anybody waits for a list is half a second
    ok(each < 0.4, f"and nobody waits for it any more ({each * 1000:.0f} ms a message)")
    is_equal(asked_about(hole, range(1000, 1020)), 0, "nor asks it about a message")
    report, score = daemon.scan(mail(2000), "REPORT")
    ok("RCVD_IN_DEAD 0.00/2.50 (zone down" in report, "the report says why")
    hole.close()
    server.healthy(["5.6.0.0/16"])
    began = time.monotonic()
    back = wait_for(lambda: daemon.scan(mail(int(time.time() * 10) % 60000))[1] == 3.5, 20, 0.2)
    ok(back, f"repaired: it counts again after {time.monotonic() - began:.1f} s "
       f"({(time.monotonic() - began) * SCALE:.0f} s of zone time)")
    if not back:
        note(daemon.zones(), daemon.read_log()[-2000:])

    # A daemon that starts while the list is dead.
    server.stop()
    hole = black_hole(port)
    daemon.stop()
    daemon = Daemon(work, rules=work.path("rules"), name="second",
                    cf=[f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}"]).start()
    began = time.monotonic()
    is_equal(daemon.scan(mail(3000))[1], 1.0, "dead from the start: judged without it")
    ok(time.monotonic() - began < 2, "before any time-out")
    is_equal(asked_about(hole, [3000]), 0, "nobody asks a list that is not enrolled")
    hole.close()
done()

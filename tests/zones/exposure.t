#!/usr/bin/env python3
"""Every message that a list touched is on record: its names, the points that
the list is answerable for (metas included) and the verdict it would have had
without.  A void listing is on record, too, and changed nothing."""
import contextlib
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

ZONE = "bl.exposed.net"
RULES = f"""
header RCVD_IN_EXP eval:check_rbl('exp-lastexternal', '{ZONE}.')
tflags RCVD_IN_EXP net
score RCVD_IN_EXP 2.5
header ALWAYS Subject =~ /hello/
score ALWAYS 1
meta LISTED_HELLO RCVD_IN_EXP && ALWAYS
score LISTED_HELLO 1
header WORSE Subject =~ /viagra/
score WORSE 5
required_score 4
"""


def mail(ip, n, subject="hello"):
    return (f"Received: from mail{n}.example.com (mail{n}.example.com [{ip}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id 4Q{n:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a{n}@example.com\nTo: you@example.org\nSubject: {subject}\n"
            f"Message-ID: <{n}@example.com>\n\nhello\n").encode()


def rows(daemon):
    """What the keeper has written, by Message-ID."""
    path = f"file:{daemon.state}/tare.sqlite?mode=ro"
    with contextlib.closing(sqlite3.connect(path, uri=True)) as db:
        got = db.execute("SELECT msg_id, queue_id, code, rule, points, score, required, action_with,"
                         " action_without, voided FROM exposure").fetchall()
    return {r[0]: r[1:] for r in got}


need("rbldnsd", "unbound", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(["5.6.7.0/24"])
    work.write("rules/zone.cf", RULES)
    daemon = Daemon(work, rules=work.path("rules"),
                    cf=[f"dns_server 127.0.0.1:{port}", "zone_clock_scale 60"]).start()
    ok(wait_for(lambda: daemon.zones().get(ZONE, {}).get("weight") == 1, 10), "the zone is enrolled")
    is_equal(daemon.scan(mail("5.6.7.8", 1))[1], 4.5, "a listed sender's message is spam")
    is_equal(daemon.scan(mail("5.6.7.9", 2, "hello viagra"))[1], 9.5, "another would be it anyway")
    daemon.scan(mail("9.9.9.9", 3))
    daemon.scan(mail("5.6.7.10", 4, "other"))
    wait_for(lambda: len(rows(daemon)) >= 3, 15)
    got = rows(daemon)
    is_equal(got.get("<1@example.com>"),
             ("4Q000001", "127.0.0.2", "RCVD_IN_EXP", 3.5, 4.5, 4.0, 1, 0, 0),
             "its record: queue id, code, rule, points with the meta, and ham without the list")
    is_equal(got.get("<2@example.com>", [None] * 9)[3:], (3.5, 9.5, 4.0, 1, 1, 0),
             "the other's verdict would not change")
    is_equal(got.get("<4@example.com>", [None] * 9)[3:], (2.5, 2.5, 4.0, 0, 0, 0),
             "a listing that did not make spam is there, too")
    is_equal(len(got), 3, "a message that is not listed leaves nothing")

    server.everything("127.0.0.2")
    is_equal(daemon.scan(mail("9.9.9.10", 5))[1], 1.0, "the list breaks: a listing is void")
    wait_for(lambda: "<5@example.com>" in rows(daemon), 15)
    is_equal(rows(daemon).get("<5@example.com>", [None] * 9)[3:], (0.0, 1.0, 4.0, 0, 0, 1),
             "and on record as void, without points")
    daemon.stop()
done()

#!/usr/bin/env python3
"""Clients that vanish, read slowly, say nothing or come by the thousand: each
gets its answer or its end, nobody else is harmed, and memory and descriptors
come back.  Those that stop or drip: 13_deadlines.t."""
import os
import resource
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../zones"))
from odd import Late  # noqa: E402
from peers import (HAM, RULES, SPAM, Work, connect, done, is_equal, note, ok,  # noqa: E402
                   read_all, ready, request, status, talk, tared, wait_for)

# Memory is measured here, and a sanitizer keeps 256 MB of what is freed.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
CHECKED = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 10.0 / 5.0\r\n\r\n"
BUSY = b"SPAMD/1.0 75 Temporary failure: too busy, try again later\r\n"


def descriptors(d):
    return sum(len(os.listdir("/proc/%d/fd" % pid)) for pid in ready(d))


def resident(d):
    """Of all workers, in megabytes."""
    total = 0
    for pid in ready(d):
        with open("/proc/%d/statm" % pid) as f:
            total += int(f.read().split()[1]) * resource.getpagesize()
    return total / 1e6


def settled(d, before):
    """Nothing in flight and as many descriptors as before?"""
    return wait_for(lambda: descriptors(d) <= before and
                    not any(w["inflight"] for w in status(d)["workers"]), 60)


def healthy(d, name):
    is_equal(talk(d, request("CHECK", SPAM)), CHECKED, "  still scans: " + name)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def vanish(d):
    """At every point of the request, and at many of the reply."""
    whole = request("PROCESS", SPAM, headers=b"User: ann\r\n")
    before = descriptors(d)
    for at in range(len(whole) + 1):
        s = connect(d, unix=at % 2 == 0)
        s.sendall(whole[:at])
        if at % 3 == 0:
            reset(s)
        else:
            s.close()
    big = request("PROCESS", SPAM + b"A long body.\r\n" * 200000)
    for i in range(24):
        with connect(d, unix=i % 2 == 0) as s:
            s.sendall(big)
            got = 0
            while got < i * i * 5000:
                piece = s.recv(65536)
                if not piece:
                    break
                got += len(piece)
            if i % 3 == 0:
                reset(s)
    ok(settled(d, before), "clients that vanish leave no scan and no descriptor") or \
        note(status(d), before, descriptors(d))
    healthy(d, "after clients that vanished")


def slow_reader(d):
    """The reply does not fit the buffers; its reader pauses after each piece."""
    message = SPAM + b"A long body.\r\n" * 400000
    for unix in (True, False):
        s = connect(d, unix)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        s.sendall(request("PROCESS", message))
        got = b""
        while True:
            piece = s.recv(300000)
            if not piece:
                break
            got += piece
            time.sleep(0.002)
        s.close()
        head, _, body = got.partition(b"\r\n\r\n")
        ok(b"Content-length: %d\r\n" % len(body) in head and body.endswith(message[-1000:]),
           "a slow reader gets every byte (%s)" % ("unix" if unix else "tcp")) or note(head)


def slow_writer(d):
    """One byte at a time, with pauses that a deadline must bear."""
    s = connect(d)
    for byte in request("CHECK", SPAM)[:40]:
        s.sendall(bytes([byte]))
        time.sleep(0.05)
    s.sendall(request("CHECK", SPAM)[40:])
    is_equal(read_all(s), CHECKED, "a slow writer is answered")
    s.close()


def idle(work):
    """Ten thousand that connect and say nothing."""
    d = tared(work, name="idle")
    healthy(d, "before they come")
    want = 10000
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if 0 < hard < want + 200:
        want = hard - 200
        note(f"only {want} idle connections: this system allows {hard} descriptors")
    before, memory = descriptors(d), resident(d)
    many = [connect(d, unix=i % 2 == 0) for i in range(want)]
    begun = time.monotonic()
    is_equal([talk(d, request("CHECK", SPAM)) for _ in range(20)], [CHECKED] * 20,
             f"20 scans beside {want} idle connections")
    note("they took %.1f s; %d descriptors; memory grew by %.1f MB" % (
        time.monotonic() - begun, descriptors(d), resident(d) - memory))
    ok(resident(d) - memory < want * 4096 / 1e6 + 16, "an idle connection costs less than 4 KB")
    for s in many:
        s.close()
    ok(settled(d, before), "all descriptors came back") or note(descriptors(d), before)


def exchange_all(d, requests, seconds, rate=None):
    """Send each on a connection of its own, all at once or so many a second;
    replies in order, None for one that did not come, and how long each took."""
    sel = selectors.DefaultSelector()
    got = [b""] * len(requests)
    took = [None] * len(requests)
    open_socks = set()
    begun = time.monotonic()

    def read_some(wait):
        for key, _ in sel.select(wait):
            i, since = key.data
            piece = key.fileobj.recv(65536)
            got[i] += piece
            if not piece:
                took[i] = time.monotonic() - since
                sel.unregister(key.fileobj)
                open_socks.discard(key.fileobj)
                key.fileobj.close()

    for i, sent in enumerate(requests):
        while rate and time.monotonic() < begun + i / rate:
            read_some(max(0, begun + i / rate - time.monotonic()))
        s = connect(d, unix=i % 2 == 0)
        s.sendall(sent)
        s.shutdown(socket.SHUT_WR)
        sel.register(s, selectors.EVENT_READ, (i, time.monotonic()))
        open_socks.add(s)
    end = time.monotonic() + seconds
    while open_socks and time.monotonic() < end:
        read_some(1)
    for s in open_socks:
        s.close()
    return [g if t is not None else None for g, t in zip(got, took)], took


class Silent:
    """Answers nothing, so that its list is held for dead after a while."""

    def __init__(self):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]


SCANNED = b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; "


def overload(work, name, server, places, count, rate=None):
    """Every scan waits for DNS; many more come than there are places.  Each is
    scanned, or told early that there is no place."""
    rules = RULES + """
dns_server 127.0.0.1:%d
rbl_timeout 4
dns_available yes
header T_RBL eval:check_rbl('x', 'bl.tare-test.example.')
score T_RBL 10
""" % server.port
    # the answer could make it spam: nobody may end the wait early
    message = HAM.replace(b"From: ", b"Received: from a (a.example.com [192.0.2.7])\r\n\t"
                           b"by b.example.org with SMTP; Sat, 21 Nov 2026 10:00:00 +0000\r\n"
                           b"From: ", 1)
    d = tared(work, "--max-inflight", str(places), rules=rules, workers=1, name=name, local=False)
    before, memory = descriptors(d), resident(d)
    # each from another relay: an answer that is known takes no time
    sent = [request("CHECK", message.replace(b"<1@", b"<%d@" % i).replace(
        b"192.0.2.7", b"25.1.%d.%d" % (i // 250, i % 250 + 1))) for i in range(count)]
    begun = time.monotonic()
    replies, took = exchange_all(d, sent, 120, rate)
    scanned = sum(1 for r in replies if r and r.startswith(SCANNED))
    busy = sum(1 for r in replies if r == BUSY)
    is_equal(scanned + busy, len(sent), f"{name}: each of {count} is scanned or told \"busy\"") or \
        note([r for r in replies if r != BUSY][:5])
    ok(scanned > 0 and busy > 0, f"{scanned} scanned, {busy} told \"busy\"")
    note("%.0f s in all" % (time.monotonic() - begun))
    early = sorted(t for r, t in zip(replies, took) if r == BUSY)
    ok(early and early[0] < 10, "the first is told early: %.1f s" % (early or [999])[0])
    ok(all(t < 60 for t in took if t is not None), "nobody waited for long: %.1f s" %
       max(t for t in took if t is not None))
    ok(settled(d, before), "all descriptors came back") or note(descriptors(d), before)
    note("memory grew by %.1f MB" % (resident(d) - memory))
    ok(resident(d) - memory < 64, "and memory stays bounded")
    ok("event=busy replies=" in d.read_log(), "the log says how many")
    reply = talk(d, request("CHECK", message))
    ok(reply.startswith(SCANNED), "it scans again") or note(reply)
    d.stop()


with Work() as work:
    vanish_daemon = tared(work, name="v")
    vanish(vanish_daemon)
    slow_reader(vanish_daemon)
    slow_writer(vanish_daemon)
    healthy(vanish_daemon, "after slow ones")
    idle(work)
    overload(work, "a storm", Silent(), 2, 600)
    # Six places, each taken for a second; four times as many come, for a minute.
    overload(work, "four times too many", Late(1), 6, 24 * 60, 24)
    is_equal(status(vanish_daemon)["totals"]["crashes"], 0, "no worker crashed")
done()

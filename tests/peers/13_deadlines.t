#!/usr/bin/env python3
"""The deadlines of doc/protocol.md, each met by a client that runs into it, all
at the same time: it takes as long as the longest of them, 290 seconds.

A scan ends by itself before its last resort, and nothing from outside makes it
reach that.  How long a scan takes is made by stopping master and worker while
the CPU is at it, as if the machine stood still."""
import json
import os
import re
import select
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../zones"))
from odd import Late  # noqa: E402
from peers import (HAM, RULES, SPAM, Work, connect, done, is_equal, note, ok,  # noqa: E402
                   read_all, ready, request, status, talk, tared, wait_for)

TIMEOUT = rb"SPAMD/1\.0 79 Timeout: \(%d second socket timeout reading input from client\)\r\n"
SLACK = 60                      # a machine with too much to do is late
LARGE = SPAM + b"A long body.\r\n" * 400000
BUSY = b"SPAMD/1.0 75 Temporary failure: too busy, try again later\r\n"

# Some seconds of CPU for each message that is SLOW: each rule walks until its
# limit, and all of them until the message's.
SLOW_RULES = RULES + "".join("full T_SLOW%d /Q[^~]*W[^~]*W[^~]*~~~/\n" % i for i in range(400))
SLOW = SPAM.replace(b"Subject: ", b"Subject: ~~~ ") + b"QWQWQWQW\r\n" * 4000 + b"~\r\n"


class Client:
    """One client on a thread of its own: says b"" or what it was told, and when
    tared had let go of it."""

    def __init__(self, d, name, seconds, run, want=None, slack=SLACK):
        self.d, self.name, self.seconds, self.run, self.want = d, name, seconds, run, want
        self.got, self.took, self.slack = None, None, slack
        self.thread = threading.Thread(target=self.meet, daemon=True)
        self.thread.start()

    def meet(self):
        begun = time.monotonic()
        with connect(self.d, unix=True, seconds=600) as s:
            self.got = self.run(s)
        self.took = time.monotonic() - begun

    def check(self):
        self.thread.join(600)
        if self.want is not None:
            ok(re.fullmatch(self.want, self.got or b""), self.name + ": is told so") or \
                note(self.got, self.want)
        ok(self.took and self.seconds - 1 < self.took < self.seconds + self.slack,
           f"{self.name}: ends after {self.seconds} s ({self.took})")


def stops(sent):
    def run(s):
        s.sendall(sent)
        return read_all(s)
    return run


def drip(s, drop, seconds):
    """A piece twice a second, until there is an answer or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not select.select([s], [], [], 0.5)[0]:
        s.sendall(drop)


def drips(sent, drop):
    def run(s):
        s.sendall(sent)
        drip(s, drop, 600)
        return read_all(s)
    return run


def gone(s, each_second=lambda: None):
    """Wait until tared has closed its end."""
    poll = select.poll()
    poll.register(s, select.POLLHUP)
    while not any(what & select.POLLHUP for _, what in poll.poll(1000)):
        each_second()


def takes_nothing(s):
    s.sendall(request("PROCESS", LARGE))
    gone(s)


def sips(s):
    """Some of the reply each second; it ends before the end."""
    s.sendall(request("PROCESS", LARGE))
    gone(s, lambda: s.recv(4096))


def lingers(s):
    s.sendall(b"nonsense\r\n")
    told = read_all(s)
    gone(s)
    return told


def while_still(d, seconds, run):
    """Nothing of that tared moves for so long, from when it scans.  Its master
    stays so until run(), or it would end a worker that has not moved."""
    workers = ready(d)
    wait_for(lambda: any(w["inflight"] for w in status(d)["workers"]), 60)
    for pid in [d.child.pid] + workers:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    try:
        return run()
    finally:
        d.child.send_signal(signal.SIGCONT)


def is_late(d):
    """Its scan is over long after time_limit."""
    def run(s):
        s.sendall(request("CHECK", SLOW))
        return while_still(d, 33, lambda: read_all(s))
    return run


def takes_all_time(d):
    """Nearly all the time for each part, so that no part's own end comes before
    350 seconds are over."""
    sent = request("PROCESS", SLOW + LARGE)
    rest = 4000

    def run(s):
        s.sendall(sent[:-rest])
        drip(s, b"x", 170)
        s.sendall(b"x" * rest)
        while_still(d, 60, lambda: gone(s, lambda: s.recv(4096)))
    return run


def asks(d):
    """Is its list in use?"""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(d.state, "control"))
        s.sendall(b"zones\n")
        zones = json.loads(read_all(s))["zones"]
    return all(z["ask"] and z["state"] == "learning" for z in zones)


def crowd(d, count):
    """More than have a place one after another in twenty seconds."""
    ok(wait_for(lambda: asks(d), 120), "scans wait for a list")
    relay = (b"Received: from a (a.example.com [25.1.0.%d])\r\n\tby b.example.org with SMTP;"
             b" Sat, 21 Nov 2026 10:00:00 +0000\r\n")
    return [Client(d, "one in a crowd", 20, stops(request("CHECK", relay % (i + 1) + HAM)))
            for i in range(count)]


def check_crowd(clients):
    for one in clients:
        one.thread.join(600)
    told = [one for one in clients if one.got == BUSY]
    scanned = [one for one in clients if one.got and one.got.startswith(b"SPAMD/1.1 0 EX_OK")]
    is_equal((len(told) + len(scanned), bool(told), bool(scanned)), (len(clients), True, True),
             "of a crowd each is scanned or told that there is no place")
    ok(told and all(19 < one.took < 20 + SLACK for one in told),
       "after 20 s (%s)" % ", ".join("%.1f" % one.took for one in told))
    ok(all(one.took < 20 + SLACK for one in scanned), "nobody waits longer for a place")


with Work() as work:
    d = tared(work)
    still = tared(work, rules=SLOW_RULES + "time_limit 1\n", workers=1, name="still")
    patient = tared(work, rules=SLOW_RULES + "time_limit 600\n", workers=1, name="patient")
    # an answer that may make it spam: nobody ends the wait for it early
    narrow = tared(work, "--max-inflight", "1", workers=1, name="narrow", local=False,
                   rules=RULES + """
dns_server 127.0.0.1:%d
dns_available yes
header T_RBL eval:check_rbl('x', 'bl.tare-test.example.')
score T_RBL 10
""" % Late(1.5).port)
    clients = [
        Client(d, "a header that stops", 30, stops(b"CHECK SPAMC/1.5\r\nUser"), TIMEOUT % 30),
        Client(d, "a header that drips", 30, drips(b"CHECK SPAMC/1.5\r\n", b"X"), TIMEOUT % 30),
        Client(d, "a body that stops", 60, stops(request("CHECK", HAM)[:-20]), TIMEOUT % 60),
        Client(d, "a body that drips", 180, drips(request("CHECK", b"x\n" * 5000)[:-9000], b"x\n"),
               TIMEOUT % 180),
        Client(d, "a reply that is not taken", 60, takes_nothing),
        Client(d, "a reply that is sipped", 120, sips),
        Client(d, "a half-closed one that stays", 5, lingers,
               rb"SPAMD/1\.0 76 Bad header line: nonsense\r\n"),
        Client(still, "a scan that is late", 33, is_late(still),
               rb"SPAMD/1\.1 0 EX_OK\r\nSpam: True ; 10\.0 / 5\.0\r\n\r\n"),
        # the last part's own end would be 60 seconds later
        Client(patient, "all of it together", 290, takes_all_time(patient), slack=55),
    ]
    several = crowd(narrow, 40)
    for one in clients:
        one.check()
    check_crowd(several)
    reply = talk(d, request("CHECK", SPAM))
    ok(reply.startswith(b"SPAMD/1.1 0 EX_OK\r\nSpam: True"), "it still scans")
    for one in (d, still, patient, narrow):
        is_equal(status(one)["totals"]["crashes"], 0, "no worker crashed")
done()

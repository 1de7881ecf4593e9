#!/usr/bin/env python3
"""The deadlines of doc/protocol.md, each met by a client that runs into it, all
at the same time: it takes as long as the longest of them.  Waiting for a place:
07_abuse.t; all of it together (290 s) is not tried here."""
import os
import select
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, SPAM, Work, connect, done, is_equal, ok, read_all,  # noqa: E402
                   request, status, talk, tared)

TIMEOUT = b"SPAMD/1.0 79 Timeout: (%d second socket timeout reading input from client)\r\n"
SLACK = 60                      # a machine with too much to do is late
LARGE = SPAM + b"A long body.\r\n" * 400000


class Client:
    """One client on a thread of its own: says b"" or what it was told, and when
    tared had let go of it."""

    def __init__(self, d, name, seconds, run, want=None):
        self.d, self.name, self.seconds, self.run, self.want = d, name, seconds, run, want
        self.got, self.took = None, None
        self.thread = threading.Thread(target=self.meet, daemon=True)
        self.thread.start()

    def meet(self):
        begun = time.monotonic()
        with connect(self.d, unix=True, seconds=400) as s:
            self.got = self.run(s)
        self.took = time.monotonic() - begun

    def check(self):
        self.thread.join(400)
        if self.want is not None:
            is_equal(self.got, self.want, self.name + ": is told")
        ok(self.took and self.seconds - 1 < self.took < self.seconds + SLACK,
           f"{self.name}: ends after {self.seconds} s ({self.took})")


def stops(sent):
    def run(s):
        s.sendall(sent)
        return read_all(s)
    return run


def drips(sent, drop):
    """A piece twice a second, until there is an answer."""
    def run(s):
        s.sendall(sent)
        while not select.select([s], [], [], 0.5)[0]:
            s.sendall(drop)
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


with Work() as work:
    d = tared(work)
    clients = [
        Client(d, "a header that stops", 30, stops(b"CHECK SPAMC/1.5\r\nUser"), TIMEOUT % 30),
        Client(d, "a header that drips", 30, drips(b"CHECK SPAMC/1.5\r\n", b"X"), TIMEOUT % 30),
        Client(d, "a body that stops", 60, stops(request("CHECK", HAM)[:-20]), TIMEOUT % 60),
        Client(d, "a body that drips", 180, drips(request("CHECK", b"x\n" * 5000)[:-9000], b"x\n"),
               TIMEOUT % 180),
        Client(d, "a reply that is not taken", 60, takes_nothing),
        Client(d, "a reply that is sipped", 120, sips),
        Client(d, "a half-closed one that stays", 5, lingers,
               b"SPAMD/1.0 76 Bad header line: nonsense\r\n"),
    ]
    for one in clients:
        one.check()
    reply = talk(d, request("CHECK", SPAM))
    ok(reply.startswith(b"SPAMD/1.1 0 EX_OK\r\nSpam: True"), "it still scans")
    is_equal(status(d)["totals"]["crashes"], 0, "no worker crashed")
done()

#!/usr/bin/env python3
"""Processes killed in mid-work: every message is answered, by a retry at
most; the killed are replaced; a message seen in two crashes is not parsed a
third time."""

import itertools
import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, HAM, SPAM, alive, done, note, ok, read_all,
                     request, same, wait_for)

serial = itertools.count()


class Load:
    """Clients that scan until told to stop; each message is its own."""

    def __init__(self, d, clients=6):
        self.d = d
        self.going = True
        self.done = self.retried = self.failed = 0
        self.wrong, self.served = [], set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run)
                        for _ in range(clients)]
        for t in self.threads:
            t.start()

    def one(self, message, want):
        for attempt in range(20):
            try:
                got = self.d.ask("CHECK", message, unix=attempt % 2 == 0)
            except OSError:
                got = b""
            if got.startswith(b"SPAMD/1.1 0 EX_OK"):
                with self.lock:
                    self.done += 1
                    self.served.add(threading.get_ident())
                    self.retried += attempt > 0
                    if want not in got:
                        self.wrong.append(got)
                return
            if got:
                with self.lock:
                    self.wrong.append(got)
                return
            time.sleep(0.05)
        with self.lock:
            self.failed += 1

    def run(self):
        while self.going:
            n = next(serial)
            filler = b"line %d of a message\r\n" % n * 3000
            if n % 2:
                self.one(SPAM + filler, b"True ; 10.0 / 5.0")
            else:
                self.one(HAM + filler, b"False ; -1.0 / 5.0")

    def round(self):
        """Until each client has been answered once more."""
        with self.lock:
            self.served.clear()
        wait_for(lambda: len(self.served) == len(self.threads))

    def stop(self):
        self.going = False
        for t in self.threads:
            t.join()


def kill_workers(d):
    load = Load(d)
    seen = set()
    for _ in range(12):
        # a message that sees two workers die is refused, and rightly
        load.round()
        pids = wait_for(lambda: [w["pid"] for w in d.workers() if w["pid"] not in seen])
        if pids:
            os.kill(pids[0], signal.SIGKILL)
            seen.add(pids[0])
    load.stop()
    killed = len(seen)
    note("%d scans, %d retried, %d workers killed" % (load.done,
         load.retried, killed))
    ok(killed >= 10 and load.done > 20, "workers were killed under load")
    same((load.failed, load.wrong[:3]), (0, []),
         "every message got its right answer")
    ok(wait_for(lambda: len(d.workers()) == 2), "both workers are back")
    ok(wait_for(lambda: d.status()["totals"]["crashes"] == killed),
       "each crash was counted")


def kill_keeper(d):
    load = Load(d, clients=3)
    seen = set()

    def another():
        pid = d.status()["keeper"]["pid"]
        return pid if pid not in seen else 0
    for _ in range(5):
        time.sleep(0.4)
        pid = wait_for(another)
        if pid > 0:
            seen.add(pid)
            os.kill(pid, signal.SIGKILL)
    load.stop()
    same((load.failed, load.retried, load.wrong[:3]), (0, 0, []),
         "no scan noticed that the keeper was killed")
    ok(len(seen) == 5, "the keeper was killed and came back (%d times)"
       % len(seen))
    ok(wait_for(lambda: d.status()["keeper"]["pid"] not in seen | {0}, 90),
       "there is a keeper at the end")


def poison(d):
    """A stopped worker holds the message; killing it is a crash."""
    ok(d.control("pin never.example.net on 600").startswith("ok"),
       "the list is asked, whatever it answers")
    wait_for(lambda: "pinned-on" in d.control("zones"))
    message = SPAM + b"this one is poison %d\r\n" % os.getpid()
    for crash in range(2):
        pids = [w["pid"] for w in d.workers()]
        with d.connect() as s:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            s.sendall(request("CHECK", message))
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            # the scan waits for its DNS answers
            busy = wait_for(lambda: [w for w in d.workers()
                                     if w["inflight"]], 5)
            if not ok(busy, "the message is being scanned"):
                return
            os.kill(busy[0]["pid"], signal.SIGSEGV)
            try:
                got = read_all(s)
            except OSError:
                got = b""
            same(got, b"", "crash %d: no half answer" % (crash + 1))
        # what a crash taught is known when the master has seen it
        wait_for(lambda: d.status()["totals"]["crashes"] == crash + 1 and
                 len(d.workers()) == 2)
    got = d.ask("CHECK", message)
    ok(got.startswith(b"SPAMD/1.0 70 ") and got.count(b"\n") == 1,
       "seen in two crashes: refused with 70") or note(got)
    ok(d.ask("CHECK", SPAM + b"another\r\n").startswith(
        b"SPAMD/1.1 0 EX_OK"), "any other message is scanned")


def orphans(d):
    status = d.status()
    pids = [w["pid"] for w in status["workers"]] + [status["keeper"]["pid"]]
    d.process.kill()
    d.process.wait()
    ok(wait_for(lambda: not any(alive(p) for p in pids)),
       "a killed master takes its children along")
    d.start()
    ok(d.ask("CHECK", SPAM).startswith(b"SPAMD/1.1 0 EX_OK"),
       "the next one takes over the stale sockets")


with Daemon("--local") as d:
    kill_workers(d)
    kill_keeper(d)
    orphans(d)
    same(d.stop(), 0, "and stops cleanly")

# A DNS server that never answers keeps scans in flight.
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 0))
RULES = """
required_score 5
report_safe 0
dns_server 127.0.0.1:%d
rbl_timeout 4
zone_clock_scale 1
body T_SPAM /spamword/
score T_SPAM 3
header T_LIST eval:check_rbl_from_host('never', 'never.example.net.')
tflags T_LIST net
score T_LIST 4
""" % silent.getsockname()[1]
with Daemon(rules=RULES) as d:
    poison(d)
silent.close()
done()

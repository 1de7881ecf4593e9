#!/usr/bin/env python3
"""New rules under load: no scan fails; a broken set changes nothing and is
named; what operators are told is true when they are told."""

import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, HAM, RULES, SPAM, done, note, ok, same,
                     wait_for)

NEW = RULES.replace("score T_SPAM 10", "score T_SPAM 20")


class Load:
    def __init__(self, d, clients=4):
        self.d = d
        self.going = True
        self.counts = {}
        self.bad = []
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,))
                        for i in range(clients)]
        for t in self.threads:
            t.start()

    def run(self, i):
        while self.going:
            try:
                got = self.d.ask("CHECK", SPAM, unix=i % 2 == 0)
            except OSError as e:
                got = repr(e).encode()
            with self.lock:
                if not got.startswith(b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; "):
                    self.bad.append(got)
                else:
                    score = got.split(b"; ")[1].split(b" /")[0]
                    self.counts[score] = self.counts.get(score, 0) + 1
            # ports of closed connections are not reused for a minute
            time.sleep(0.002)

    def stop(self):
        self.going = False
        for t in self.threads:
            t.join()


def score(d):
    return d.ask("CHECK", SPAM).split(b"; ")[1].split(b" /")[0]


def good(d):
    load = Load(d)
    for i in range(6):
        time.sleep(0.2)
        d.write_rules(NEW if i % 2 == 0 else RULES)
        answer = d.control("reload")
        if not ok(answer.startswith("ok"), "reload %d succeeds" % i):
            note(answer)
        same(score(d), b"20.0" if i % 2 == 0 else b"10.0",
             "  and its rules are in force when it is answered")
    load.stop()
    note("scans by score: %r" % load.counts)
    same(load.bad[:3], [], "no scan failed")
    ok(load.counts.get(b"10.0", 0) > 10 and load.counts.get(b"20.0", 0) > 10,
       "both sets were used under load")


def broken(d):
    generation = d.status()["generation"]
    before = sorted(w["pid"] for w in d.workers())
    load = Load(d)
    for text in ("body T_BROKEN /un(closed/\n", "header = = =\n"):
        d.write_rules(RULES + text)
        answer = d.control("reload")
        ok(answer.startswith("error") and "10-test.cf:" in answer,
           "a broken set is refused and named") or note(answer)
    time.sleep(0.2)
    load.stop()
    same((load.bad[:3], set(load.counts)), ([], {b"10.0"}),
         "scans go on with the old rules")
    status = d.status()
    same((status["generation"], status["reload"]["last"]),
         (generation, "failed"), "status says so")
    same(sorted(w["pid"] for w in d.workers()), before, "same workers")


def hangup(d):
    d.write_rules(NEW)
    d.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: score(d) == b"20.0"), "SIGHUP reloads, too")
    wait_for(lambda: d.status()["reload"]["step"] == "idle")
    d.write_rules(RULES + "body X /un(closed/\n")
    d.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: "event=reload result=failed" in
                d.log().rsplit("result=trying", 1)[-1]),
       "a broken set on SIGHUP is logged")
    same(score(d), b"20.0", "and the old one goes on")


def meanwhile(d):
    """Rules that turn bad after they were tried, before they are used."""
    bad = RULES.replace("score T_SPAM 10", "score T_SPAM 99") + "body X /un(closed/\n"
    more = "".join("body W%d /word%dx[a-z]+/i\n" % (i, i) for i in range(400))
    seen = set()
    for i in range(40):
        d.write_rules(NEW + more)
        d.process.send_signal(signal.SIGHUP)
        time.sleep(0.004 * i)
        d.write_rules(bad)
        wait_for(lambda: d.status()["reload"]["step"] == "idle")
        seen.add(score(d))
    ok(b"99.0" not in seen, "a set that turned bad while it was loaded is never used")
    d.write_rules(RULES)
    ok(d.control("reload").startswith("ok"), "and the next good one is")


def zones(d):
    ok(d.control("zones").startswith("{"), "the keeper answers about zones")
    ok(d.control("pin nosuch.example.org off 60").startswith("error"),
       "a zone no rule names cannot be pinned")
    ok(d.control("nonsense").startswith("error"), "unknown command")


def drain(d):
    """SIGTERM with requests half sent: they are finished."""
    from harness import read_all, request
    whole = request("CHECK", SPAM)
    with d.connect() as s:
        s.sendall(whole[:-5])
        wait_for(lambda: d.status()["workers"])
        time.sleep(0.3)
        d.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        s.sendall(whole[-5:])
        ok(b"Spam: True" in read_all(s), "SIGTERM waits for a request")
    same(d.process.wait(20), 0, "then ends with status 0")


with Daemon("--local") as d:
    good(d)
    d.write_rules(RULES)
    d.control("reload")
    broken(d)
    hangup(d)
    meanwhile(d)
    zones(d)
    drain(d)
done()

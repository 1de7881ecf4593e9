#!/usr/bin/env python3
"""SIGKILL of any process at any moment: a worker, the keeper, the master, all of
them at once, while 200 messages a second are judged.

Required (issue 4): no state is lost that is older than one second, and the
database passes integrity_check."""
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import Scene
from tap import done, note, wait_for

WHO = ["keeper", "worker", "keeper", "all", "worker", "master", "all", "keeper"]


def running(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pids(s, who):
    status = s.control("status")
    workers = [w["pid"] for w in status["workers"]]
    return {"keeper": [status["keeper"]["pid"]], "worker": workers[:1],
            "master": [s.daemon.child.pid],
            "all": [s.daemon.child.pid, status["keeper"]["pid"], *workers]}[who]


class Lateness(threading.Thread):
    """How late this machine wakes who sleeps: a second is a second only for
    processes that get the processor when they want it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.worst = 0.0
        self.start()

    def run(self):
        while True:
            began = time.monotonic()
            time.sleep(0.05)
            self.worst = max(self.worst, time.monotonic() - began - 0.05)


def settled(s, bl):
    """The count of lookups when it has stopped growing."""
    seen = [s.sums(bl)["lookups"]]

    def same():
        time.sleep(1.5)
        seen.append(s.sums(bl)["lookups"])
        return seen[-1] == seen[-2]
    wait_for(same, 30)
    return seen[-1]


# A second is a second here.
with Scene("of a crash", 1, real=True) as s:
    bl = s.zone("bl.killed.net")
    s.start(workers=3)
    lot, first, lateness = random.Random(5), s.sums(bl)["lookups"], Lateness()
    for n, who in enumerate(WHO):
        lateness.worst = 0.0
        with s.stream(200 * 60, threads=24) as mail:
            time.sleep(2 + lot.random())
            victims = pids(s, who)
            everyone = pids(s, "all")
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            killed = time.time()
            if who in ("master", "all"):
                wait_for(lambda: not any(map(running, everyone)), 30)
            else:
                time.sleep(1)
            results = mail.stop()
        # Each message is one lookup; lost may be what was told last, and on its
        # way from worker to keeper to disk three processes wait to be woken.
        second = 1 + 3 * lateness.worst
        # who lives on writes what it has
        missing = len(results) - (settled(s, bl) - first)
        young = sum(killed - second < r.at + r.seconds <= killed + 0.05 + lateness.worst
                    for r in results)
        s.most(missing, young, f"{who} killed: lookups of {len(results)} that are lost")
        note(f"{len(mail.failures)} messages were not judged; woken {lateness.worst:.2f} s late")
        s.equal(s.integrity(), "ok", f"{who} killed: integrity_check")
        if who in ("master", "all"):
            s.daemon.child.wait()
            s.launch(1, 0, workers=3)
        s.wait(lambda: s.state(bl)["state"] == "learning" and
               len(s.control("status")["workers"]) == 3)
        first = settled(s, bl)          # before the next
    s.equal(s.state(bl)["state"], "learning", "after all that, the list is where it was")
done()

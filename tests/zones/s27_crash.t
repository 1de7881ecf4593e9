#!/usr/bin/env python3
"""Scenario 27: every process is killed (SIGKILL) while a list is in quarantine,
at odd moments, and tare is started again.

Required: still QUARANTINED; the dwell is not reset; the database passes
integrity_check."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import signal
import time

from lists import wild
from scene import Scene
from tap import done, note
from traffic import burst


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_all(s):
    """Master, keeper and workers at once."""
    status = s.control("status")
    pids = [s.daemon.child.pid, status["keeper"]["pid"]] + [w["pid"] for w in status["workers"]]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    s.daemon.child.wait()
    s.wait(lambda: not any(alive(p) for p in pids))


with Scene(27, 60) as s:
    bl = s.zone("bl.crashed.net")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True)
    # A relapse first, so that the dwell is 20 minutes.
    s.route(bl, world)
    burst(s, s.mails(100))
    s.until(bl, 10, state="quarantined")
    s.route(bl, s.healthy)
    s.until(bl, 20 + 1800 / s.scale, state="probation")
    broke = s.route(bl, world)
    burst(s, s.mails(300))
    s.until(bl, 10, state="quarantined")
    entered = s.first(bl, "quarantined", broke)
    harm = 0
    for n, wait in enumerate((0.0, 0.3, 1.1)):
        time.sleep(wait)                # real: before and after a flush
        ended = s.now()
        kill_all(s)
        s.equal(s.integrity(), "ok", f"kill {n + 1}: the database passes integrity_check")
        s.launch(s.scale, ended + 5)
        harm += s.harm(bl, burst(s, s.mails(100)))
        now = s.state(bl)
        s.equal((now["state"], now["reason"], now["weight"]), ("quarantined", "wildcard", 0),
                f"kill {n + 1}: still in quarantine, with its reason")
        s.most(abs(now["since"] - entered), 1, f"kill {n + 1}: since the same time, seconds off")
    s.equal(harm, 0, "no ham was touched")
    repaired = s.route(bl, s.healthy)
    s.sleep((entered + 18 * 60 - s.now()) / 60)
    s.equal(s.state(bl)["state"], "quarantined", "after 18 of 20 minutes it is still in quarantine")
    s.until(bl, 20 + 1800 / s.scale, state="probation")
    back = s.first(bl, "probation", repaired)
    s.ok(back and 20 <= (back - entered) / 60 <= 23,
         f"its dwell ends {back and (back - entered) / 60:.1f} minutes after it began (20: not reset)")
    note(*[f"{e['at'] - broke:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl, broke)])
done()

#!/usr/bin/env python3
"""Scenario 29: an operator pins a list on while it is broken; the pin expires.

Required: it counts while it is pinned, with a warning in the header; the
automatic state goes on at expiry."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import subprocess

from lists import wild
from scene import Scene
from tap import TARE, done, note
from traffic import Mix, burst

with Scene(29, 60) as s:
    bl = s.zone("bl.pinned.net")
    s.open()
    world = wild(s.work, [bl.name], "127.0.0.2")
    s.start(trusted=True)
    s.route(bl, world)
    burst(s, s.mails(100))
    s.until(bl, 10, state="quarantined")
    quarantined = s.state(bl)["since"]
    out = subprocess.run([TARE, "zones", *s.daemon.common, "--state", s.daemon.state, "pin",
                          bl.name, "on", "--until", "8m"], capture_output=True, text=True)
    pinned = s.now()
    s.equal(out.returncode, 0, f"tare zones pin: {out.stdout.strip()}{out.stderr.strip()}")
    s.until(bl, 5, state="pinned-on")
    now = s.state(bl)
    s.equal((now["weight"], now["automatic"]), (1, "quarantined"),
            "pinned on: full weight, quarantined below it")
    ham = burst(s, s.mails(20, Mix(p0=0, spam=0)))
    s.equal(s.counted(bl, ham), 20, "it counts, as the operator wishes")
    text, _ = s.daemon.scan(s.mails(1, Mix(p0=0, spam=0))[0].text(), "PROCESS")
    warning = [line for line in text.splitlines() if line.startswith("X-Tare-Zones:")]
    s.ok(warning and bl.name in warning[0] and "pinned" in warning[0],
         f"with a warning in the header: {warning}")
    s.until(bl, 20 + 600 / s.scale, state="quarantined")
    lasted = (s.first(bl, "quarantined", pinned) - pinned) / 60
    s.ok(7.5 <= lasted <= 9, f"the pin ends after {lasted:.1f} minutes (8)")
    s.equal(s.state(bl)["weight"], 0, "the automatic state goes on")
    s.most(abs(s.state(bl)["since"] - quarantined), 1, "in quarantine since the same time, seconds off")
    ham = burst(s, s.mails(50, Mix(p0=0, spam=0)))
    s.equal(s.counted(bl, ham), 0, "and counts no more")
    repaired = s.route(bl, s.healthy)
    s.most(s.until(bl, 30 + 2400 / s.scale, weight=1), 30 + 1800 / s.scale,
           "repaired, it recovers as if there had been no pin, real seconds")
    note(*[f"{e['at'] - pinned:9.1f} {e['from']} -> {e['to']} ({e['reason']}, {e['source']})"
           for e in s.history(bl, pinned - 3600)])
done()

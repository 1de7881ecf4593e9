#!/usr/bin/env python3
"""tare drill: the list of scenarios, some of them played, wrong uses, and that
nothing is left behind.  The scenarios themselves are tested in tests/zones."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, Work, done, is_equal, note, ok

RULE = """header RCVD_IN_A eval:check_rbl('a-lastexternal', 'bl.drilled.net.')
tflags RCVD_IN_A net
score RCVD_IN_A 2.5
urirhssub URI_IN_B dbl.drilled.net. A 127.0.1.2
body URI_IN_B eval:check_uridnsbl('URI_IN_B')
tflags URI_IN_B net
score URI_IN_B 2
header RCVD_IN_OFF eval:check_rbl('off-lastexternal', 'off.drilled.net.')
tflags RCVD_IN_OFF net
score RCVD_IN_OFF 0
"""

with Work() as work:
    for name in ("site", "tmp"):
        os.mkdir(work.path(name))
    work.write("rules/a.cf", RULE)
    base = ["--rules", work.path("rules"), "--plugins", PLUGINS, "--site", work.path("site")]
    env = {**os.environ, "TMPDIR": work.path("tmp")}

    def drill(*args):
        p = subprocess.run([TARE, "drill", *base, *args], capture_output=True, text=True, env=env)
        return p.returncode, p.stdout, p.stderr

    def left():
        return os.listdir(work.path("tmp"))

    def played(zone, *args):
        """(status, rows, demands, the end)"""
        code, out, err = drill("--json", "--speed", "600", *args, zone)
        lines = [json.loads(line) for line in out.splitlines()]
        if code:
            note(*[line for line in lines if line.get("ok") is False], err)
        return (code, [x for x in lines if "minutes" in x], [x for x in lines if "demand" in x],
                lines[-1] if lines else {})

    # ---- the list ----
    code, out, err = drill("--list")
    ok(code == 0 and " 2  SpamCop, 2021" in out and "(no drill: " in out, "--list names them")
    ok(all(len(line) <= 80 for line in out.splitlines()), "in 80 columns")
    code, out, err = drill("--list", "--json")
    scenarios = [json.loads(line) for line in out.splitlines()]
    is_equal([s["scenario"] for s in scenarios], list(range(1, 36)), "all 35, by number")
    ok(all(s["drill"] == (s["why_not"] == "") for s in scenarios) and
       sum(s["drill"] for s in scenarios) >= 28, "those that are no drill say why")

    # ---- some are played ----
    code, rows, demands, end = played("bl.drilled.net")
    is_equal((code, end["harm"], end["recovered"], end["failed"]), (0, 0, True, 0),
             "without a number: the SpamCop day, harmless")
    ok({"all names -> 91.195.240.87", "all names listed", "healthy"} == {r["resolver"] for r in rows},
       "parked, then the world listed")
    ok(any(r["state"] == "quarantined" and r["reason"] == "bogus" for r in rows), "a row a second")
    for number, zone, words in ((4, "dbl.drilled.net", "it is quarantined after"),
                                (16, "bl.drilled.net", "it is down after"),
                                (29, "bl.drilled.net", "the pin is obeyed"),
                                (30, "bl.drilled.net", "it is suspect after"),
                                (33, "bl.drilled.net", "it is learning after")):
        code, rows, demands, end = played(zone, "--scenario", str(number))
        ok(code == 0 and end["scenario"] == number and end["ok"] and end["failed"] == 0,
           f"scenario {number} on {zone}: all demands are met")
        ok(any(words in x["demand"] for x in demands), f"among them: {words} …")
    code, out, err = drill("--speed", "600", "--scenario", "27", "bl.drilled.net")
    ok(code == 0 and "Scenario 27, a crash during quarantine: bl.drilled.net." in out and
       "All demands were met." in out and "FAIL" not in out, "27 as text")
    ok(all(len(line) <= 80 for line in out.splitlines() if line[:3].strip().isdigit()),
       "its table has 80 columns")
    is_equal(left(), [], "no directory is left behind")

    # ---- a demand that is not met is told ----
    code, out, err = drill("--speed", "600", "--cf", "zone_control 0", "--cf",
                           "zone_weight bl.drilled.net 0", "--scenario", "34", "bl.drilled.net")
    ok(code == 1 and "FAIL step 1" in out and "Not all demands were met." in out,
       "a list that counts nothing fails the demand that it counts")

    # ---- said wrong ----
    for args, words in (((), "say which zone"), (("--scenario", "99", "x"), "no scenario 99"),
                        (("--scenario", "x", "x"), "takes a number"),
                        (("--scenario", "28", "bl.drilled.net"), "no test of speed"),
                        (("--speed", "0", "x"), "1 to 1000")):
        code, out, err = drill(*args)
        ok(code == 64 and words in err, f"{' '.join(args) or 'nothing'}: {words}")
    code, out, err = drill("no.such.net")
    ok(code == 78 and "no rule asks zone no.such.net" in err and "bl.drilled.net" in err,
       "a zone nobody asks: it names those that rules ask")
    code, out, err = drill("off.drilled.net")
    ok(code == 78 and "score RULE 1" in err, "a zone that is off: it says how to drill it")

    # ---- interrupted ----
    p = subprocess.Popen([TARE, "drill", *base, "bl.drilled.net"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, env=env)
    p.stdout.readline()
    p.stdout.readline()
    p.stdout.readline()
    time.sleep(1.5)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=30)
    ok(p.returncode == 75 and "interrupted" in err, "interrupted: status 75")
    is_equal(left(), [], "and nothing is left behind")
done()

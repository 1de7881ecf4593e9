#!/usr/bin/env python3
"""tare zones: every verb, as text that fits 80 columns and as JSON; and what is
said to who types it wrong.  A real daemon, rbldnsd and unbound."""
import json
import os
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../zones"))
from tap import TARE, Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

SCALE = 60
ZONE = "bl.shown.net"
LONG = "a-list-with-quite-a-long-name.shown.example.net"
RULES = f"""
header RCVD_IN_A eval:check_rbl('a-lastexternal', '{ZONE}.')
tflags RCVD_IN_A net
score RCVD_IN_A 2.5
header RCVD_IN_B eval:check_rbl('b-lastexternal', '{LONG}.')
tflags RCVD_IN_B net
score RCVD_IN_B 1
required_score 2
"""


def mail(ip, n):
    return (f"Received: from m.example.com (m.example.com [{ip}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id 4Q{n:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a{n}@example.com\nSubject: hello\nMessage-ID: <{n}@example.com>\n\n"
            f"hello\n").encode()


need("rbldnsd", "unbound", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(["5.6.7.0/24"])
    work.write("rules/zone.cf", RULES)
    daemon = Daemon(work, rules=work.path("rules"),
                    cf=[f"dns_server 127.0.0.1:{port}", f"zone_clock_scale {SCALE}"]).start()

    def run(*args, columns="80"):
        p = subprocess.run([TARE, "zones", *daemon.common, "--state", daemon.state, *args],
                           capture_output=True, text=True, env={**os.environ, "COLUMNS": columns})
        return p.returncode, p.stdout, p.stderr

    def objects(*args):
        code, out, _ = run("--json", *args)
        return [json.loads(line) for line in out.splitlines()] if code == 0 else code

    def fits(text, width=80):
        wide = [line for line in text.splitlines() if len(line) > width]
        note(*wide)
        return not wide

    def zone():
        return daemon.zones().get(ZONE, {})

    def wrong(args, status, *words):
        code, out, err = run(*args)
        ok(code == status and out == "" and all(w in err for w in words),
           f"'{' '.join(args)}': status {status}, says {', '.join(words)}")
        if not all(w in err for w in words):
            note(code, out, err)

    ok(wait_for(lambda: zone().get("state") == "learning", 10), "the zone is enrolled")
    ok(wait_for(lambda: daemon.zones().get(LONG, {}).get("reason") != "none", 10),
       "the other does not answer")
    for n in range(6):
        daemon.scan(mail(f"5.6.7.{n + 1}" if n % 2 else f"9.9.{n}.9", n))
    wait_for(lambda: zone()["hour"]["lookups"] == 6, 10)

    # ---- the table ----
    code, out, err = run()
    lines = out.splitlines()
    ok(code == 0 and lines[0].split() == ["ZONE", "STATE", "WGHT", "LISTED", "USUALLY", "ANCHORS",
                                          "DIRTY", "P95"], "a table with a head")
    ok(lines[1] == LONG and ": " in lines[3], "the zone in trouble comes first, and why")
    row = [line for line in lines if line.startswith(ZONE)]
    hour = zone()["hour"]
    share = f"{100 * hour['subjects_listed'] / hour['subjects']:.1f}"
    ok(len(row) == 1 and row[0].split()[1:4] == ["learning", "1.00", share],
       f"state, weight, share of the hour's senders: {row}")
    ok(fits(out), "in 80 columns")
    code, wide, err = run(columns="150")
    ok(wide.splitlines()[0].rstrip().endswith("WHY") and fits(wide, 150),
       "at 150 the sentence stands in the table")
    is_equal(run("list")[1].split("\n")[0], lines[0], "list is the same")
    zones = {z["zone"]: z for z in objects()}
    z = zones[ZONE]
    is_equal((z["state"], z["reason"], z["weight"], z["must_list"], z["must_not"]),
             ("learning", "none", 1, 1, 1), "JSON: state, reason, weight, test points")
    is_equal((z["hour"]["lookups"], z["hour"]["listed"], z["hour"]["controls_dirty"]), (6, 3, 0),
             "JSON: the hour")
    ok({"baseline", "p95_ms", "pin_until", "why"} <= z.keys() and
       {"subjects", "subjects_listed", "anchors", "anchors_listed"} <= z["hour"].keys(),
       "JSON: baseline, speed, anchors, why")

    # ---- show, probe ----
    code, out, err = run("show", ZONE.upper() + ".")
    ok(code == 0 and "zone        " + ZONE in out and "lookups     6: 3 listed, 3 clean" in out and
       "must-list   supported" in out and "probe       " in out, "show: one zone, whatever its case")
    is_equal([x["zone"] for x in objects("show", ZONE)], [ZONE], "show --json: the same object")
    code, out, err = run("probe", ZONE)
    words = [line.split()[:2] for line in out.splitlines()]
    ok(code == 0 and ["must-not", "clean"] in words and ["must-list", "listed"] in words and
       sum(v == ["listed"] or v == ["clean"] for _, *v in words) in (5, 10) and
       "learning since" in out, "probe: its questions, their verdicts, and the state")
    got = objects("probe", ZONE)
    ok(len(got) in (6, 11) and got[-1]["state"] == "learning" and
       got[0].keys() == {"kind", "question", "answer", "verdict", "ms"}, "probe --json: a line each")
    began = time.monotonic()
    waiting = [subprocess.Popen([TARE, "zones", *daemon.common, "--state", daemon.state, "--json",
                                 "probe", ZONE], stdout=subprocess.PIPE, text=True)
               for _ in range(4)]
    rounds = [len(p.communicate()[0].splitlines()) for p in waiting]
    ok(set(rounds) in ({6}, {11}), f"four operators at once each see a whole round ({rounds})")

    # ---- a bad list ----
    server.everything("127.0.0.2")
    daemon.scan(mail("9.9.9.9", 50))
    ok(wait_for(lambda: zone().get("state") == "quarantined", 10), "the list breaks")
    code, out, err = run()
    ok("quarantined: wildcard since" in out.replace("\n    ", " ") and fits(out),
       "the table says why, in 80 columns")
    code, out, err = run("history", ZONE)
    ok(code == 0 and f"{ZONE}: suspect -> quarantined (wildcard)" in out and
       "-> 127.0.0.2 (listed)" in out and "must-list" not in out,
       "history: transitions with the answers that decided")
    steps = [(e["from"], e["to"], e["source"]) for e in objects("history", ZONE)]
    is_equal(steps, [("new", "learning", "local"), ("learning", "suspect", "local"),
                     ("suspect", "quarantined", "local")], "history --json")
    ok({e["zone"] for e in objects("history")} == {ZONE, LONG}, "history of all zones")
    is_equal(objects("history", ZONE, "--since", "1s"), [], "history --since")

    # ---- exposure ----
    wait_for(lambda: len(objects("exposure", ZONE)) == 4, 10)
    code, out, err = run("exposure", ZONE, "--since", "2d")
    ok(code == 0 and "spam   2.5  ham    0.0 *  +2.5  4Q000001 <1@example.com>" in out and
       "without it (*): 3; listed by it while that was void: 1." in " ".join(out.split()),
       "exposure: queue id, Message-ID, the verdict and the one without")
    ok(fits(out), "in 80 columns")
    rows = objects("exposure", ZONE)
    is_equal([(r["message_id"], r["queue_id"], r["points"], r["spam"], r["spam_without"], r["void"])
              for r in rows][-2:],
             [("<5@example.com>", "4Q000005", 2.5, True, False, False),
              ("<50@example.com>", "4Q000032", 0, False, False, True)], "exposure --json")
    is_equal(len(objects("exposure", ZONE, "--changed")), 3, "--changed leaves void ones out")
    is_equal(objects("exposure", LONG), [], "a list that touched nothing")

    # ---- pins ----
    code, out, err = run("pin", ZONE, "0.5", "--until", "6h")
    ok(code == 0 and "pinned 0.5 until 2" in out, "pin: a weight")
    z = zone()
    is_equal((z["state"], z["weight"], z["automatic"]), ("pinned-on", 0.5, "quarantined"),
             "it counts half, and the state below goes on")
    left = z["pin_until"] - objects("history", ZONE)[-1]["at"]
    ok(abs(left - 6 * 3600) <= 1, f"for six hours ({left:.1f} s)")
    daemon.scan(mail("9.9.9.10", 60))
    report, score = daemon.scan(mail("9.9.9.11", 61), "HEADERS")
    ok("X-Tare-Zones: " in report and f"{ZONE}=pinned-on" in report.replace("\n\t", " "),
       "a message tells that the zone is pinned")
    out = objects("pin", ZONE, "off", "--until", "never")
    is_equal((out[0]["zone"], out[0]["weight"], out[0]["until"]), (ZONE, 0, 0),
             "pin off, for good, --json")
    is_equal(zone()["state"], "pinned-off", "it is off")
    code, out, err = run("unpin", ZONE)
    ok(code == 0 and zone()["state"] == "quarantined", "unpin: judged again")
    tomorrow = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + 30 * 86400))
    code, out, err = run("pin", ZONE, "on", "--until", tomorrow)
    ok(code == 0 and f"until {tomorrow[:-1]}" in out, "a pin until a moment")
    code, out, err = run("unpin", ZONE)
    is_equal([e["source"] for e in objects("history", ZONE)][-2:], ["operator", "operator"],
             "the history knows who did it")

    # ---- recovery is told, a lasting outage daily ----
    server.healthy(["5.6.7.0/24"])
    ok(wait_for(lambda: zone().get("weight") == 1, 90, 0.3), "repaired: it counts again")
    log = daemon.read_log()
    for step in ("from=learning to=suspect", "from=suspect to=quarantined",
                 "from=quarantined to=probation"):
        n = sum(f"event=zone zone={ZONE} {step}" in line for line in log.splitlines())
        is_equal(n, 1, f"one line of log for {step}")
    ok(wait_for(lambda: 'why="recovered: ' in daemon.read_log(), 5), "recovery is told")

    # ---- said wrong ----
    wrong(["show", "no.such.zone"], 65, "no.such.zone", "tare zones")
    wrong(["exposure", "no.such.zone"], 65, "no.such.zone")
    wrong(["history", "no.such.zone"], 65, "no.such.zone")
    wrong(["probe", "no.such.zone"], 65, "no rule names")
    wrong(["pin", "no.such.zone", "on"], 65, "no rule names")
    wrong(["pin", ZONE, "maybe"], 64, "maybe", "0 to 1")
    wrong(["pin", ZONE, "1.5"], 64, "1.5")
    wrong(["pin", ZONE, "on", "--until", "soon"], 64, "soon", "how long")
    wrong(["pin", ZONE, "on", "--until", "2001-01-01"], 64, "over already")
    wrong(["pin", ZONE], 64, "tare zones pin ZONE")
    wrong(["exposure"], 64, "tare zones exposure ZONE")
    wrong(["exposure", ZONE, "--since", "x"], 64, "--since x")
    wrong(["frobnicate"], 64, "say one of", "exposure")
    wrong(["export"], 64, "zone_fleet_key", "openssl rand")
    daemon.stop()
    wrong(["probe", ZONE], 69, "no daemon answers")

    # ---- what its codes are worth: one good, one that lists ham as well ----
    db = sqlite3.connect(os.path.join(daemon.state, "tare.sqlite"))
    with db:
        db.execute("DELETE FROM zone_code")
        db.executemany(
            "INSERT INTO zone_code(zone, code, first_seen, last_seen, w_precision, hs, ns, hh, nh, "
            "decayed_at, allow) SELECT id, ?, 1e9, 1.6e9, 1, ?, 1000, ?, 1000, ?, 0 FROM zone "
            "WHERE name = ?", [(code, spam, ham, time.time(), ZONE) for code, spam, ham in
                               (("*", 610, 110), ("127.0.0.2", 600, 2), ("127.0.0.10", 100, 108))])
    db.close()
    code, out, err = run("show", ZONE)
    text = " ".join(out.split())
    ok(code == 0 and fits(out[:out.index("probe  ")]) and
       "code 127.0.0.2: weight 1.00: lists 60 % of spam (1000 seen) and 0.2 % of ham" in text and
       "code 127.0.0.10: weight 0.05: lists 10 % of spam (1000 seen) and 10.8 % of ham" in text and
       "last seen 2020-09-13T12:26:40Z" in text and "code any: weight" in text,
       "show: the precision of each code, in words") or note(out)
    codes = {c["code"]: c for c in objects("show", ZONE)[0]["codes"]}
    is_equal([(c, v["weight"], v["spam_listed"], v["spam"], v["ham_listed"], v["ham"])
              for c, v in codes.items() if c != "any"],
             [("127.0.0.10", 0.0476, 100, 1000, 108, 1000), ("127.0.0.2", 1, 600, 1000, 2, 1000)],
             "show --json: the same figures")
    ok(0 < codes["any"]["weight"] < 1 and not codes["any"]["allow"], "and those of any code")
    code, out, err = run()
    ok(code == 0 and ZONE in out, "without a daemon the table is still there")
    os.mkdir(work.path("empty"))
    for name in "nothing", "empty":
        p = subprocess.run([TARE, "zones", "--state", work.path(name)], capture_output=True,
                           text=True)
        ok(p.returncode == 69 and work.path(name) in p.stderr and "start tared" in p.stderr,
           f"no database ({name}): which, and what to do") or note(p.returncode, p.stderr)
done()

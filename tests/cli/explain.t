#!/usr/bin/env python3
"""tare explain: for each hit the line, the bytes, the score's place; metas
with what hit; lists with question, answer and weight; what is void."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../proc"))
from dns import Dns
from tap import PLUGINS, TARE, Work, done, is_equal, note, ok

MAIL = b"""Received: from out.example.net (out.example.net [9.8.7.6])
\tby mx.example.org (Postfix) with ESMTP id ABC123
\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000
From: Anne <anne@example.com>
To: you@example.org
Subject: cheap pills
Content-Type: multipart/mixed; boundary=b

--b

first paragraph

one pill, two pills
http://www.example.co.uk/x
--b
Content-Type: application/x-test; name="virus.exe"

x
--b--
"""
RULES = """body B_PILL /pills?/
describe B_PILL Speaks of pills
tflags B_PILL multiple
score B_PILL 1.5
body B_SUBJECT /^cheap/
rawbody R_TWO /two \\w+/
uri U_CO /example\\.co\\.uk/
full F_ID /id ABC\\d/
header H_ADDR From:addr =~ /anne@/
header H_IS exists:To
header H_NOT Subject !~ /expensive/
header H_UNSET X-None =~ /^no/ [if-unset: none]
mimeheader MH_EXE Content-Type =~ /name=.*exe/
header __SUB From =~ /Anne/
body __MISS /nothing like this/
meta META_A __SUB && B_PILL > 1 || __MISS
meta META_B META_A && H_IS
"""
ZONE = "bl.tools-test.net"


def tare(*args, data=None):
    return subprocess.run([TARE, *args], input=data, capture_output=True)


with Work() as work:
    for name in ("site", "rules"):
        os.mkdir(work.path(name))
    rules = work.write("rules/a.cf", RULES)
    scores = work.write("site/s.cf", "# scores\nscore META_B -0.5\n")
    eml = work.write("a.eml", MAIL)
    base = ["--plugins", PLUGINS, "--site", work.path("site"), "--rules", work.path("rules")]

    def explain(*args):
        p = tare("explain", "--json", *base, *args, eml)
        v = json.loads(p.stdout)
        return v, {h["rule"]: h for h in v["hits"]}

    v, hits = explain("--local")
    is_equal(sorted(hits), ["B_PILL", "B_SUBJECT", "F_ID", "H_ADDR", "H_IS", "H_NOT", "H_UNSET",
                            "META_A", "META_B", "MH_EXE", "R_TWO", "U_CO"], "all that hit")

    # The bytes at the place that is named, in what tare show prints.
    for name, form, want in (("B_PILL", "body", "pills"), ("B_SUBJECT", "body", "cheap"),
                             ("R_TWO", "rawbody", "two pills"), ("F_ID", "full", "id ABC1")):
        m = hits[name]["match"]
        out = tare("show", form, "--json", *base, eml).stdout.splitlines()
        text = json.loads(out[m["line"]])["text"]
        is_equal((m["bytes"], text[m["start"]:m["start"] + m["length"]]), (want, want),
                 f"{name}: {form} {m['where']}")
    for name, where, want in (("U_CO", None, "example.co.uk"), ("H_ADDR", "From:addr", "anne@"),
                              ("H_UNSET", "X-None", "no"), ("MH_EXE", "Content-Type of part 3",
                                                            'name="virus.exe')):
        m = hits[name]["match"]
        ok(m["bytes"] == want and where in (None, m["where"]), f"{name}: {m}")
    ok("bytes" not in hits["H_IS"]["match"] and "bytes" not in hits["H_NOT"]["match"],
       "exists: and !~ have no bytes")
    is_equal((hits["B_PILL"]["file"], hits["B_PILL"]["line"], hits["B_PILL"]["text"]),
             (rules, 1, "body B_PILL /pills?/"), "the line that defines")
    is_equal((hits["B_PILL"]["score_file"], hits["B_PILL"]["score_line"],
              hits["B_PILL"]["points"], hits["B_PILL"]["count"]),
             (rules, 4, 4.5, 3), "the line that scores, and how often")
    is_equal((hits["META_B"]["score_file"], hits["META_B"]["score_line"],
              hits["META_B"]["points"]), (scores, 2, -0.5), "a site's score")
    is_equal(hits["H_IS"]["score_file"], "", "a score by default")
    names = [o["rule"] for o in hits["META_A"]["operands"]]
    is_equal(sorted(names), ["B_PILL", "__SUB"], "operands that hit, and only these")
    sub = [o for o in hits["META_A"]["operands"] if o["rule"] == "__SUB"][0]
    is_equal(sub["match"]["bytes"], "Anne", "with their own places")
    is_equal([o["rule"] for o in hits["META_B"]["operands"]], ["H_IS", "META_A"],
             "a meta over a meta")
    is_equal(round(sum(h["points"] for h in v["hits"]), 3), v["score"], "points add up")

    p = tare("explain", "--local", *base, eml)
    out = p.stdout.decode()
    ok(out.startswith(f"{eml}: spam, "), "text: the verdict")
    for line in (" +4.500 B_PILL  Speaks of pills", f"score 4.5 for 3 hits, from {rules}:4",
                 f"{rules}:1: body B_PILL /pills?/", "body subject, bytes 6 to 11: pills",
                 "header Subject does not match", "header To is there", "__SUB = 1",
                 f"from {scores}:2"):
        if not ok(line in out, f"text: {line.strip()}"):
            note(out)
    order = [abs(float(line[:7])) for line in out.splitlines() if line[:1] == " " and
             line[:2] != "  " and line[1] in "+-"]
    is_equal(order, sorted(order, reverse=True), "the most points first")

    p = tare("explain", "--local", *base, "--cf", "body T_CF /first/", "--json", eml)
    t = [h for h in json.loads(p.stdout)["hits"] if h["rule"] == "T_CF"]
    is_equal((t[0]["file"], t[0]["text"]), ("--cf", "body T_CF /first/"), "a rule of --cf")
    hostile = work.write("h.eml", b"Subject: a\n\npil\x1b[2Jls\n")
    p = tare("explain", "--local", *base, "--cf", "body T_ESC /pil.*ls/", hostile)
    ok(b"\x1b" not in p.stdout and rb"pil\x1b[2Jls" in p.stdout, "mail cannot move the cursor")
    for data in (b"", b"\x00" * 3000, b"From: " + b"a" * 100000):
        p = tare("explain", "--local", *base, "--json", data=data)
        ok(p.returncode == 0 and json.loads(p.stdout)["file"] == "-", f"{data[:6]!r}…")
    p = tare("explain", "--local", *base, work.path("none.eml"))
    ok(p.returncode == 66 and b"none.eml" in p.stderr, "no such file")

    # ---- lists ----
    broken = []

    def answer(name):
        if not name.endswith(ZONE):
            return []
        key = name[:-len(ZONE) - 1]
        if key in ("6.7.8.9", "5.7.8.9"):
            return ["127.0.0.2", "127.0.0.4"]
        return ["127.0.0.2"] if broken or key == "2.0.0.127" else []
    server = Dns(answer)
    lists = ["--cf", f"dns_server 127.0.0.1:{server.port}", "--cf",
             f"header LISTED eval:check_rbl('x-lastexternal', '{ZONE}.')", "--cf",
             "tflags LISTED net", "--cf", "score LISTED 2.5", "--cf", "required_score 100", "--cf",
             "meta WITH_LIST LISTED && H_IS", "--state", work.path("state")]
    os.mkdir(work.path("state"))
    v, hits = explain(*lists)
    h = hits.get("LISTED", {})
    is_equal((h.get("zone"), h.get("answer")), (ZONE, f"6.7.8.9.{ZONE} -> 127.0.0.2, 127.0.0.4"),
             "question and answer")
    ok(0 < h.get("weight", 0) <= 1 and abs(h["points"] - 2.5 * h["weight"]) < 0.001,
       f"points are score times weight {h.get('weight')}")
    is_equal(h.get("zone_weight"), h.get("weight"), "the weight is the zone's")
    m = [o for o in hits["WITH_LIST"]["operands"] if o["rule"] == "LISTED"]
    is_equal(m[0]["weight"], h.get("weight"), "and counts in metas")
    out = tare("explain", *base, *lists, eml).stdout.decode()
    ok(f"list {ZONE}, " in out and f": 6.7.8.9.{ZONE} -> 127.0.0.2" in out, "in text")

    hops = work.write("hops.eml", MAIL.replace(
        b"From: Anne", b"Received: from pc.example.net (pc.example.net [9.8.7.5])\r\n"
        b"\tby out.example.net (Postfix) with ESMTP id A2; Mon, 1 Feb 2021 00:00:00 +0000\r\n"
        b"From: Anne", 1).replace(b"\r\n", b"\n"))
    many = [*lists, "--cf", f"header MANY eval:check_rbl('y', '{ZONE}.')", "--cf",
            "header MANY_4 eval:check_rbl_sub('y', '127.0.0.4')", "--cf", "tflags MANY net", "--cf",
            "tflags MANY_4 net"]
    v = json.loads(tare("explain", "--json", *base, *many, hops).stdout)
    want = sorted(f"{n}.7.8.9.{ZONE} -> 127.0.0.2, 127.0.0.4" for n in "56")
    said = {h["rule"]: sorted(h.get("answers", [])) for h in v["hits"]}
    for rule in "MANY", "MANY_4":
        is_equal(said.get(rule), want, f"{rule}: each question, all codes")
    out = tare("explain", *base, *many, hops).stdout.decode()
    ok(all(f"\n            {line}\n" in out for line in want), "in text, a line each") or note(out)

    broken.append(True)
    v, hits = explain(*lists)
    void = {x["rule"]: x for x in v["void"]}
    ok("LISTED" not in hits and "LISTED" in void, "a zone that lists everything is void")
    if not ok("zone" in void.get("LISTED", {}).get("why", "") and
              void["LISTED"]["score"] == 2.5, f"why: {void.get('LISTED', {}).get('why')}"):
        note(v)
    out = tare("explain", *base, *lists, eml).stdout.decode()
    ok("void LISTED, 2.5 points: zone " in out, "in text")
    server.close()
done()

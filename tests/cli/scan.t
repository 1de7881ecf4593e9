#!/usr/bin/env python3
"""tare scan, config, test, filter: forms of output and exit statuses that
scripts rely on."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, Work, done, is_equal, note, ok

GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


def tare(*args, data=None):
    return subprocess.run([TARE, *args], input=data, capture_output=True)


with Work() as work:
    os.mkdir(work.path("site"))
    base = ["--local", "--rules", RULES, "--plugins", PLUGINS, "--site", work.path("site")]
    spam = b"From: a@example.org\nSubject: test\n\n" + GTUBE + b"\n"
    ham = b"From: Anna <a@example.org>\nTo: b@example.org\nSubject: lunch\n" \
          b"Date: Mon, 01 Feb 2021 10:01:58 +0000\nMessage-ID: <1@example.org>\n\nAt noon?\n"
    work.write("mail/a-spam.eml", spam)
    work.write("mail/b-ham.eml", ham)
    work.write("mail/c/d-ham.eml", ham)

    p = tare("scan", *base, work.path("mail"))
    lines = p.stdout.decode().splitlines()
    is_equal((p.returncode, len(lines)), (0, 3), "a directory is read in byte order, recursively")
    ok(lines[0].startswith(work.path("mail/a-spam.eml") + ": Y 100") and
       "/5.0 tests=" in lines[0] and "GTUBE" in lines[0], lines[0][-60:])
    ok(lines[1].startswith(work.path("mail/b-ham.eml") + ": N "), lines[1][-60:])
    p = tare("scan", *base, "--exit-code", work.path("mail"))
    is_equal(p.returncode, 1, "--exit-code: 1 with spam")
    p = tare("scan", *base, "--exit-code", work.path("mail/b-ham.eml"))
    is_equal(p.returncode, 0, "--exit-code: 0 without")
    p = tare("scan", *base, "--json", data=spam)
    v = json.loads(p.stdout)
    ok(v["spam"] is True and v["required"] == 5 and
       any(h["rule"] == "GTUBE" and h["score"] == 1000 and h["weight"] == 1 and h["count"] == 1
           for h in v["hits"]), "JSON from standard input")
    for key in ("file", "spam", "score", "required", "hits", "subrules", "defects", "zones", "ms"):
        ok(key in v, f"JSON has {key}")
    rules = ["--cf", "header __UNUSED Subject =~ /lunch/"]
    for option, want in ((), []), (("--subrules",), ["__UNUSED"]):
        p = tare("scan", *base, *rules, *option, "--json", data=ham)
        is_equal([r for r in json.loads(p.stdout)["subrules"] if r == "__UNUSED"], want,
                 f"a subrule that nothing uses runs {'' if want else 'not '}{' '.join(option)}")
    rules = ["--cf", "full __SIGNED eval:check_dkim_dependable()",
             "--cf", "meta UNSIGNED !__SIGNED"]
    p = tare("scan", *base, *rules, "--json", data=ham)
    ok("UNSIGNED" in [h["rule"] for h in json.loads(p.stdout)["hits"]],
       "without network what needs it is off, not in doubt")
    work.write("box", b"From x Mon Jan  1 00:00:00 2001\n" + spam +
               b"\nFrom y Mon Jan  1 00:00:00 2001\n" + ham)
    p = tare("scan", *base, "--mbox", work.path("box"))
    ok([line.split(": ")[1][0] for line in p.stdout.decode().splitlines()] == ["Y", "N"],
       "an mbox is split")

    # ---- order of settings: the last one wins, and its line is named ----
    work.write("site/10-a.cf", "required_score 7\n")
    work.write("site/20-b.cf", "# a comment\nrequired_score 8\n")
    p = tare("config", *base, "--origin", "required_score")
    is_equal(p.stdout.decode(), f"{work.path('site/20-b.cf')}:2:\trequired_score 8\n", "origin")
    p = tare("config", *base, "--cf", "required_score 9", "--json", "required_score")
    ok(json.loads(p.stdout)["value"] == "9", "--cf comes after all files")
    os.unlink(work.path("site/10-a.cf"))
    os.unlink(work.path("site/20-b.cf"))

    # ---- every shipped rule's test lines, and lint ----
    p = tare("test", *base)
    ok(p.returncode == 0, p.stdout.decode().splitlines()[-1])
    if p.returncode:
        note(p.stdout.decode())
    work.write("site/t.cf", "header T_BAD Subject =~ /x/\ntest T_BAD ok y\ndescribe T_BAD x\n")
    p = tare("test", *base, "T_BAD")
    ok(p.returncode == 1 and b"t.cf:2: rule T_BAD must hit: y" in p.stdout, "a test that fails")
    os.unlink(work.path("site/t.cf"))
    p = tare("lint", *base)
    ok(p.returncode == 0, "the shipped rules have no errors")
    if p.returncode:
        note(p.stdout.decode())
    p = tare("lint", *base, "--json")
    ok(all(json.loads(line)["code"] for line in p.stdout.splitlines()), "lint --json")

    # ---- filter ----
    p = tare("filter", *base, "--cf", "report_safe 0", data=ham)
    head = p.stdout.split(b"\n\n")[0]
    ok(p.returncode == 0 and b"X-Spam-Status: No, score=" in head and b"X-Spam-Flag" not in head,
       "ham gets a status and no flag")
    p = tare("filter", *base, "--cf", "report_safe 0", data=spam)
    ok(b"\nX-Spam-Flag: YES\n" in p.stdout and b"\nX-Spam-Level: " + b"*" * 50 + b"\n" in p.stdout,
       "spam gets both, and 50 stars at most")
    p = tare("filter", *base, "--exit-code", data=spam)
    is_equal(p.returncode, 1, "--exit-code with spam")
    ok(p.stdout.endswith(b"--\n\n") and spam in p.stdout, "report_safe 1 keeps the original inside")
    is_equal(tare("filter", *base, "--undo", data=p.stdout).stdout, spam, "and undo takes it out")

    # ---- help ----
    for name in ("scan", "filter", "lint", "test", "show", "explain", "config", "zones", "drill",
                 "status", "reload"):
        p = tare(name, "--help")
        ok(p.returncode == 0 and f"usage: tare {name}".encode() in p.stdout, f"{name} --help")
done()

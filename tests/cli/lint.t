#!/usr/bin/env python3
"""tare lint: where, how bad, why, and what was meant; exit 0 or 78; and
`tare test --expect`."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, TARED, Work, done, is_equal, note, ok

STOCK = "/usr/share/spamassassin"


def tare(*args, data=None):
    return subprocess.run([TARE, *args], input=data, capture_output=True, text=True)


def findings(*args):
    p = tare("lint", "--json", *args)
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()]


def read_stock():
    """Lines of the stock rules, words that metas name, and described names."""
    lines, named, described = {}, set(), set()
    for path in sorted(glob.glob(STOCK + "/*.cf")):
        for n, line in enumerate(open(path, errors="replace"), 1):
            lines[path, n] = line
            m = re.match(r"\s*(meta|describe)\s+(\S+)\s*([^#]*)", line)
            if m and m.group(1) == "meta":
                named.update(re.findall(r"\w+", m.group(3)))
            elif m:
                described.add(m.group(2))
    return lines, named, described


def contradicted(found):
    """How many findings were compared with the text, and those it denies."""
    lines, named, described = read_stock()
    define = r"\s*(?:header|body|rawbody|full|uri|mimeheader|meta|askdns)\s+%s\s"
    checked, wrong = 0, []
    for f in found:
        line = lines.get((f["file"], f["line"]), "")
        words = re.findall(r"\w+", f["text"])
        if f["code"] == "unused-subrule" and "no meta names" in f["text"]:
            good = words[5] not in named and re.match(define % words[5], line)
        elif f["code"] == "no-description":
            good = words[0] not in described
        elif f["code"] == "disabled-rule":
            good = re.match(r"\s*score\s+%s(\s+-?0(\.0*)?)+\s*(#.*)?$" % words[3], line)
        elif f["code"] == "defined-twice":
            old = lines[f["file"], int(words[7])]
            good = re.match(define % words[0], line) and re.match(define % words[0], old)
        else:
            continue
        checked += 1
        if not good:
            wrong.append(f)
    return checked, wrong


with Work() as work:
    for name in ("site", "rules"):
        os.mkdir(work.path(name))
    base = ["--local", "--plugins", PLUGINS, "--site", work.path("site"),
            "--rules", work.path("rules")]

    work.write("rules/a.cf", """body SUM_TOTAL /abc/
describe SUM_TOTAL good
  describe SUM_TOTLA bad
header T_LOOP Subject =~ /^(\\w+\\s?)+$/
describe T_LOOP x
ifplugin Mail::SpamAssassin::Plugin::NoSuchThing
body PLUG_ONLY /x/
score PLUG_ONLY 2.5
endif
lock_method flock
""")
    rc, found = findings(*base)
    by_code = {f["code"]: f for f in found}
    is_equal(rc, 0, "warnings alone: exit 0")
    is_equal(sorted(by_code), ["catastrophic-regex", "ignored-setting", "plugin-skipped",
                               "unknown-rule"], "each finding, and no other")
    f = by_code.get("unknown-rule", {})
    is_equal((f.get("file"), f.get("line"), f.get("column"), f.get("level")),
             (work.path("rules/a.cf"), 3, 3, "warning"), "file, line, column and level")
    ok("did you mean SUM_TOTAL?" in f.get("text", ""), "did you mean")
    ok("(\\w+\\s?)+" in by_code["catastrophic-regex"]["text"], "the loop is shown")
    ok("1 rules" in by_code["plugin-skipped"]["text"] and "+2.5" in
       by_code["plugin-skipped"]["text"], "what the missing plugin costs")
    ok("SQLite" in by_code["ignored-setting"]["text"], "why a setting has no effect")

    p = tare("lint", *base)
    ok(f"{work.path('rules/a.cf')}:3:3: warning: describe of SUM_TOTLA" in p.stdout and
       "[unknown-rule]" in p.stdout, "the same in text")
    lines = [int(line.split(":")[1]) for line in p.stdout.splitlines()[:-1]]
    is_equal(lines, sorted(lines), "in the order of the file")
    ok("1 unknown-rule" in p.stdout.splitlines()[-1], "counted by code")
    p = tare("lint", *base, "--level", "warning", "unknown-rule")
    is_equal(len(p.stdout.splitlines()), 2, "one code only")
    p = tare("lint", *base, "--level", "warning")
    ok("info:" not in p.stdout, "--level warning leaves information out")
    p = tare("lint", *base, "--level", "bad")
    is_equal((p.returncode, "not 'bad'" in p.stderr), (64, True), "a level that is none")

    # ---- errors ----
    work.write("site/b.cf", "body A\nscore\nheader B Subject =~ /(/\nmeta C D &&\nmeta E E\n")
    rc, found = findings(*base)
    is_equal(rc, 78, "an error: exit 78")
    errors = [(f["line"], f["code"]) for f in found if f["level"] == "error"]
    is_equal(errors, [(1, "missing-value"), (2, "bad-name"), (3, "bad-regex"),
                      (4, "bad-expression"), (5, "meta-cycle")], "each line's own")
    os.unlink(work.path("site/b.cf"))
    p = tare("lint", *base, "--rules", work.path("nowhere"))
    ok(p.returncode == 78 and "nowhere" in p.stderr, "rules that are not there")

    # ---- settings: addresses, zones, times: tared -t says the same ----
    bad = [("dns_server resolver.example.org", 12, "an address"),
           ("dns_server 127.0.0.1:99999", 12, "1 to 65535"),
           ("dns_server 127.0.0.1:domain", 12, "1 to 65535"),
           ("dns_server 127.0.0.1:", 12, "[2001:db8::1]:5353"),
           ("dns_server [::1", 12, "[2001:db8::1]:5353"),
           ("dns_server :53", 12, "an address"),
           ("dns_server 300.1.1.1", 12, "an address"),
           ("dns_server 127.0.0.1 nowhere", 12, "'127.0.0.1 nowhere'"),
           ("known_good_host 10.0.0.0/8", 17, "no networks"),
           ("known_good_host localhost", 17, "domains (example.org)"),
           ("trusted_networks 10.0.0.0/40", 18, "at most 32 bits"),
           ("time_limit 5x", 12, "with s, m, h, d, w"),
           ("zone_codes bl.example.org 999.1.1.1", 1, "127.x.y.z"),
           ("zone_must_list bl.example.org 300.1.1.1", 1, "IPv4 address or a name"),
           ("zone_must_list bl.example.org ::1", 1, "IPv4 address or a name"),
           ("zone_ask bl.example.org a..b", 1, "ZONE NAME"),
           ("zone_weight bl.example.org 2", 1, "from 0 to 1"),
           ("header T_BAD eval:check_rbl('x', 'bad..zone')", 1, "cannot be a zone")]
    good = ["dns_server 127.0.0.1 [::1]:5353 ::1 fe80::1%lo", "zone_weight bl.example.org 1",
            "zone_codes BL.example.org. 127.0.0.2", "zone_must_list bl.example.org 127.0.0.9",
            "zone_must_list bl.example.org 4af9bcd2", "zone_ask bl.example.org key.bl.example.org",
            "known_good_host 192.0.2.1 example.org 2001:db8::1"]
    work.write("site/c.cf", "header T_RBL eval:check_rbl('x', 'bl.example.org')\n" + "".join(
        line + "\n" for pair in zip([b[0] for b in bad], (good * 3)) for line in pair))
    rc, found = findings(*base[1:])
    found = [f for f in found if f["level"] == "error" or f["code"] == "unknown-zone"]
    is_equal([(f["line"], f["column"]) for f in found],
             [(2 + 2 * i, b[1]) for i, b in enumerate(bad)],
             "each bad value at its line and column, no good one") or note(*found)
    for (line, _, says), f in zip(bad, found):
        ok(says in f["text"], f"{line}: {f['text']}")
    os.mkdir(work.path("state"))
    p = subprocess.run([TARED, "-t", "--state", work.path("state"), *base[1:]],
                       capture_output=True, text=True)
    said = [tuple(map(int, m)) for m in re.findall(r"/c\.cf:(\d+):(\d+): error: ", p.stderr)]
    is_equal((p.returncode, sorted(said)), (78, [(2 + 2 * i, b[1]) for i, b in enumerate(bad)]),
             "tared -t says so, too")
    is_equal(os.listdir(work.path("state")), [], "and leaves the state directory to the daemon")
    os.unlink(work.path("site/c.cf"))

    # ---- every eval that SpamAssassin's own plugins bring is known by name ----
    evals = set()
    for path in glob.glob("/usr/share/perl5/Mail/SpamAssassin/Plugin/*.pm"):
        with open(path, encoding="latin-1") as f:
            evals |= set(re.findall(r"register_eval_rule\s*\(\s*[\"'](\w+)", f.read()))
    work.write("site/c.cf", "".join(
        f"loadplugin Mail::SpamAssassin::Plugin::{p}\n"
        for p in ("AccessDB", "AntiVirus", "FromNameSpoof")) + "".join(
        f"header T_{i} eval:{name}()\n" for i, name in enumerate(sorted(evals))))
    rc, found = findings(*base[1:])
    unknown = {w for f in found if f["code"] == "unknown-eval" for w in f["text"].split()} & {
        name + ";" for name in evals}
    # check_test_plugin is the example of how to write a plugin
    is_equal(unknown, {"check_test_plugin;"}, f"{len(evals)} evals: known, or said to be missing")
    missing = {f["text"].split()[3] for f in found if f["code"] == "eval-unavailable"}
    ok(len(evals) > 200 and {"check_asn", "check_authres_result", "short_url",
                             "check_for_spf_pass"} <= missing,
       f"{len(missing)} need what is not here") or note(*sorted(missing))
    os.unlink(work.path("site/c.cf"))

    # ---- the shipped rules and SpamAssassin's ----
    rc, found = findings("--local", "--plugins", PLUGINS, "--rules", RULES, "--site",
                         work.path("site"))
    is_equal([f for f in found if f["level"] != "info"], [], "the shipped rules are in order")
    if os.path.isdir(STOCK):
        rc, found = findings("--local", "--plugins", PLUGINS, "--rules", STOCK, "--site",
                             work.path("site"))
        is_equal((rc, [f for f in found if f["level"] == "error"]), (0, []),
                 "no errors in stock rules")
        checked, wrong = contradicted(found)
        ok(checked > 100, f"{checked} findings in them can be checked by reading the files")
        if not ok(not wrong, "and none is contradicted"):
            note(*wrong[:20])

    # ---- tare test --expect ----
    work.write("rules/a.cf", "body ABC /abc/\nscore ABC 6\nbody DEF /def/\nscore DEF -1\n"
               "body __SUB /b/\nmeta M __SUB && DEF\n")
    work.write("mail/one.eml", "Subject: x\n\nabc\n")
    work.write("mail/one.expect", "# a comment\nspam\nABC\n!DEF\n__SUB\n\nscore >= 5 # points\n"
               "score = 6\nscore < 6.5\n")
    p = tare("test", *base, "--expect", work.path("mail"))
    is_equal((p.returncode, p.stdout), (0, "7 expectations met, 0 not\n"), "all as expected")
    work.write("mail/sub/two.eml", "Subject: x\n\ndef\n")
    work.write("mail/sub/two.expect", "spam\n!DEF\nABC\nscore > -1\nham\n")
    p = tare("test", *base, "--expect", work.path("mail"))
    is_equal((p.returncode, p.stdout.splitlines()[-1]), (1, "8 expectations met, 4 not"),
             "some are not")
    ok(f"{work.path('mail/sub/two.expect')}:1: expected 'spam'" in p.stdout, "where and what")
    p = tare("test", *base, "--json", "--expect", work.path("mail/sub"))
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    is_equal([r["passed"] for r in rows], [False, False, False, False, True], "as JSON")
    for text, status, says in (
            ("ABD\n", 65, "no rule 'ABD'; did you mean ABC?"), ("!NOBODY\n", 65, "NOBODY"),
            ("score 5\n", 65, "score OP NUMBER"), ("score >= x\n", 65, "score OP NUMBER"),
            ("score ~ 5\n", 65, "score OP NUMBER"), ("\n# \n", 65, "expects nothing")):
        work.write("mail/sub/two.expect", text)
        p = tare("test", *base, "--expect", work.path("mail/sub"))
        ok(p.returncode == status and says in p.stderr, f"{text!r}: {says}")
    os.unlink(work.path("mail/sub/two.expect"))
    p = tare("test", *base, "--expect", work.path("mail/sub"))
    is_equal(p.returncode, 66, "a message without expectations")
    os.rename(work.path("mail/sub/two.eml"), work.path("mail/sub/three.expect"))
    p = tare("test", *base, "--expect", work.path("mail/sub"))
    is_equal(p.returncode, 66, "expectations without a message")
    p = tare("test", *base, "NOBODY")
    is_equal((p.returncode, p.stdout, "no rule 'NOBODY'" in p.stderr), (64, "", True),
             "a test of a rule that is not there")
done()

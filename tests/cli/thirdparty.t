#!/usr/bin/env python3
"""A rule file of the kind people publish: thousands of lines, odd delimiters,
plugins nobody has.  SpamAssassin's own lint accepts it; so must ours, and the
faults planted in a copy must be found where they are, and nothing else."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, TARE, Work, done, is_equal, need, note, ok

STOCK = ["/usr/share/spamassassin", "/etc/spamassassin"]
need("spamassassin")


def rules(n):
    """One theme's worth of lines, each kind of statement in it."""
    p = f"TP{n}"
    return f"""
# ---- {p}: what a comment may hold: /(/ {{ ' " ----
body     {p}_A   /\\b(?:cheap|che{{1,2}}p)\\s+(?:watch|w4tch){n}\\b/i
describe {p}_A   Cheap watches, part {n}
score    {p}_A   0.{n % 9 + 1}
lang de describe {p}_A   Billige Uhren, Teil {n}
header   {p}_B   Subject =~ m{{^(?:Re: )?offer {n}/\\d+$}}i
describe {p}_B   Offer in the subject
score    {p}_B   1.5 1.2 1.1 0.9
header   __{p}_C exists:X-Track-{n}
header   __{p}_D X-Mailer !~ m,^(?:Mutt|Evolution/{n}),  [if-unset: none]
header   __{p}_E From:addr =~ /\\@example{n}\\.(?:com|net)$/i
rawbody  __{p}_F m!<img[^>]{{1,80}}/{n}\\.gif!is
uri      __{p}_G m;^https?://[^/]*example{n}\\.biz/;i
full     __{p}_H m|\\A.{{0,400}}unique-{n}|s
mimeheader __{p}_I Content-Type =~ m"name=.part{n}\\.(?:scr|pif)"i
body     __{p}_J /issue \\#{n}\\b/
tflags   __{p}_J multiple maxhits=3 nosubject
meta     {p}_K   (__{p}_C && !__{p}_D) || (__{p}_E + __{p}_F + __{p}_G) > 1
describe {p}_K   Several at once
score    {p}_K   2
meta     {p}_L   __{p}_H && (__{p}_I || __{p}_J >= 2)
describe {p}_L   Unique and odd
tflags   {p}_L   noautolearn
score    {p}_L   1
score    {p}_L   (0.5)
priority {p}_L   100
ifplugin Mail::SpamAssassin::Plugin::NobodyHasThis
  nobody_knows_this {n} : what ( is
  body {p}_M eval:not_a_function('{n}')
  score {p}_M 3
else
  meta     {p}_M __{p}_C && __{p}_E
  describe {p}_M Without the plugin
  score    {p}_M 0.7
endif
if (version >= 3.004002)
if can(Mail::SpamAssassin::Conf::feature_bug6558_free)
header   {p}_N   To =~ /undisclosed.{n}/i
describe {p}_N   Nobody in particular
endif
endif
if (version < 3.000000)
this is from another century {n}
endif
"""


def lint(site):
    p = subprocess.run([TARE, "lint", *[a for d in STOCK for a in ("--rules", d)], "--site", site,
                        "--plugins", PLUGINS, "--json"], capture_output=True, text=True)
    mine = [json.loads(line) for line in p.stdout.splitlines()]
    return p.returncode, [f for f in mine if f["file"].startswith(site)]


def oracle(site):
    p = subprocess.run(["spamassassin", "--lint", "-x", "--configpath", STOCK[0],
                        "--siteconfigpath", site], capture_output=True, text=True,
                       env={**os.environ, "LANG": "C.UTF-8"})
    return p.returncode, p.stderr


with Work() as work:
    site = work.path("site")
    os.mkdir(site)
    for f in os.listdir("/etc/spamassassin"):
        if f.endswith(".pre"):
            with open(f"/etc/spamassassin/{f}") as src:
                work.write(f"site/{f}", src.read())
    text = "".join(rules(n) for n in range(100)).replace("\n", "\r\n", 400)
    work.write("site/70_third_party.cf", text)
    status, words = oracle(site)
    if not is_equal(status, 0, f"SpamAssassin accepts {text.count(chr(10))} lines"):
        note(words[-2000:])
    status, mine = lint(site)
    errors = [f for f in mine if f["level"] == "error"]
    is_equal([(f["line"], f["text"]) for f in errors][:5], [], "tare has no error in them")
    warned = [f for f in mine if f["level"] == "warning"]
    is_equal([(f["line"], f["code"]) for f in warned][:5], [], "and no warning")
    codes = {}
    for f in mine:
        codes[f["code"]] = codes.get(f["code"], 0) + 1
    note(codes)

    # The same with five faults.
    lines = text.split("\n")
    faults = {"score NO_SUCH_RULE_AT_ALL 1": "score-without-rule", "body TP_BAD /(/": "bad-regex",
              "meta TP_META (__TP1_C &&": "bad-expression", "bodyy TP_X /x/": "unknown-directive",
              "describe TP1_A": "missing-value"}
    first = len(lines)
    work.write("site/70_third_party.cf", "\n".join(lines + list(faults)) + "\n")
    status, words = oracle(site)
    ok(status != 0, "SpamAssassin refuses the planted faults")
    status, mine = lint(site)
    is_equal(status, 78, "so does tare")
    for i, (fault, code) in enumerate(faults.items(), first + 1):
        found = [f for f in mine if f["line"] == i]
        ok(code in [f["code"] for f in found], f"'{fault}': {', '.join(f['code'] for f in found)}")
    others = [f for f in mine if f["level"] in ("error", "warning") and f["line"] <= first]
    is_equal([(f["line"], f["code"]) for f in others][:5], [], "and nothing else")
done()

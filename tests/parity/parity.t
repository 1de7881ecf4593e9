#!/usr/bin/env python3
"""tare and the installed SpamAssassin, on 400 mails of the public corpus and
on damaged and composed ones that nobody has seen, without and with DNS lists:
hits, URIs and scores; doc/parity.md has the figures of the whole corpus."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, HERE)
from tap import BUILD, PLUGINS, TARE, done, need, note, ok
import compose
import parity
import vary

SAMPLE = 400
DAMAGED = 100
COMPOSED = 100
LISTED = 50


def agree(c, what):
    if not ok(c.within(), f"{c.mails} {what}: {c.disagreement():.4f} % of {c.either} hits and "
              f"{c.uri_disagreement():.4f} % of {c.uris_either} URIs in one program only, "
              f"{c.equal_scores():.1f} % of the scores equal"):
        c.show(note)


def notices():
    """The comparison itself sees what differs."""
    c = parity.Comparison()
    say = {"hits": {"A": 1}, "subrules": {"__B": 2}, "score": 1.0, "uris": ["http://a.example"]}
    c.mail("same", say, {"hits": [{"rule": "A"}], "subrules": ["__B"], "score": 1.04,
                         "uris": ["http://a.example"]})
    ok(c.within(), "equal answers agree")
    c.mail("hit", say, {"hits": [], "subrules": ["__B"], "score": 0.0,
                        "uris": ["http://b.example"]})
    ok((c.one, c.either) == (1, 4) and c.rules["A"].oracle == ["hit"], "a missing hit is counted")
    ok(c.uris == [("hit", ["http://a.example"], ["http://b.example"])], "another URI is")
    ok(c.scores_differ == [("hit", 1.0, 0.0)] and not c.within(), "another score is")


def test_lines():
    """Every `test` line of the installed rules passes in tare."""
    with tempfile.TemporaryDirectory() as site:
        p = subprocess.run([TARE, "test", "--local", "--site", site, "--plugins", PLUGINS] +
                           [x for d in parity.RULES for x in ("--rules", d)],
                           capture_output=True, text=True)
    last = (p.stdout.splitlines() or [""])[-1]
    if not ok(p.returncode == 0 and "37 test lines passed, 0 failed" in last, last):
        note(p.stdout, p.stderr)


need("perl", "spamassassin", "rbldnsd", "unbound", "dig")
notices()
test_lines()
files = parity.sample(parity.corpus(), SAMPLE)
agree(parity.compare(files), "mails of the corpus")
agree(parity.compare(vary.write(files[::SAMPLE // DAMAGED], 1, os.path.join(BUILD, "parity-vary"))),
      "damaged mails")
agree(parity.compare(compose.write(COMPOSED, 4, os.path.join(BUILD, "parity-compose"))),
      "mails made of what the rules look for")
agree(parity.compare_net(files[::SAMPLE // LISTED]), "mails with DNS lists")
done()

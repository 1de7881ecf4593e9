#!/usr/bin/env python3
"""A change that makes messages dearer by more than 5 % says so: instructions of
20 fixed mails, with our own rules and with SpamAssassin's, against the figures
in instructions.json.  `make record-instructions` sets these anew."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, HERE)
from tap import done, need, note, ok
import instructions


def compare(name, was):
    now = instructions.measure(name)
    change = now / was - 1
    if not ok(change <= instructions.ALLOWED,
              f"{name} rules: {now} thousand instructions a message, recorded {was} "
              f"({change:+.1%})"):
        note("Find out what became dearer (valgrind --tool=callgrind).  If it is worth it,",
             "`make record-instructions` sets the figures anew, and the commit says why.")
    elif change < -instructions.ALLOWED:
        note("cheaper: `make record-instructions` keeps it so")


need("valgrind", "spamassassin")
build = instructions.build_name()
recorded = instructions.records().get(build)
if recorded is None:
    print(f"1..0 # SKIP no figures for {build}: make record-instructions adds them")
    sys.exit(0)
for name in instructions.SETS:
    compare(name, recorded[name])
done()

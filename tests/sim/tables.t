#!/usr/bin/env python3
"""The tables of doc/reliability.md with fewer runs (make sim: all of them).
Seeds are fixed: the figures are the same each time."""
import os
import sys

program = os.path.join(os.environ["builddir"], "tests/sim/simulate")
sys.stdout.flush()
os.execv(program, [program, "--effort", "0.02"])

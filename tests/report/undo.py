#!/usr/bin/env python3
"""Mark every mail of the public corpus in each way and undo it.

    undo.py [--sample N | --all] [--vary] [FILE…]

A tared for each way of marking (ham, report_safe 0, 1 and 2, with tags in
Subject, From and To) gets each mail; `tare filter --undo` must give back every
byte, and twice after two markings.  --vary also sends each mail with other
line ends, NULs, without its last line end, and with marks of its own.
Exit status 1: one came back otherwise."""
import argparse
import concurrent.futures
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, os.path.join(HERE, "../parity"))
sys.path.insert(0, os.path.join(HERE, "../peers"))
import parity  # noqa: E402
import peers  # noqa: E402
from tap import TARE, Work  # noqa: E402

TAGS = "rewrite_header subject [T]\nrewrite_header from F\nrewrite_header to F\n"
WAYS = {
    "ham": "required_score 99\n" + TAGS + "subjprefix HIT [P]\n",
    "in place": "required_score -99\nreport_safe 0\n" + TAGS,
    "as a message": "required_score -99\nreport_safe 1\n" + TAGS,
    "as text": "required_score -99\nreport_safe 2\n" + TAGS + "report_safe_copy_headers Received\n",
}
RULES = "header HIT Subject =~ /e/\nscore HIT 0.1\nclear_report_template\nreport _SUMMARY_\n"

FORGED = (b"X-Spam-Status: No, forged\n\tfold\nX-Tare-Zones: forged\nX-Spam-Prev-Subject: x\n"
          b"X-Tare-Undo: previous=1 cut\nX-Tare-Kept: 1 QQ==\n")
VARIANTS = {
    "CRLF": lambda m: m.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "LF": lambda m: m.replace(b"\r\n", b"\n"),
    "mixed": lambda m: m.replace(b"\n", b"\r\n", len(m) % 40),
    "mixed the other way": lambda m: m.replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", len(m) % 40),
    "lone CR": lambda m: m.replace(b" ", b"\r", len(m) % 99),
    "all CR": lambda m: m.replace(b"\n", b"\r"),
    "NUL": lambda m: m.replace(b"e", b"\0", len(m) % 99) + b"\0",
    "no final newline": lambda m: m.rstrip(b"\r\n"),
    "no body": lambda m: m.partition(b"\n\n")[0],
    "forged marks": lambda m: FORGED + m,
    "marks at the end": lambda m: m.replace(b"\n\n", b"\n" + FORGED + b"\n", 1),
}


def undo(message):
    return subprocess.run([TARE, "filter", "--undo"], input=message, stdout=subprocess.PIPE).stdout


def mark(server, message):
    reply = peers.talk(server, peers.request("PROCESS", message))
    head, _, body = reply.partition(b"\r\n\r\n")
    if not head.startswith(b"SPAMD/1.1 0 EX_OK"):
        raise RuntimeError(f"tared said {reply[:200]!r}")
    return body


def servers(work):
    return {name: peers.tared(work, rules=RULES + lines, name=f"u{i}", workers=1)
            for i, (name, lines) in enumerate(WAYS.items())}


class Trial:
    """Mails marked and undone, and those that came back otherwise."""

    def __init__(self, marking):
        self.marking = marking
        self.done = 0
        self.bad = []

    def once(self, what, message):
        """Each way; what it was marked to."""
        marked = {}
        for way, server in self.marking.items():
            marked[way] = mark(server, message)
            self.done += 1
            if undo(marked[way]) != message:
                self.bad.append((what, way, message))
        return marked

    def twice(self, what, message):
        for way, one in self.once(what, message).items():
            for again, two in self.once(f"{what}, {way}", one).items():
                if undo(undo(two)) != message:
                    self.bad.append((f"{what}, {way}", again, message))

    def mail(self, path, vary=False):
        message = parity.read(path)
        self.once(path, message)
        if vary:
            for name, change in VARIANTS.items():
                self.once(f"{path}, {name}", change(message))

    def mails(self, paths, vary=False, told=lambda i: None):
        """Two at a time: most of it is other programs' work."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for i, _ in enumerate(pool.map(lambda path: self.mail(path, vary), paths), 1):
                told(i)


def progress(i, n, begun):
    if sys.stderr.isatty() or i == n:
        spent = time.monotonic() - begun
        print(f"{i} of {n} mails, {spent:.0f} s", end="\n" if i == n else "\r", file=sys.stderr)


def main():
    p = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    p.add_argument("--sample", type=int, default=400)
    p.add_argument("--all", action="store_true")
    p.add_argument("--vary", action="store_true")
    p.add_argument("files", nargs="*")
    o = p.parse_args()
    files = o.files or (parity.corpus() if o.all else parity.sample(parity.corpus(), o.sample))
    begun = time.monotonic()
    with Work() as work:
        trial = Trial(servers(work))
        trial.mails(files, o.vary, lambda i: progress(i, len(files), begun))
    for what, way, _ in trial.bad:
        print(f"{what}: marked {way} and not undone")
    print(f"{len(files)} mails, {trial.done} times marked, {len(trial.bad)} came back otherwise")
    return 1 if trial.bad else 0


if __name__ == "__main__":
    sys.exit(main())

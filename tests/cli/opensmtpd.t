#!/usr/bin/env python3
"""tare opensmtpd by hand: the lines of smtpd's filter protocol, and lines that are not.
With the real smtpd: tests/hosts/opensmtpd.t."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import TARE, Daemon, Work, done, is_equal, note, ok

REGISTERED = 7
HELLO = "config|smtpd-version|6.8.0p2\nconfig|ready\n"


def talk(text, *options, seconds=30):
    """What is said to these lines after the registration, and the exit status."""
    p = subprocess.run([TARE, "opensmtpd", *options], input=text.encode("latin-1"),
                       capture_output=True, timeout=seconds)
    lines = p.stdout.decode("latin-1").splitlines()
    return lines[REGISTERED:], p.returncode, p.stderr.decode(errors="replace")


def message(session, token, lines, commit=True):
    out = "".join(f"filter|0.6|1.0|smtp-in|data-line|{session}|{token}|{line}\n"
                  for line in [*lines, "."])
    return out


class Filter:
    """A filter that is asked step by step."""

    def __init__(self, *options):
        self.child = subprocess.Popen([TARE, "opensmtpd", *options], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.say(HELLO)
        for _ in range(REGISTERED):
            self.line()

    def say(self, text):
        self.child.stdin.write(text.encode("latin-1"))
        self.child.stdin.flush()

    def line(self):
        return self.child.stdout.readline().decode("latin-1").rstrip("\n")

    def data(self, session, token, lines):
        """The lines that come back for a message, without the end."""
        self.say(message(session, token, lines))
        out = []
        head = f"filter-dataline|{session}|{token}|"
        while True:
            line = self.line()
            if not line.startswith(head):
                raise RuntimeError(f"not for us: {line!r}")
            if line == head + ".":
                return out
            out.append(line[len(head):])

    def commit(self, session, token):
        self.say(f"filter|0.6|1.0|smtp-in|commit|{session}|{token}\n")
        return self.line()


with Work() as work:
    daemon = Daemon(work, local=True, cf=["body OFFER /buy now/", "score OFFER 6"]).start()
    f = Filter("--connect", daemon.socket, "--reject", "5")
    f.say("report|0.6|1.0|smtp-in|link-connect|s1|c.example.net|pass|[2001:db8::7]:9|[::1]:25\n"
          "report|0.6|1.0|smtp-in|link-identify|s1|HELO|c.example.net\r|x\n")
    text = ["Subject: a|b", "", "..dots", "a|b|c", ""]
    got = f.data("s1", "t1", text)
    is_equal([line for line in got if not line.startswith(("X-Spam", "\t", " "))], text,
             "a message comes back, bars and dots and all")
    ok(any(line.startswith("X-Spam-Status: No") for line in got), "marked")
    is_equal(f.commit("s1", "t2"), "filter-result|s1|t2|proceed", "and may go on")
    got = f.data("s1", "t3", ["Subject: b", "", "buy now"])
    ok(f.commit("s1", "t4").startswith("filter-result|s1|t4|reject|550 "), "spam may not")
    # Two sessions at once, answers in any order.
    f.say("report|0.6|1.0|smtp-in|link-disconnect|s1\n" +
          message("s2", "t5", ["Subject: c", "", "x"]) + message("s3", "t6", ["Subject: d", "", "y"]))
    seen = {"s2": [], "s3": []}
    ends = 0
    while ends < 2:
        _, session, token, line = f.line().split("|", 3)
        is_equal(token, {"s2": "t5", "s3": "t6"}[session], "its own token") if line == "." else None
        seen[session].append(line)
        ends += line == "."
    ok("x" in seen["s2"] and "y" in seen["s3"], "two sessions are kept apart")
    # A session that ends while its message is scanned.
    f.say(message("s4", "t7", ["Subject: e", "", "z"]) +
          "report|0.6|1.0|smtp-in|link-disconnect|s4\n")
    is_equal(f.data("s5", "t8", ["Subject: f", "", "w"])[-1], "w", "the next one is served")
    f.child.stdin.close()
    is_equal(f.child.wait(10), 0, "smtpd closes: a clean end")

    # No tared.
    for option, verdict in ((), "reject|451"), (("--passthrough",), "proceed"):
        f = Filter("--connect", work.path("nowhere.sock"), *option)
        is_equal(f.data("s1", "t1", text), text, "no tared: the message comes back as it was")
        ok(f.commit("s1", "t2").startswith(f"filter-result|s1|t2|{verdict}"),
           f"and the verdict is {verdict}")
        f.child.kill()

    for bad in ("nonsense\n", "filter|0.6|1.0|smtp-in|data-line|s\n",
                "filter|0.6|1.0|smtp-in|mail-from|s|t|x\n", "report|0.6\n",
                f"filter|0.6|1.0|smtp-in|data-line|{'s' * 400}|t|x\n", "x" * 3000000):
        out, status, err = talk(HELLO + bad, "--connect", daemon.socket)
        is_equal(status, 65, f"{bad[:40].strip()!r}: refused")
    for option in ("--reject", "--timeout"):
        is_equal(talk("", option, "much")[1], 64, f"{option} wants a number")
    for where in ("mx.example.org:783", "127.0.0.1:99999", "[::1", "", "/" + "x" * 200):
        is_equal(talk("", "--connect", where)[1], 64, f"--connect {where[:30]!r}: not a place")
done()

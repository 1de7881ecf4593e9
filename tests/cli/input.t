#!/usr/bin/env python3
"""Input that nobody would send on purpose: each gets a scored result with a
defect flag, in bounded time, or an error that says what and what to do."""
import json
import os
import resource
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, Work, done, is_equal, note, ok


def tare(*args, data=None, seconds=240):
    began = time.monotonic()
    p = subprocess.run([TARE, *args], input=data, capture_output=True, timeout=seconds)
    p.seconds = time.monotonic() - began
    return p


with Work() as work:
    os.mkdir(work.path("site"))
    base = ["--local", "--rules", RULES, "--plugins", PLUGINS, "--site", work.path("site")]

    def scan(name, data, defect=None, spam=None):
        p = tare("scan", *base, "--json", data=data)
        if not ok(p.returncode == 0, f"{name}: exit 0 ({p.returncode})"):
            note(p.stderr.decode(errors="replace")[-1500:])
            return None
        v = json.loads(p.stdout)
        if defect:
            ok(defect in v["defects"], f"{name}: defect {defect} (has {v['defects']})")
        if spam is not None:
            is_equal(v["spam"], spam, f"{name}: verdict")
        return v

    def filter_round(name, data):
        """The filter's output ends in exactly the bytes of the input's body."""
        p = tare("filter", *base, "--cf", "report_safe 0", data=data)
        is_equal(p.returncode, 0, f"{name}: filter exits 0")
        if p.returncode:
            note(p.stderr.decode(errors="replace")[-1500:])
        undone = tare("filter", *base, "--undo", data=p.stdout)
        ok(undone.stdout == data, f"{name}: and undo gives the message back")

    # ---- no mail, hardly mail ----
    scan("empty input", b"", "empty", False)
    scan("one newline", b"\n", None, False)
    scan("garbage", bytes(range(256)) * 200, "nul")
    scan("only a header name", b"Subject", None, False)
    filter_round("garbage with a header", b"Subject: x\n\n" + bytes(range(256)) * 10)

    # ---- a NUL in every place ----
    whole = (b"From: a@example.org\nSubject: x\nMIME-Version: 1.0\n"
             b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
             b"<a href=\"http://example.com/\">x</a>\n--b\nContent-Transfer-Encoding: base64\n\n"
             b"aGVsbG8=\n--b--\n")
    for i in range(len(whole)):
        work.write(f"nul/{i:04d}", whole[:i] + b"\0" + whole[i:])
    p = tare("scan", *base, "--json", work.path("nul"))
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    ok(p.returncode == 0 and len(rows) == len(whole), f"a NUL in each of {len(whole)} places")
    ok(all("nul" in r["defects"] for r in rows), "each is flagged")

    # ---- the same, cut off at every byte ----
    for i in range(len(whole)):
        work.write(f"cut/{i:04d}", whole[:i])
    p = tare("scan", *base, "--json", work.path("cut"))
    is_equal((p.returncode, len(p.stdout.splitlines())), (0, len(whole)), "cut at every byte")

    # ---- huge ----
    line = b"The quick brown fox jumps over the lazy dog, again and again.\n"
    big = b"Subject: big\nFrom: a@example.org\n\n" + line * (100 * 1024 * 1024 // len(line))
    p = tare("scan", *base, "--json", data=big)
    v = json.loads(p.stdout) if p.returncode == 0 else {"defects": [], "bytes": 0}
    ok(p.returncode == 0 and v["bytes"] == len(big), f"100 MB are scanned ({p.seconds:.1f} s)")
    ok("body-cut" in v["defects"], f"and it is said that only a part was read: {v['defects']}")
    p = tare("filter", *base, data=big)
    ok(p.returncode == 0 and p.stdout.endswith(big[34:]), f"and filtered whole ({p.seconds:.1f} s)")
    del p
    # Linear: ten times the size is not a hundred times the time.
    small = b"Subject: x\n\n" + line * 20000
    large = b"Subject: x\n\n" + line * 400000
    times = {}
    for name, data in (("small", small), ("large", large)):
        times[name] = min(json.loads(tare("scan", *base, "--json", data=data).stdout)["cpu_ms"]
                          for _ in range(3))
    ok(times["large"] < 60 * max(times["small"], 1), f"20 times the bytes: {times} ms")
    scan("50,000 header lines", b"".join(b"X-%d: %d\n" % (i, i) for i in range(50000)) +
         b"\nbody\n", "header-cut")
    scan("one header line of 10 MB", b"Subject: " + b"a" * (10 << 20) + b"\n\nx\n", "header-cut")
    nested = b""
    for i in range(10000):
        nested += b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
    scan("10,000 nested parts", b"Subject: x\n" + nested, "mime-depth")
    flat = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 10000 + b"--b--\n"
    scan("10,000 parts side by side", flat, "mime-parts")
    scan("a base64 part that is none", b"Content-Transfer-Encoding: base64\n\n" + b"\xff!" * 5000,
         "base64")
    scan("an unknown charset", b"Content-Type: text/plain; charset=klingon\n\n\xe9\xe8\n", "charset")
    scan("a million unclosed tags", b"Content-Type: text/html\n\n" + b"<b><i><a href=x>" * 330000,
         "html-cut")
    scan("a million URIs", b"\n" + b"http://a.example.com/x " * 100000, None)

    # ---- rules that never end ----
    evil = work.write("evil/e.cf", "body EVIL /^(a+)+$/\nscore EVIL 1\nbody GOOD /fox/\nscore GOOD 1\n"
                      "rawbody EVIL2 /(x+x+)+y/\nscore EVIL2 1\n")
    data = b"Subject: x\n\n" + b"a" * 2000 + b"!\n\nfox\n\n" + b"x" * 3000 + b"\n"
    p = tare("scan", "--local", "--rules", work.path("evil"), "--plugins", PLUGINS, "--site",
             work.path("site"), "--json", data=data, seconds=100)
    v = json.loads(p.stdout)
    hits = [h["rule"] for h in v["hits"]]
    ok("GOOD" in hits and p.seconds < 30, f"other rules still hit ({p.seconds:.1f} s)")
    ok("EVIL" not in hits and "regex-limit" in v["defects"], f"the limit is flagged: {v['defects']}")
    ok(v["unknown"] >= 1, "and the rule is unknown, not a miss")

    # ---- settings and rules that make no sense ----
    work.write("site/bad.cf", "required_score five\nbody BROKEN /(/\nscore NOSUCHRULE 1\n"
               "trusted_networks 300.1.2.3\nrequird_score 4\nmeta M (A &&\n")
    p = tare("lint", *base)
    text = p.stdout.decode()
    is_equal(p.returncode, 78, "a line that makes no sense: lint exits 78")
    for want in ("bad.cf:1:", "bad.cf:2:", "bad.cf:4:", "bad.cf:5:", "bad.cf:6:"):
        ok(want in text, f"{want} is named with its column")
    ok("required_score" in text.split("bad.cf:5:")[1].split("\n")[0],
       "a misspelt setting: did you mean")
    p = tare("scan", *base, data=b"Subject: x\n\nx\n")
    is_equal(p.returncode, 0, "scanning goes on with the lines that are right")
    os.unlink(work.path("site/bad.cf"))

    # ---- complete or nothing ----
    message = b"Subject: x\n\nhello\n"
    p = subprocess.run([TARE, "filter", *base], input=message, stdout=open("/dev/full", "w"),
                       stderr=subprocess.PIPE)
    is_equal(p.returncode, 75, "a full disk: filter exits 75")
    p = tare("filter", "--local", "--rules", "/nonexistent", data=message)
    is_equal((p.returncode, p.stdout), (75, b""), "no rules: exit 75 and not one byte")
    p = tare("filter", "--local", "--rules", "/nonexistent", "--passthrough", data=message)
    ok(p.returncode == 0 and p.stdout.startswith(b"X-Tare-Error: not scanned: ") and
       p.stdout.endswith(message), "--passthrough: the message, and a line that says so")

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    with open(work.path("out"), "wb") as out:
        p = subprocess.run([TARE, "filter", *base], input=b"Subject: x\n\n" + b"y" * 5000,
                           stdout=out, stderr=subprocess.PIPE, preexec_fn=limit)
    ok(p.returncode != 0, f"a quota: filter fails ({p.returncode})")
    p = tare("scan", *base, "/nonexistent/file")
    ok(p.returncode == 66 and b"/nonexistent/file" in p.stderr, "a file that is not there: 66")
    p = tare("nonsense")
    is_equal(p.returncode, 64, "an unknown subcommand: 64")
    p = tare("scan", "--nonsense")
    is_equal(p.returncode, 64, "an unknown option: 64")
done()

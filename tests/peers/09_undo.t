#!/usr/bin/env python3
"""What was marked comes back byte for byte: spamd's output and tared's, through
`tare filter --undo` and `spamassassin -d`, at report_safe 0, 1 and 2, in every
line-end style (reference/protocol.md 4.2; the whole corpus is the matter of
tests/unit/report and tests/parity)."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (GTUBE, RULES, TARE, Spamd, Work, done, is_equal, need, note, ok,  # noqa: E402
                   program, request, talk, tared)

HEAD = b"From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: lunch at noon\n" \
    b"Message-ID: <1@example.org>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\n"
BODY = b"\nAt noon? " + GTUBE + b"\nFrom here to there\n\nend\n"
PLAIN = HEAD + BODY
MIME = HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"q\"\n\npre\n--q\n\n" + \
    GTUBE + b"\n--q\nContent-Type: text/html\n\n<b>x</b>\n--q--\nafter\n"
MESSAGES = {
    "LF": PLAIN, "CRLF": PLAIN.replace(b"\n", b"\r\n"), "no final newline": PLAIN[:-1],
    "CRLF, no final newline": PLAIN.replace(b"\n", b"\r\n")[:-2],
    "mixed": HEAD + BODY.replace(b"\n", b"\r\n").replace(b"\r\n", b"\n", 1),
    "NUL": PLAIN + b"a\0b\0\n", "lone CR": PLAIN + b"a\rb\n", "high bytes": PLAIN + b"\xff\xfe\x80\n",
    "folded subject": PLAIN.replace(b"lunch at noon", b"lunch\n\tat\n  noon"),
    "no subject": PLAIN.replace(b"Subject: lunch at noon\n", b""),
    "two subjects": PLAIN.replace(b"To: ", b"Subject: another\nTo: "),
    "empty subject": PLAIN.replace(b"lunch at noon", b""),
    "encoded subject": PLAIN.replace(b"lunch at noon", b"=?utf-8?B?w7x4?= =?utf-8?Q?=C3=BC?="),
    "MIME": MIME, "MIME, CRLF": MIME.replace(b"\n", b"\r\n"),
    "an mbox line": b"From ann@example.org Sat Nov 21 10:00:00 2026\n" + PLAIN,
    "Return-Path": b"Return-Path: <ann@example.org>\n" + PLAIN,
    "marks of another scanner": b"X-Spam-Status: No, score=-9\nX-Spam-Flag: NO\n" + PLAIN,
    "blank lines at the end": PLAIN + b"\n\n\n", "a long line": PLAIN + b"x" * 5000 + b"\n",
}
# SpamAssassin itself does not give these back from its own markup: it drops a
# mark that was there before, ends a last line, and gives lone CR and mixed
# line ends another form.
LOSSY = {"marks of another scanner", "mixed", "lone CR", "NUL"}


def rules(safe):
    return RULES.replace("report_safe 0", "report_safe %d" % safe) + \
        "rewrite_header Subject [SPAM]\nbody T_GTUBE /XJS.C4JDBQADN1/\nscore T_GTUBE 50\n" + \
        "".join("report_safe_copy_headers X-Loop\n" if safe else "")


def undo(message):
    code, out = program([TARE, "filter", "--undo"], message)
    return out if code == 0 else b"status %d" % code


def marked(server, message):
    head, _, body = talk(server, request("PROCESS", message)).partition(b"\r\n\r\n")
    return body if b"Spam: True" in head else b"not spam: " + head


def round_trip(work, safe):
    s = Spamd(work, rules(safe), name="s%d" % safe).start()
    t = tared(work, rules=rules(safe), name="t%d" % safe)
    for name, message in MESSAGES.items():
        out = marked(t, message)
        ok(out != message and b"X-Spam-Flag: YES" in out, f"report_safe {safe}, {name}: marked") or \
            note(out[:300])
        is_equal(undo(out), message, "  tared's, by tare filter --undo")
        if name not in LOSSY:
            is_equal(undo(marked(s, message)), message, "  spamd's, by tare filter --undo")
    for name in ("LF", "MIME", "no subject", "Return-Path"):
        code, out = program(["spamassassin", "-L", "-d", "-C", work.path("s%d-conf" % safe),
                             "--siteconfigpath=" + work.path("s%d-site" % safe)],
                            marked(t, MESSAGES[name]))
        is_equal((code, out), (0, MESSAGES[name]), "tared's, by spamassassin -d: " + name)
    is_equal(undo(undo(marked(t, PLAIN))), PLAIN, "undone twice is undone once")
    once = marked(t, PLAIN)
    is_equal(undo(marked(t, once)), once, "marked twice, undone once")
    work.stop(s.child)
    t.stop()


need("spamassassin")
with Work() as work:
    for level in (0, 1, 2):
        round_trip(work, level)
done()

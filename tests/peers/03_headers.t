#!/usr/bin/env python3
"""Request headers: letter case, line ends, blanks, how many, how long, and
what must not be in them."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import SPAM, Work, differs, done, is_equal, is_same, pair, request, talk  # noqa: E402

BAD = b"SPAMD/1.0 76 Bad header line: "
GOOD = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 10.0 / 5.0\r\n\r\n"
LENGTH = b"Content-length: %d\r\n" % len(SPAM)


def check(headers, body=SPAM):
    return b"CHECK SPAMC/1.5\r\n" + headers + b"\r\n" + body


def both(s, t):
    """The same bytes from spamd and from tared."""
    cases = [
        ("no blank after the colon", LENGTH.replace(b": ", b":"), GOOD),
        ("many blanks and a tab", LENGTH.replace(b": ", b": \t   "), GOOD),
        ("255 lines", LENGTH + b"X: y\r\n" * 254, GOOD),
        ("256 lines", LENGTH + b"X: y\r\n" * 255, BAD + b"(too many headers)\r\n"),
        ("257 lines", LENGTH + b"X: y\r\n" * 256, BAD + b"(too many headers)\r\n"),
        ("8 KB of an unknown header", LENGTH + b"X: " + b"y" * 8180 + b"\r\n", GOOD),
        ("unknown headers", b"X-Y: z\r\nConnection: close\r\n" + LENGTH, GOOD),
        ("an empty value", b"X:\r\nUser:\r\n" + LENGTH, GOOD),
        ("a header twice: the last counts", b"Content-length: 3\r\n" + LENGTH, GOOD),
        ("user with high bytes", b"User: J\xc3\xb6rg@\xe9\r\n" + LENGTH, GOOD),
        ("user unknown here", b"User: nobody-here\r\n" + LENGTH, GOOD),
        ("user with an address", b"User: a@b.example.org\r\n" + LENGTH, GOOD),
        ("a name with a blank in it", b"Content length: 3\r\n" + LENGTH, GOOD),
        ("a folded line", LENGTH + b" continued\r\n",
         BAD + b"(header not in 'Name: value' format)\r\n"),
        ("no colon", b"nonsense\r\n" + LENGTH, BAD + b"(header not in 'Name: value' format)\r\n"),
        ("a hex length", b"Content-length: 0x10\r\n", None),
        ("a length with a sign", b"Content-length: +10\r\n", None),
        ("a length with words", b"Content-length: ten\r\n", None),
        ("compression nobody has", b"Compress: bzip2\r\n" + LENGTH,
         BAD + b"(compression type not supported: bzip2)\r\n"),
    ]
    number = BAD + b"(Content-Length contains non-numeric bytes)\r\n"
    for name, headers, want in cases:
        is_same(s, t, name, check(headers), want or number)
    for control in (b"\t", b"\x1b", b"\0", b"\x01", b"\x1f"):
        is_same(s, t, "a control in User: %r" % control, check(b"User: a" + control + b"b\r\n"),
                BAD + b"(User header contains control chars)\r\n")
    is_same(s, t, "the first line ends in LF", check(LENGTH).replace(b"\r\n", b"\n", 1), GOOD)


def ours(s, t):
    """Where spamd is stricter or laxer, on purpose (doc/protocol.md)."""
    for name in (b"content-length", b"Content-Length", b"CONTENT-LENGTH"):
        # spamd does not know it, and waits for an end of file
        is_equal(talk(t, check(name + LENGTH[14:]), half_close=False, seconds=20), GOOD,
                 "%s, no half-close" % name.decode())
    not_blank = BAD + b"(header not in 'Name: value' format)\r\n"
    differs(s, t, "all lines end in LF", check(LENGTH, b"").replace(b"\r\n", b"\n") + SPAM, GOOD,
            not_blank)
    differs(s, t, "an empty length", check(b"Content-length:\r\n"),
            BAD + b"(Content-Length contains non-numeric bytes)\r\n",
            BAD + b"(Content-Length mismatch")
    differs(s, t, "a line without end", b"CHECK SPAMC/1.5\r\nX: " + b"y" * 100000,
            BAD + b"(line too long)\r\n", BAD + b"(EOF during headers)")
    differs(s, t, "a line of 9 KB", check(b"X: " + b"y" * 9000 + b"\r\n" + LENGTH),
            BAD + b"(line too long)\r\n", GOOD[:20])
    differs(s, t, "the verb inside the line", b"XXCHECK SPAMC/1.5\r\n" + LENGTH + b"\r\n" + SPAM,
            BAD + b"XXCHECK SPAMC/1.5\r\n", GOOD[:20])


with Work() as work:
    spamd, daemon = pair(work)
    both(spamd, daemon)
    ours(spamd, daemon)
    is_equal(talk(daemon, request("CHECK", SPAM)), GOOD, "and all is well")
done()

#!/usr/bin/env python3
"""Bodies: N bytes, one less, one more, with and without a final newline, no
length, none at all, too many, absurd."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (SPAM, Work, Spamd, differs, done, is_equal, is_same, note, ok, plain,  # noqa: E402
                   request, talk, tared)

BAD = b"SPAMD/1.0 76 Bad header line: "
GOOD = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 10.0 / 5.0\r\n\r\n"
EMPTY = b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n"
N = len(SPAM)
OPEN = SPAM.rstrip(b"\r\n")
CAP = 100000


def sent(length, body, verb="CHECK"):
    head = b"%s SPAMC/1.5\r\n" % verb.encode()
    if length is not None:
        head += b"Content-length: %s\r\n" % str(length).encode()
    return head + b"\r\n" + body


def mismatch(expected, got):
    return BAD + b"(Content-Length mismatch: Expected %d bytes, got %d bytes)\r\n" % (expected, got)


def both(s, t):
    cases = [
        ("N bytes", sent(N, SPAM), GOOD), ("N, no final newline", sent(len(OPEN), OPEN), GOOD),
        ("one byte less, then the end", sent(N, SPAM[:-1]), mismatch(N, N - 1)),
        ("half of it", sent(N, SPAM[:N // 2]), mismatch(N, N // 2)),
        ("nothing of it", sent(N, b""), mismatch(N, 0)),
        ("one byte more", sent(N, SPAM + b"x"), GOOD),
        ("a line more", sent(N, SPAM + b"another line\r\n"), GOOD),
        ("no length", sent(None, SPAM), GOOD),
        ("no length, no final newline", sent(None, OPEN), GOOD),
        ("length 0", sent(0, b""), EMPTY), ("no length, no body", sent(None, b""), EMPTY),
        ("leading zeros", sent("000%d" % N, SPAM), GOOD),
        ("a negative length", sent(-1, SPAM),
         BAD + b"(Content-Length contains non-numeric bytes)\r\n"),
    ]
    for name, request_, want in cases:
        is_same(s, t, name, request_, want)
    for name, body in [("NUL bytes", SPAM + b"\0\0\0\n"), ("lone CR", SPAM + b"a\rb\r\n"),
                       ("high bytes", SPAM + bytes(range(128, 256)) + b"\n"),
                       ("no header", b"\nspamword\n"), ("no body", b"Subject: x\n"),
                       ("no blank line, no end", b"Subject: spamword"),
                       ("an mbox line", b"From a@b Sat Nov 21 10:00:00 2026\n" + SPAM),
                       ("an empty line", b"\n"), ("one byte", b"x")]:
        for verb in ("CHECK", "SYMBOLS"):
            is_same(s, t, f"{name}: {verb}", request(verb, body))


def half_open(t):
    """spamd reads lines and waits; N bytes are N bytes."""
    for name, request_ in [("no final newline", sent(len(OPEN), OPEN)),
                           ("with one", sent(N, SPAM)),
                           ("a stray CRLF behind", sent(len(OPEN), OPEN) + b"\r\n"),
                           ("length 0", sent(0, b""))]:
        is_equal(talk(t, request_, half_close=False, seconds=20),
                 EMPTY if name == "length 0" else GOOD, "no half-close: " + name)


def ours(s, t):
    differs(s, t, "a cut inside a line", sent(len(OPEN), OPEN + b"\r\n"), GOOD,
            mismatch(len(OPEN), N))
    differs(s, t, "one byte more than announced, in the line", sent(N - 1, SPAM), GOOD,
            mismatch(N - 1, N))


def cap(s, work):
    """Larger than max_message_size: refused before it is read, in words."""
    d = tared(work, "--cf", "max_message_size %d" % CAP, name="small")
    too_big = b"SPAMD/1.0 69 Service Unavailable: message is larger than the limit of %d " \
        b"bytes\r\n" % CAP
    body = SPAM + b"A line of text, eighty bytes or so.\r\n" * 10000
    fits = (body[:CAP - 1] + b"\n")
    is_equal(talk(d, sent(CAP, fits)), GOOD, "a message of exactly the limit")
    is_equal(talk(d, sent(None, fits)), GOOD, "the same without a length")
    differs(s, d, "one byte more", sent(CAP + 1, fits + b"x"), too_big, GOOD)
    differs(s, d, "more, without a length", sent(None, body), too_big, GOOD)
    differs(s, d, "20 digits", sent("9" * 20, SPAM), too_big, b"SPAMD/1.0 76 ")
    differs(s, d, "a thousand digits", sent("9" * 1000, SPAM), too_big, b"SPAMD/1.0 76 ")
    is_equal(talk(d, sent(10**9, b""), half_close=False, seconds=20), too_big,
             "told before a byte was sent")
    is_equal(talk(d, sent(10**9, b"x" * 30_000_000)), too_big, "and after 30 MB were")
    is_equal(talk(d, sent(N, SPAM)), GOOD, "and scans go on")


def rewritten(s, t):
    """PROCESS gives every odd body back."""
    for name, body in [("NUL", b"Subject: x\n\na\0b\0\n"), ("no final newline", b"Subject: x\n\na"),
                       ("CRLF, no final newline", b"Subject: x\r\n\r\na"),
                       ("no body", b"Subject: x\n"), ("no header", b"\na\n"),
                       ("mixed line ends", b"Subject: x\r\nTo: y\n\na\r\nb\n")]:
        reply = talk(t, request("PROCESS", body))
        head, _, message = reply.partition(b"\r\n\r\n")
        ok(b"Content-length: %d\r\n" % len(message) in head + b"\r\n" and
           message.endswith(body.partition(b"x")[2][-3:]), "PROCESS: " + name) or note(reply)
        theirs = plain(talk(s, request("PROCESS", body)), spamd=True)
        if name == "mixed line ends":
            # SpamAssassin gives the blank line the first line's end
            theirs = re.sub(rb"(?<=Content-length: )\d+", lambda n: b"%d" % (int(n[0]) - 2),
                            theirs.replace(b"To: y\r\n\r\n", b"To: y\n\n"))
        is_equal(plain(reply), theirs, "  as spamd gives it")


with Work() as work:
    spamd, daemon = Spamd(work).start(), tared(work)
    both(spamd, daemon)
    half_open(daemon)
    ours(spamd, daemon)
    cap(spamd, work)
    rewritten(spamd, daemon)
done()

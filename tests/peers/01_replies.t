#!/usr/bin/env python3
"""Every verb at every version: the bytes that reference/protocol.md 2.1 gives
are what the real spamd sends, and what tared sends."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, SPAM, Work, done, is_equal, note, ok, pair, plain,  # noqa: E402
                   request, talk)

VERSIONS = ["", "x", "0.9", "1.0", "1.1", "1.1 ", "1.2", "1.2.9", "1.3", "1.4", "1.5", "1.5x",
            "2.0"]
NUMBER = {"": 0, "x": 0, "1.1 ": 1.1, "1.2.9": 1.2, "1.5x": 1.5}
ZERO = HAM.replace(b"hamword", b"zeroword")
CASES = [("ham", HAM, b"False", b"No", b"-1.0", b"T_HAM"),
         ("spam", SPAM, b"True", b"Yes", b"10.0", b"T_SPAM"),
         ("zero", ZERO, b"False", b"No", b"0.0", b"T_ZERO")]
OK = b"SPAMD/1.1 0 EX_OK\r\n"
ADDED = {b"T_HAM": b"X-Spam-Level: \r\nX-Spam-Status: No, score=-1.0 required=5.0 tests=T_HAM\r\n",
         b"T_SPAM": b"X-Spam-Flag: YES\r\nX-Spam-Level: **********\r\n"
                    b"X-Spam-Status: Yes, score=10.0 required=5.0 tests=T_SPAM\r\n",
         b"T_ZERO": b"X-Spam-Level: \r\nX-Spam-Status: No, score=0.0 required=5.0 tests=T_ZERO\r\n"}


def framed(verb, version, spam_line, body):
    """The three shapes of 1.2."""
    if verb == "CHECK":
        return OK + spam_line + b"\r\n"
    if verb in ("PROCESS", "HEADERS"):
        if version < 1.2:
            return b"SPAMD/1.0 0 EX_OK\r\n" + body
        return (OK + b"Content-length: %d\r\n" % len(body) +
                (spam_line if version >= 1.3 else b"") + b"\r\n" + body)
    if version < 1.3:
        return OK + spam_line + b"\r\n" + body + (b"\r\n" if verb == "SYMBOLS" else b"")
    return OK + b"Content-length: %d\r\n" % len(body) + spam_line + b"\r\n" + body


def expected(verb, version, case, sent, host):
    """What 2.1 says; sent: the message as the server sees it."""
    name, _, true, yes, score, tests = case
    word = yes if verb == "REPORT_IFSPAM" else true
    spam_line = b"Spam: %s ; %s / 5.0\r\n" % (word, score)
    added = b"X-Spam-Checker-Version: WHO on " + host + b"\r\n" + ADDED[tests]
    body = b""
    if verb == "SYMBOLS":
        body = tests
    elif verb == "REPORT" or (verb == "REPORT_IFSPAM" and name == "spam"):
        body = b"This is a report with %s of 5.0 points\nfor %s and nothing else.\n\n" % (
            score, tests)
    elif verb == "PROCESS":
        body = added + sent
    elif verb == "HEADERS":
        body = added + sent.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    return framed(verb, version, spam_line, body)


def scans(s, t):
    host = re.search(rb"Checker-Version: .* on (\S+)\r\n", talk(s, request("PROCESS", HAM)))[1]
    for verb in ("CHECK", "SYMBOLS", "REPORT", "REPORT_IFSPAM", "PROCESS", "HEADERS"):
        for text in VERSIONS:
            version = NUMBER.get(text) if text in NUMBER else float(text)
            for case in CASES:
                # up to 1.0 there are no request headers: all is message
                sent = request(verb, case[1], text) if version > 1.0 else (
                    b"%s SPAMC/%s\r\n" % (verb.encode(), text.encode()) + case[1])
                want = expected(verb, version, case, case[1], host)
                name = f"{verb} SPAMC/{text} {case[0]}"
                is_equal(plain(talk(s, sent), spamd=True), want, name + ": spamd")
                is_equal(plain(talk(t, sent)), want, name + ": tared")


def others(s, t):
    for text in VERSIONS:
        version = NUMBER.get(text) if text in NUMBER else float(text)
        blank = b"\r\n" if version >= 1.5 else b""
        for who, name in ((s, "spamd"), (t, "tared")):
            is_equal(talk(who, b"PING SPAMC/%s\r\n%s" % (text.encode(), blank)),
                     b"SPAMD/1.5 0 PONG\r\n", f"PING SPAMC/{text}: {name}")
            is_equal(talk(who, b"SKIP SPAMC/%s\r\n%s" % (text.encode(), blank)), b"",
                     f"SKIP SPAMC/{text}: {name}")
            got = talk(who, request("TELL", HAM, text, b"Message-class: ham\r\nSet: local\r\n"))
            ok(got.startswith(b"SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled") and
               got.endswith(b"\r\n") and got.count(b"\n") == 1,
               f"TELL SPAMC/{text}: {name}") or note(got)


def errors(s, t):
    """2.2: one line, no blank line, nothing after it, then the end."""
    bad = b"SPAMD/1.0 76 Bad header line: "
    cases = [
        ("nothing", b"", bad + b"(closed before headers)\r\n"),
        ("lower case", b"check SPAMC/1.5\r\n\r\n", bad + b"check SPAMC/1.5\r\n"),
        ("a blank line first", b"\r\nCHECK SPAMC/1.5\r\n\r\n", bad + b"\r\n"),
        ("another protocol", b"GET / HTTP/1.0\r\n\r\n", bad + b"GET / HTTP/1.0\r\n"),
        ("rspamd's name", b"CHECK RSPAMC/1.3\r\n\r\n", bad + b"CHECK RSPAMC/1.3\r\n"),
        ("PING 1.5 without blank line", b"PING SPAMC/1.5\r\n", bad + b"(EOF during headers)\r\n"),
        ("end in the headers", b"CHECK SPAMC/1.5\r\nUser: x\r\n",
         bad + b"(EOF during headers)\r\n"),
        ("no colon", b"CHECK SPAMC/1.5\r\nnonsense\r\n\r\n",
         bad + b"(header not in 'Name: value' format)\r\n"),
        ("a length that is no number", b"CHECK SPAMC/1.5\r\nContent-length: x\r\n\r\n",
         bad + b"(Content-Length contains non-numeric bytes)\r\n"),
        ("a length below zero", b"CHECK SPAMC/1.5\r\nContent-length: -1\r\n\r\n",
         bad + b"(Content-Length contains non-numeric bytes)\r\n"),
        ("a control in User", b"CHECK SPAMC/1.5\r\nUser: a\x1bb\r\n\r\n",
         bad + b"(User header contains control chars)\r\n"),
        ("a body cut short", b"CHECK SPAMC/1.5\r\nContent-length: 99\r\n\r\nshort\n",
         bad + b"(Content-Length mismatch: Expected 99 bytes, got 6 bytes)\r\n"),
        ("an unknown compression", b"CHECK SPAMC/1.5\r\nCompress: lzma\r\n\r\n",
         bad + b"(compression type not supported: lzma)\r\n"),
    ]
    for name, sent, want in cases:
        is_equal(talk(s, sent), want, name + ": spamd")
        is_equal(talk(t, sent), want, name + ": tared")


def only_one(s, t):
    """A second request on the connection is not answered."""
    sent = request("CHECK", HAM) + request("CHECK", SPAM)
    want = expected("CHECK", 1.5, CASES[0], HAM, b"")
    is_equal(talk(s, sent), want, "one request a connection: spamd")
    is_equal(talk(t, sent), want, "one request a connection: tared")


def anchored(t):
    """spamd takes the verb anywhere in the line; tared does not."""
    is_equal(talk(t, b"XXCHECK SPAMC/1.5\r\n\r\n"),
             b"SPAMD/1.0 76 Bad header line: XXCHECK SPAMC/1.5\r\n", "the verb begins the line")


with Work() as work:
    spamd, daemon = pair(work)
    scans(spamd, daemon)
    others(spamd, daemon)
    errors(spamd, daemon)
    only_one(spamd, daemon)
    anchored(daemon)
done()

#!/usr/bin/env python3
"""Third-party clients of reference/protocol.md 7: the bytes each one sends, and
what its parser demands of the reply.  Each request goes out in one write and
byte by byte, with and without a half-close; spamd answers the first the same
where it answers at all."""
import os
import re
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, SPAM, Work, done, is_equal, note, ok, pair, plain, request,  # noqa: E402
                   talk)

LF = SPAM.replace(b"\r\n", b"\n")
OPEN = SPAM.rstrip(b"\r\n")             # no final newline
STATUS = rb"SPAMD/(\S{1,7}) 0 EX_OK\r\n"
SCORE = rb"(-?\d+\.\d) / (-?\d+\.\d)\r\n"


def exim(reply):
    """status, Spam as first and only header, blank, report; 32.6 kB."""
    return re.match(STATUS + rb"Spam: (\S+) ; " + SCORE + rb"\r\nThis is a report", reply) and \
        len(reply) < 32600


def mailutils(reply):
    """By line number: Spam, blank, symbols, each with CRLF."""
    lines = reply.split(b"\r\n")
    return len(lines) == 5 and re.match(rb"Spam: (True|False) ; \S+ / \S+$", lines[1]) and \
        lines[2] == b"" and lines[3] == b"T_SPAM" and lines[4] == b""


def haraka(reply):
    """One decimal; X-Spam- lines with tests=; headers end with the blank line."""
    head, _, block = reply.partition(b"\r\n\r\n")
    return re.search(rb"\r\nSpam: (True|False) ; (-?\d+\.\d) / (-?\d+\.\d)$", head) and \
        re.search(rb"(?m)^X-Spam-Status: Yes,[^\r\n]* tests=T_SPAM", block) and \
        block.endswith((b"\r\n\r\n", b"\n\n")) and b"spamword" not in block


def rspamd(reply):
    return re.search(rb"X-Spam-Status: (Yes|No), score=([\d.-]+)[^\r\n]*tests=(\S+)", reply)


def fuglu_process(reply):
    """Exactly three lines before the message: status, one header, blank."""
    status, header, blank, message = reply.split(b"\r\n", 3)
    return re.match(STATUS, status + b"\r\n") and blank == b"" and \
        header == b"Content-length: %d" % len(message)


def fuglu_symbols(reply):
    """Six words in the one header."""
    lines = reply.split(b"\r\n")
    return len(lines[1].split()) == 6 and lines[1].split()[1] == b"True" and lines[2] == b""


def emailrelay(reply):
    head, _, message = reply.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-length: (\d+)", head)
    return length and int(length.group(1)) == len(message) > 0 and message.endswith(b"\n")


def hmailserver(reply):
    """The file is overwritten by what follows the first line."""
    status, _, message = reply.partition(b"\r\n")
    return status == b"SPAMD/1.0 0 EX_OK" and message.endswith(SPAM.partition(b"\r\n\r\n")[2])


def james(reply):
    """Cut at single blanks: indexes 1, 3 and 5."""
    words = [line for line in reply.split(b"\r\n") if line.startswith(b"Spam:")][0].split(b" ")
    return words[1] == b"True" and float(words[3]) == 10 and float(words[5]) == 5


def first_header_is_spam(reply):
    return reply.split(b"\r\n")[1].startswith(b"Spam: True ; 10.0 / 5.0") and \
        reply.split(b"\r\n")[2] == b""


def node(reply):
    return re.search(rb"Spam: (True|False|Yes|No) ; (-?[\d.]+) / (-?[\d.]+)", reply)


def aiospamc(reply):
    """Strict: Content-length is what follows, to the byte."""
    head, _, body = reply.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-length: (\d+)(\r\n|$)", head)
    return length and int(length.group(1)) == len(body)


def report(reply):
    return aiospamc(reply) and b"\r\n\r\nThis is a report" in reply


RECEIVED = (b"Received: from a.example.com (a.example.com [192.0.2.1])\r\n\tby b.example.org "
            b"(envelope-sender <ann@example.org>)\r\n")
PACKED = zlib.compress(SPAM)
# name, request, demand; half: it half-closes (else the server must not wait
# for that); spamd: it answers the half-closed request, the same way
CLIENTS = [
    ("Exim", request("REPORT", SPAM, "1.2", b"User: nobody\r\n"), exim, True, True),
    ("Exim, no final newline", request("REPORT", OPEN, "1.2", b"User: nobody\r\n"), exim, True,
     True),
    ("Mailutils", request("SYMBOLS", SPAM, "1.2", b"User: ann\r\n"), mailutils, True, True),
    ("milter-spamd", request("SYMBOLS", RECEIVED + SPAM, "1.2", b"User: ann\r\n", False),
     mailutils, True, True),
    ("Haraka", request("HEADERS", SPAM, "1.4", b"User: ann@example.org\r\n", False), haraka, True,
     True),
    ("Haraka, LF", request("HEADERS", LF, "1.4", b"User: ann@example.org\r\n", False), haraka,
     True, True),
    ("rspamd", request("HEADERS", SPAM, "1.5", b"User: root\r\n"), rspamd, True, True),
    ("FuGlu PROCESS", request("PROCESS", SPAM, "1.2", b"User: ann\r\n"), fuglu_process, True, True),
    ("FuGlu SYMBOLS", request("SYMBOLS", SPAM, "1.2"), fuglu_symbols, True, True),
    ("FuGlu REPORT", request("REPORT", SPAM, "1.2"), fuglu_symbols, True, True),
    ("E-MailRelay", request("PROCESS", SPAM, "1.4"), emailrelay, False, True),
    ("hMailServer", b"PROCESS SPAMC/1.0\r\n" + SPAM, hmailserver, True, True),
    ("James", request("CHECK", SPAM, "1.2", b"", False), james, True, True),
    ("a Java client with a blank", request("CHECK", SPAM, "1.1 ", b"", False), james, True, True),
    ("Synchronet", request("SYMBOLS", SPAM, "1.2", b"", False), first_header_is_spam, True, True),
    ("Rumble", request("CHECK", SPAM, "1.2"), first_header_is_spam, True, True),
    ("postal", request("REPORT", SPAM, "1.2", b"User: ann\r\n"), first_header_is_spam, True, True),
    ("node client", request("REPORT", SPAM, "1.5") + b"\r\n", node, False, True),
    ("node client, no final newline", request("SYMBOLS", OPEN, "1.5") + b"\r\n", node, False,
     False),
    ("PHP", request("PROCESS", SPAM + b"\r\n", "1.5", b"User: ann\r\n") + b"\r\n", aiospamc, False,
     True),
    ("PHP, misspelt length", request("SYMBOLS", SPAM, "1.5", b"Content-lenght: %d\r\n" % len(SPAM),
                                     False), node, True, True),
    ("PHP, packed, plain length", b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\nCompress: zlib\r\n"
     b"\r\n" % len(SPAM) + PACKED, node, False, True),
    ("PHP, packed, own length", request("SYMBOLS", PACKED, "1.5", b"Compress: zlib\r\n"), node,
     False, True),
    ("aiospamc", request("HEADERS", SPAM, "1.5", b"User: ann\r\n"), aiospamc, False, True),
    ("title-case length", request("SYMBOLS", SPAM, "1.5", b"Content-Length: %d\r\n" % len(SPAM),
                                  False), aiospamc, False, True),
    ("Perl client", request("PROCESS", SPAM + b"\r\n", "1.3"), aiospamc, True, True),
    ("Go imap-spam-cleaner", request("REPORT", OPEN, "1.5"), report, False, True),
]


def replay(s, t):
    for name, sent, demand, half, same in CLIENTS:
        first = talk(t, sent)
        ok(demand(first), name + " has what it needs") or note(first)
        for step in (0, 1):
            for close in (True,) if half else (True, False):
                for unix in (True, False):
                    is_equal(talk(t, sent, close, step, unix, 20), first, "  %s, %s, %s" % (
                        "byte by byte" if step else "one write",
                        "half-close" if close else "no half-close", "unix" if unix else "tcp"))
        if same:
            other = talk(s, sent)
            ok(demand(other), "  spamd has it, too") or note(other)
            is_equal(plain(other), plain(first), "  and says the same")


def refused(t):
    """Not spamd's protocol: refused in one line, not by silence."""
    is_equal(talk(t, b"CHECK RSPAMC/1.3\r\nContent-length: 3\r\n\r\nabc"),
             b"SPAMD/1.0 76 Bad header line: CHECK RSPAMC/1.3\r\n", "Exim's variant=rspamd")
    ok(talk(t, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n").startswith(
        b"SPAMD/1.0 76 Bad header line: ???"), "a TLS hello is refused, and not echoed")
    ok(talk(t, b"EHLO x\r\n").startswith(b"SPAMD/1.0 76 "), "SMTP is refused")


def one_blank(t):
    """PING and SKIP of a health checker, and one that only connects."""
    is_equal(talk(t, b"PING SPAMC/1.2\r\n", False, seconds=20), b"SPAMD/1.5 0 PONG\r\n",
             "PING 1.2 without a half-close")
    is_equal(talk(t, b"PING SPAMC/1.5\r\n\r\n", False, seconds=20), b"SPAMD/1.5 0 PONG\r\n",
             "PING 1.5 without a half-close")
    before = t.read_log()
    is_equal(talk(t, b""), b"SPAMD/1.0 76 Bad header line: (closed before headers)\r\n",
             "one that only connects")
    is_equal(t.read_log(), before, "  leaves no line in the log")


with Work() as work:
    spamd, daemon = pair(work)
    replay(spamd, daemon)
    refused(daemon)
    one_blank(daemon)
    is_equal(talk(daemon, request("CHECK", HAM)),
             b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; -1.0 / 5.0\r\n\r\n", "and all is well")
done()

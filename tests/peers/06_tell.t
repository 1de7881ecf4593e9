#!/usr/bin/env python3
"""TELL: every Set and Remove of local and remote with every class, at every
version.  tared has no statistics yet, so it answers as spamd without
--allow-tell: refused, in one line, whatever was asked.  What a server that
learns answers, and what tarec makes of that, is in 08."""
import itertools
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (SPAM, Spamd, Work, done, is_equal, note, ok, pair, request, talk)  # noqa: E402

REFUSED = b"SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled"
TARGETS = [b"", b"local", b"remote", b"local,remote", b"local, remote", b"LOCAL", b"nonsense"]
CLASSES = [None, b"spam", b"ham", b"SPAM", b"eggs", b""]


def headers(set_, remove, word):
    lines = b""
    if word is not None:
        lines += b"Message-class: %s\r\n" % word
    if set_:
        lines += b"Set: %s\r\n" % set_
    if remove:
        lines += b"Remove: %s\r\n" % remove
    return lines


def refused(s, t):
    for set_, remove, word in itertools.product(TARGETS, TARGETS, CLASSES):
        sent = request("TELL", SPAM, "1.5", headers(set_, remove, word))
        theirs, ours = talk(s, sent), talk(t, sent)
        if not (ours.startswith(REFUSED) and theirs.startswith(REFUSED) and
                ours.count(b"\n") == 1 and ours.endswith(b"\r\n")):
            ok(False, f"Set {set_} Remove {remove} class {word}")
            note(ours, theirs)
            return
    ok(True, "every Set, Remove and class is refused alike")
    for version in ("x", "0.9", "1.0", "1.1", "1.2", "1.3", "1.4", "2.0"):
        sent = request("TELL", SPAM, version, headers(b"local", b"", b"spam"))
        ok(talk(t, sent).startswith(REFUSED) and talk(s, sent).startswith(REFUSED),
           "TELL has headers at version " + version)
    is_equal(talk(t, b"TELL SPAMC/1.5\r\nSet: local\r\nMessage-class: spam\r\n"
                  b"Content-length: 1000000\r\n\r\n", half_close=False, seconds=20)[:len(REFUSED)],
             REFUSED, "told before the message was sent")
    bad = b"SPAMD/1.0 76 Bad header line: (User header contains control chars)\r\n"
    sent = request("TELL", SPAM, "1.5", b"User: a\x01b\r\n")
    is_equal((talk(s, sent), talk(t, sent)), (bad, bad), "a bad header is a bad header")


def faults(work):
    """Why tared will reject a class it does not know: spamd learns it as ham."""
    teacher = Spamd(work, learn=True, name="teacher").start()
    message = SPAM.replace(b"<1@", b"<2@")
    sent = request("TELL", message, "1.5", headers(b"local", b"", b"eggs"))
    is_equal(talk(teacher, sent), b"SPAMD/1.1 0 EX_OK\r\nDidSet: local\r\n\r\n\r\n",
             "spamd learns eggs as something")
    sent = request("TELL", message, "1.5", headers(b"local", b"", b"ham"))
    is_equal(talk(teacher, sent), b"SPAMD/1.1 0 EX_OK\r\n\r\n\r\n", "  as ham, it turns out")
    work.stop(teacher.child)


with Work() as work:
    spamd, daemon = pair(work)
    refused(spamd, daemon)
    faults(work)
done()

#!/usr/bin/env python3
"""Added headers, rewritten messages and reports, beside the real spamd's: each
tag of templates, each mode of rewriting, each kind of message."""
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from marks import (MAILS, RULES, TEMPLATES, Work, ask, crlf, differ, done,  # noqa: E402
                   is_equal, need, peers, plain)
from undo import undo  # noqa: E402

TEMPLATE_LINES = "".join(f"add_header all T{i} {t}\n" for i, t in enumerate(TEMPLATES))
# One rule of a kind: spamd runs those of one kind in any order.
PREFIXES = "subjprefix A_SUBJ [A]\nsubjprefix __SUBB [SUB]\nsubjprefix D_RAW [A\nsubjprefix F_META [F]\n"
ALL_THREE = "rewrite_header subject [SPAM]\nrewrite_header from SPAM (_SCORE_)\n" \
            "rewrite_header TO spam\n"

CASES = {
    "as a message": "report_safe 1\n",
    "as text": "report_safe 2\nreport_wrap_width 40\nreport_charset ISO-8859-1\n",
    "in place": "report_safe 0\nrewrite_header subject [SPAM]\nrewrite_header from no\n"
                "rewrite_header from\n",
    "in place with scores": "report_safe 0\nrewrite_header subject S _SCORE(00)_/_REQD_\n",
    "all three in place": "report_safe 0\n" + ALL_THREE,
    "all three around": "report_safe 1\n" + ALL_THREE,
    "prefixes": "report_safe 0\nrewrite_header subject [SPAM]\n" + PREFIXES +
                "add_header all Prefix _SUBJPREFIX_x\n",
    "prefixes around": "report_safe 1\nrewrite_header subject [SPAM]\n" + PREFIXES,
    "copied headers": "report_safe 1\nreport_safe_copy_headers Received x-spammy SUBJECT\n"
                      "report_safe_copy_headers Return-Path Nope\n",
    "cleared": "report_safe 0\nclear_headers\nadd_header ham A b\nadd_header SPAM c d\n"
               "add_header all C d\nremove_header spam c\nadd_header spam A e\n",
    "reordered": "report_safe 0\nremove_header spam Report\nadd_header all Checker-Version x\n"
                 "remove_header all Checker-Version\nreport_safe 0\nadd_header spam level y\n",
    "every template": "report_safe 0\n" + TEMPLATE_LINES,
    "without folding": "report_safe 0\nfold_headers 0\n" + TEMPLATE_LINES,
}

# What tare does otherwise, and why: cases, mails (None: all where the pattern
# is), a pattern of spamd's bytes, tare's.
OTHERWISE = [
    # A folded Subject: spamd keeps its first line, and -d loses the others.
    (("in place", "in place with scores", "all three in place", "prefixes"), ("folded",),
     rb"\nX-Spam-Prev-Subject: hello(\r?)\n",
     rb"\nX-Spam-Prev-Subject: hello\1\n\tfolded\1\n"),
    # Ham without a Subject: nothing to tag, so none is made.
    (("in place", "in place with scores", "all three in place", "prefixes", "all three around",
      "prefixes around"), ("ham without subject",), rb"\nSubject: \r?\n(\r?\n)", rb"\n\1"),
    # Spam without a Subject: spamd forgets what From and To were.
    (("all three in place",), ("no subject",), rb"(\nX-Spam-Prev-)Subject: \(nonexistent\)(\r?)"
     rb"\nX-Spam-Prev-Subject: \(nonexistent\)\r?\n", rb'\1From: "Some One" <a@author.example>\2'
     rb"\1To: b@example.org\2\n"),
    # CRLF: spamd puts the comment behind the CR.
    (("all three around",), None, rb"(\n(?:From|To): [^\r\n]*)\r(\t\()", rb"\1\2"),
    # A prefix in the Subject of ham: spamd does not say what it was.
    (("prefixes", "prefixes around"), ("no body", "blank"),
     rb"(\nSubject: \[A\] (?:\[SUB\] )?)([^\r\n]*)(\r?\n)",
     rb"\1\2\3X-Spam-Prev-Subject: \2\3"),
]
used = set()


def expected(case, name, reply):
    """spamd's reply with what is otherwise on purpose."""
    for i, (cases, names, was, becomes) in enumerate(OTHERWISE):
        if case in cases and (names is None or name in names):
            reply, n = re.subn(was, becomes, reply)
            used.update({(i, case)} if n else ())
    return reply


def headers(case, name, ours, theirs):
    """The client puts its own body behind these.  spamd answers with those of
    a message around it even then, and tared with those marked in place."""
    if b"boundary=\"----------=_" in theirs:
        mail = MAILS[name]
        body = mail.partition(b"\n\n")[2]
        is_equal(undo(ours + body), mail, f"{case}: {name}, HEADERS fit the body")
        return
    differ(f"{case}: {name}, HEADERS", plain(ours), expected(case, name, plain(theirs)))


need("spamd")
with Work() as work:
    for i, (case, lines) in enumerate(CASES.items()):
        rules = RULES + lines
        spamd = peers.Spamd(work, rules, name=f"s{i}").start()
        tared = peers.tared(work, rules=rules, name=f"t{i}")
        for name, mail in MAILS.items():
            for end, text in ("LF", mail), ("CRLF", crlf(mail)):
                differ(f"{case}: {name}, {end}", plain(ask(tared, "PROCESS", text)),
                       expected(case, name, plain(ask(spamd, "PROCESS", text))))
            differ(f"{case}: {name}, REPORT", ask(tared, "REPORT", mail),
                   ask(spamd, "REPORT", mail))
            headers(case, name, ask(tared, "HEADERS", mail), ask(spamd, "HEADERS", mail))
        tared.stop()
        work.stop(spamd.child)
missing = [(c, row[2]) for i, row in enumerate(OTHERWISE) for c in row[0] if (i, c) not in used]
is_equal(missing, [], "spamd still does what is done otherwise")
done()

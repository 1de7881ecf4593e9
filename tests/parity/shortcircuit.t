#!/usr/bin/env python3
"""Scans that a rule ends early: the same rules hit as in the installed
SpamAssassin with its Shortcircuit plugin, the score is the same, and so is
what the tags tell; mails where two rules of one place hit are left out, since
there chance names the one."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, HERE)
from tap import Work, done, need, note, ok
from optional import make_site, names, oracle, sc_tags, tare, write_mails

SHOWN = 5                       # differences, at most
TAGS = ["SC", "SCRULE", "SCTYPE"]

# One rule of each kind; words in the mail choose which of them hit.
KINDS = r"""
header   K_HEADER   X-Words =~ /\bheader\b/
header   K_HEVAL    eval:check_for_missing_to_header()
body     K_BODY     /\bbodyword\b/
uri      K_URI      /uriword/
body     K_BEVAL    eval:check_body_length('0400')
mimeheader K_MIME   Content-Type =~ /mimeword/
rawbody  K_RAW      /\brawword\b/
rawbody  K_RAWEVAL  eval:check_for_mime('mime_attachment')
full     K_FULL     /\bfullword\b/
meta     K_META     K_HEADER && K_BODY
meta     K_META2    K_META || __K_LATE
header   __K_LATE   X-Words =~ /late/
meta     K_NODEPS   1
meta     K_UNDEF    K_HEADER || NO_SUCH_RULE
meta     K_ZERO     K_HEADER || K_OFF
body     K_OFF      /bodyword/
score    K_OFF      0
body     K_TWICE    /\bbodyword\b/
tflags   K_TWICE    multiple
"""
SCORED = ["K_HEADER", "K_HEVAL", "K_BODY", "K_URI", "K_BEVAL", "K_MIME", "K_RAW", "K_RAWEVAL",
          "K_FULL", "K_META", "K_META2", "K_NODEPS", "K_UNDEF", "K_ZERO", "K_TWICE"]
KINDS += "".join(f"score {rule} 0.{i + 10}\n" for i, rule in enumerate(SCORED))


def mail(words, to="To: b@c.com\n", ctype="text/plain"):
    body = "".join(word + "\n" for word in words if word not in ("header", "late"))
    body = body.replace("uriword", "http://uriword.com/")
    pad = "" if "short" in words else "x" * 500
    return (f"From: a@b.com\n{to}Subject: test\nX-Words: {' '.join(words)}\n"
            f"MIME-Version: 1.0\nContent-Type: {ctype}\n\n{body}{pad}\n")


def mails():
    """Each word alone, and some in company."""
    words = ["header", "bodyword", "uriword", "rawword", "fullword", "short"]
    some = {"none": mail([]), "all": mail(words + ["late"], "", "text/plain; mimeword=1"),
            "no To": mail([], ""), "mime": mail([], ctype="text/plain; mimeword=1"),
            "attached": mail(["bodyword"]).replace("MIME-Version", "Content-Disposition: "
                                                   "attachment\nMIME-Version")}
    for some_words in [[w] for w in words] + [["header", "bodyword"], ["bodyword", "fullword"],
                                              ["header", "late"]]:
        some[" ".join(some_words)] = mail(some_words)
    return some


# What ends scans: lines beside KINDS, by a name.
CASES = {
    "header": "shortcircuit K_HEADER on\npriority K_HEADER -50\n",
    "body ham": "shortcircuit K_BODY ham\nshortcircuit_ham_score -7\n",
    "uri": "shortcircuit K_URI on\nscore K_URI -3\n",
    "mimeheader": "shortcircuit K_MIME spam\nshortcircuit_spam_score 12.5\npriority K_MIME 3\n",
    "rawbody": "shortcircuit K_RAW on\n",
    "evals": "shortcircuit K_HEVAL spam\npriority K_HEVAL -1000\nshortcircuit K_BEVAL on\n"
             "shortcircuit K_RAWEVAL on\npriority K_RAWEVAL 5\n",
    "meta": "shortcircuit K_META on\npriority K_META -300\n",
    "meta of a meta": "shortcircuit K_META2 on\n",
    "meta at the end": "shortcircuit K_UNDEF spam\n",
    "subrule": "shortcircuit __K_LATE on\npriority __K_LATE -10\n",
    "three": "priority K_BODY -20\nshortcircuit K_BODY spam\nshortcircuit K_HEADER ham\n"
             "priority K_HEADER -10\nshortcircuit K_FULL on\nshortcircuit K_OFF spam\n"
             "shortcircuit K_URI spam\nshortcircuit K_URI off\n",
    "sum too high": "shortcircuit_max_spam_score 5\nscore K_HEADER 10\npriority K_HEADER -50\n"
                    "score K_FULL 10\n",
    "sum too low": "shortcircuit_min_ham_score -5\nscore K_BODY -10\npriority K_BODY -20\n",
    "nothing": "",
}


def check(work, title, lines):
    name = title.replace(" ", "-")
    site = make_site(work, name, ["Shortcircuit"], KINDS + lines)
    paths = write_mails(work, name + "-mail", mails())
    said, told = oracle(paths, site, TAGS), tare(list(paths), site)
    wrong, ended, shown = 0, 0, set()
    for path, what in paths.items():
        want, got = names(said[path]), names(told[path])
        ended += "SHORTCIRCUIT" in want
        if want != got or abs(said[path]["score"] - told[path]["score"]) > 0.0005:
            wrong += 1
            wrong > SHOWN or note(f"{what}: only SpamAssassin {sorted(want - got)}, only tare "
                 f"{sorted(got - want)}, {said[path]['score']} {told[path]['score']}")
        tags = [said[path]["tags"][tag] for tag in TAGS]
        if tags[0] not in shown:        # one of each kind is enough
            shown.add(tags[0])
            if sc_tags(path, site) != tags:
                wrong += 1
                note(f"{what}: tags {tags} {sc_tags(path, site)}")
    ok(wrong == 0, f"{title}: {len(paths)} mails, {ended} ended early, {wrong} differ")
    return ended


need("perl")
with Work() as work:
    ended = sum(check(work, title, lines) for title, lines in CASES.items())
    ok(ended > 40, f"{ended} scans ended early")
done()

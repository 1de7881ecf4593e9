"""Rules, templates and mail for the tests of this folder, and the real spamd
and spamassassin beside tare.

Everything is compared byte for byte.  plain() takes out what two programs
cannot say alike (their names, the time, a boundary) and tare's own fields."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, os.path.join(HERE, "../peers"))
import peers  # noqa: E402
from tap import Work, done, is_equal, need, note, ok  # noqa: E402,F401

# One hit of each kind of rule, in the order in which SpamAssassin runs them, long and foreign descriptions, a score of two
# digits, a rule that hits several times.
RULES = """
required_score 5
report_hostname mx.example.org
report_contact postmaster@example.org
header A_SUBJ Subject =~ /\\S/
describe A_SUBJ There is a Subject, and this description is so long that it is wrapped where it is shown
score A_SUBJ 3.25
body B_MULTI /o/
tflags B_MULTI multiple maxhits=4
describe B_MULTI Letter o
score B_MULTI 0.5
uri C_URI /./
describe C_URI A_very_long_word_that_does_not_fit_into_the_line_of_a_description_at_all
score C_URI 0.1
rawbody D_RAW /spamword/
score D_RAW 10
full E_FULL /./
describe E_FULL F\u00f6ll \u2013 of \u00e4ll
score E_FULL -1.0
header __SUB Subject =~ /o/
body __SUBB /o/
tflags __SUBB multiple
meta F_META __SUBB > 2
score F_META 1
meta G_LAST D_RAW && F_META
score G_LAST 0.01
clear_headers
add_header all Checker-Version checker on _HOSTNAME_
add_header spam Flag _YESNOCAPS_
add_header all Level _STARS(*)_
add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_"
clear_report_template
report Of _HOSTNAME_, which has_YESNO(, NOT)_ found spam; ask _CONTACTADDRESS_.
report
report Content preview:  _PREVIEW_
report
report " pts rule name              description"
report  ---- ---------------------- --------------------------------------------------
report _SUMMARY_
report
report
clear_unsafe_report_template
unsafe_report Not plain text, says _HOSTNAME_
unsafe_report at all
"""

# Templates of added headers; T0, T1 … are their names.
TEMPLATES = [
    "[_SUBTESTS_] [_SUBTESTS( )_] [_SUBTESTSCOLLAPSED_] [_SUBTESTSCOLLAPSED( )_]",
    "[_TESTS(|)_] [_TESTS()_] [_TESTS(0)_] [_TESTS(, )_]",
    "[_TESTSSCORES_] [_TESTSSCORES( )_]",
    "[_YESNO_] [_YESNO()_] [_YESNO(a)_] [_YESNO(a,)_] [_YESNO(,b)_] [_YESNO(a,b,c)_]",
    "[_YESNOCAPS_] [_YESNOCAPS(a,b)_]",
    "[_SCORE_] [_HITS_] [_SCORE(0)_] [_SCORE(00)_] [_SCORE( )_] [_SCORE(ab)_] [_REQD_]",
    "[_STARS_] [_STARS(0)_] [_STARS(+)_] [_STARS(ab)_]",
    "[_BAYES_] [_BAYESTC_] [_BAYESTCLEARNED_] [_BAYESTCSPAMMY_] [_BAYESTCHAMMY_]",
    "[_TOKENSUMMARY_] [_HAMMYTOKENS_] [_HAMMYTOKENS(5,short)_] [_SPAMMYTOKENS(2,long)_]",
    "[_HOSTNAME_] [_CONTACTADDRESS_] [_DATE_]",
    "[_RULESVERSION_] [_AUTOLEARNSCORE_] [_REMOTEHOSTNAME_] [_REMOTEHOSTADDR_]",
    "[_SENDERDOMAIN_] [_AUTHORDOMAIN_]",
    "[_RELAYSTRUSTED_] [_RELAYSUNTRUSTED_]",
    "[_RELAYSINTERNAL_] [_RELAYSEXTERNAL_]",
    "[_FIRSTTRUSTEDIP_] [_FIRSTTRUSTEDREVIP_] [_LASTEXTERNALIP_] [_LASTEXTERNALREVIP_]",
    "[_LASTEXTERNALRDNS_] [_LASTEXTERNALHELO_]",
    "[_DCCB_] [_DCCR_] [_PYZOR_] [_RBL_] [_LANGUAGES_] [_ASN_] [_ASNCIDR_] [_AWL_]",
    "[_RELAYCOUNTRY_] [_NOSUCH_] [_NO_SUCH_] [_NO(such)_] [_ADDEDHEADER_] [_ADDEDHEADERHAM_]",
    "a _HEADER(Subject)_ b _HEADER(From:addr)_ c _HEADER(Nope)_ d _HEADER()_ e",
    "_HEADER(Received)_",
    "_HEADER(ALL)_",
    "_REPORT_",
    "x _REPORT_ y",
    "_SUMMARY_",
    "_PREVIEW_",
    "[_SUBJPREFIX_]",
    r"line\nline two\tx\\y\q\nlast",
    r"\n\n  a  \n \n b\n",
    r"ends in one \\",
    '"  quoted  "',
    "__YESNO__ _A_YESNO_ _YESNO_X _YESNO _YESNO(_ _YESNO(a_b)_ _yesno_ _1_ _",
    "l" + "o" * 90 + "ng b   c,d, e",
    ",".join(["word"] * 30),
    " ".join(["wo,rd"] * 30),
    "caf\u00e9 and \u00e4 few more w\u00f6rds end",
    "all \u00e4\u00f6\u00fc\u00df \u00e4\u00f6\u00fc\u00df \u00e4\u00f6\u00fc\u00df",
    "plain-with-one-\u00e9-in-a-long-word behind",
    "\u00e9?=_ x",
    "\u00e9 " + " ".join(["w\u00f6rd"] * 20),
]

_HEAD = (b"Return-Path: <env@sender.example>\n"
         b"Received: from helo.example (rdns.example [192.0.2.7]) by mx.example.org with ESMTP "
         b"id abc; Mon, 1 Jan 2024 00:00:00 +0000\n"
         b"From: \"Some One\" <a@author.example>\nTo: b@example.org\n")
_TEXT = (b"This text has some letters and a link to http://www.example.com/ oooo.\n\n"
         b"Second paragraph with more text; it goes on and on, so that the beginning that is "
         b"shown ends somewhere in the middle of it, or so one hopes, for it is long enough.\n\n"
         b"Third ---------- paragraph -- -----Original Message----- rest of it\nnext line\n\n"
         b"Fourth.\n")

MAILS = {
    "plain": _HEAD + b"Subject: hello\nMessage-Id: <x@y>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n" +
             _TEXT,
    "spam": _HEAD + b"Subject: hello\nMessage-Id: <x@y>\n\n" + _TEXT + b"spamword\n",
    "folded": _HEAD + b"Subject: hello\n\tfolded\nCc: a,\n b,\n\tc\n\nspamword\n",
    "two subjects": _HEAD + b"Subject: one\nSubject: two\n\nspamword oooo\n",
    "no subject": _HEAD + b"\nspamword oooo\n",
    "odd subject": b"sUBJECT:   odd  \nFROM:x@y.example\nto:\n\nspamword oooo\n",
    "empty subject": b"Subject:\nTo:\nFrom:\n\nspamword\n",
    "tagged before": _HEAD + b"Subject: [SPAM] hello\n\nspamword\n",
    "foreign": b"From: \"J\xc3\xb6hn\" <a@author.example>\nSubject: =?UTF-8?B?w6TDtsO8?= ool\n"
               b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
               b"f\xc3\xb6\xc3\xb6 spamword \xe2\x80\x93 " + b"w\xc3\xb6rt " * 60 + b"\n",
    "html": b"From: a@b.example\nSubject: html\nMIME-Version: 1.0\n"
            b"Content-Type: text/html\n\n<p>spamword <b>bold</b> <a href=\"http://www.example.org/x\">"
            b"link</a></p>\n",
    "multipart": b"From: a@b.example\nSubject: parts\nMIME-Version: 1.0\n"
                 b"Content-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\nspamword\n--b\n"
                 b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
                 b"AAAA\n--b--\n",
    "plain by name": b"Subject: x\nContent-Type: TEXT/Plain\n\nspamword oooo\n",
    "mbox": b"From env@sender.example Mon Jan  1 00:00:00 2024\n" + _HEAD +
            b"Subject: x\n\nspamword\n",
    "marked before": b"X-Spam-Status: No, forged\n\tfold\nX-Spam-Flag: forged\nX-Spammy: stays\n" +
                     _HEAD + b"Subject: hello\nx-spam-level: forged\n\nspamword\n",
    "no body": _HEAD + b"Subject: x spamword\n\n",
    "no end": _HEAD + b"Subject: x\n\nspamword",
    "ham without subject": _HEAD + b"\nlunch\n",
    "previous": _HEAD + b"X-Spam-Prev-Subject: sender's\nSubject: x\n\nspamword oooo\n",
    "blank": _HEAD + b"Subject: x\n\n  \n\n \n",
}


def crlf(message):
    return message.replace(b"\n", b"\r\n")


_DATE = rb"\w\w\w, \d\d \w\w\w \d\d\d\d \d\d:\d\d:\d\d [+-]\d\d\d\d(?=[\];\s])"
_PLAIN = [
    (rb"(?m)^X-Tare-[^\r\n]*\r?\n([ \t][^\r\n]*\r?\n)*", b""),
    (rb"(?m)^Received: from localhost by [^\r\n]*(\r?\n\twith )[^\r\n]*(\r?\n\t)" + _DATE,
     rb"Received: from localhost\1program\2date"),
    # it may be folded anywhere, so its length stays
    (rb"\[\w\w\w,(\s+)\d\d(\s+)\w\w\w(\s+\d{4}\s+)\d\d:\d\d:\d\d(\s+[+-]\d{4}\])",
     rb"[Day,\g<1>01\2Mon\g<3>00:00:00\4"),
    (rb"(?m)^Content-Description: [^\r\n]*", b"Content-Description: it"),
]


def plain(message):
    for pattern, by in _PLAIN:
        message = re.sub(pattern, by, message)
    boundary = re.search(rb'boundary="(----------=_[0-9A-F.]+)"', message)
    return message.replace(boundary.group(1), b"BOUNDARY") if boundary else message


def body_of(reply):
    """What comes behind the reply's own header; None if the request failed."""
    head, blank, body = reply.partition(b"\r\n\r\n")
    return body if blank and b" 0 EX_OK" in head else None


def ask(server, verb, message):
    return body_of(peers.talk(server, peers.request(verb, message)))


def differ(text, was, wants):
    """As is_equal, with the lines that differ."""
    if ok(was == wants, text):
        return False
    import difflib
    for line in difflib.unified_diff((wants or b"").decode(errors="replace").splitlines(),
                                     (was or b"").decode(errors="replace").splitlines(),
                                     "spamd", "tared", lineterm="", n=1):
        note(repr(line))
    return True

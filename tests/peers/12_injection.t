#!/usr/bin/env python3
"""CR, LF, NUL and other controls from everywhere a stranger can write (fields
of the message, encoded words, names of attachments, a field quoted by a
_HEADER()_ tag, DNS, the User header, the request line): no new header line in
what comes out, no new line and no new field in the log."""
import base64
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (Work, done, free_port, is_equal, need, note, ok, request, talk,  # noqa: E402
                   tared, wait_for)

ZONE = "bl.injection-test.org"
# What would show: a line of the header, or of the log, that begins so.
MARK = b"X-Injected"
BREAKS = {
    "CRLF": b"\r\n", "LF": b"\n", "CR": b"\r", "NUL": b"\0", "two": b"\r\n\r\n", "VT": b"\x0b",
    "FF": b"\x0c", "NEL": b"\xc2\x85", "LS": b"\xe2\x80\xa8", "escape": b"\x1b[2J", "tab": b"\n\t",
    "folded end": b"\r\n \r\n", "delete": b"\x7f", "overlong": b"\xc0\x8a",
}
RULES = """
required_score 5
report_safe %d
dns_server 127.0.0.1:%d
dns_available yes
rbl_timeout 5
rewrite_header Subject [SPAM _SCORE_ _HEADER(X-Quoted)_]
rewrite_header From (_HEADER(X-Quoted)_)
add_header all Quoted _HEADER(X-Quoted)_ _HEADER(Subject)_ _HEADER(From)_
add_header all Who _SENDERDOMAIN_ _AUTHORDOMAIN_ _LASTEXTERNALHELO_ _LASTEXTERNALRDNS_
add_header all Relays _RELAYSEXTERNAL_ _RBL_ _TESTS_
add_header spam Flag _YESNOCAPS_
report Quoted _HEADER(X-Quoted)_ and _HEADER(Subject)_
report _PREVIEW_
report _SUMMARY_
body T_SPAM /spamword/
describe T_SPAM A word that only tests use
score T_SPAM 10
header T_RBL eval:check_rbl('x', '%s.')
score T_RBL 1
header T_TXT eval:check_rbl_txt('y', '%s.')
score T_TXT 1
askdns T_ASK _LASTEXTERNALREVIP_.%s TXT /X-Injected/
score T_ASK 1
"""


def encoded(raw):
    return b"=?utf-8?B?" + base64.b64encode(raw) + b"?="


def quoted(raw):
    return b"=?utf-8?Q?" + b"".join(b"=%02X" % c for c in raw) + b"?="


def message(evil):
    """Every place, each with its own number, so that a finding names it."""
    def at(n):
        return b"x" + evil + MARK + b"-%d: yes" % n
    raw = evil not in (b"\r\n", b"\n", b"\r\n\r\n", b"\r\n \r\n", b"\n\t")
    # A bare line end in a field is another field already in the message as
    # it is; only encoded it can be a trick.
    plain = at if raw else lambda n: b"plain"
    return b"\r\n".join([
        b"Received: from " + plain(1) + b" (" + plain(2) + b" [192.0.2.7])\r\n\tby b.example.org "
        b"with SMTP id x; Sat, 21 Nov 2026 10:00:00 +0000",
        b"From: " + encoded(at(3)) + b" <ann@example.org>",
        b"To: \"" + plain(4) + b"\" <bob@example.org>, " + quoted(at(5)) + b" <c@example.org>",
        b"Subject: " + encoded(at(6)) + b" " + quoted(at(7)) + b" " + plain(8),
        b"X-Quoted: " + encoded(at(9)) + b" " + plain(10),
        b"Message-ID: <" + plain(11) + b"@example.org>",
        b"Resent-Message-ID: <" + plain(12) + b",uid=0,autolearn=ham@example.org>",
        b"Date: Sat, 21 Nov 2026 10:00:00 +0000",
        b"MIME-Version: 1.0",
        b"Content-Type: multipart/mixed; boundary=q", b"",
        b"--q", b"Content-Type: text/plain; charset=\"" + plain(13) + b"\"", b"",
        b"spamword " + plain(14), b"--q",
        b"Content-Type: application/octet-stream; name=\"" + plain(15) + b"\"",
        b"Content-Disposition: attachment; filename*=utf-8''x%0D%0AX-Injected-16%3A%20yes",
        b"", b"x", b"--q--", b""])


def fields(header):
    """Names of the fields of a header, folded lines joined."""
    return [line.split(b":")[0].lower() for line in re.split(rb"\r?\n(?![ \t])", header) if line]


def no_new_line(name, sent, out):
    """Only fields that were sent, and X-Spam-, X-Tare- ones; and what we
    added holds no control (what the sender wrote stays as he wrote it)."""
    head = re.split(rb"\r?\n\r?\n", out, maxsplit=1)[0]
    before = set(fields(re.split(rb"\r?\n\r?\n", sent, maxsplit=1)[0]))
    before |= {b"mime-version", b"content-type", b"received", b"x-spam-prev-subject"}
    strange = [f for f in fields(head) if f not in before and
               not f.startswith((b"x-spam-", b"x-tare-"))]
    good = not strange and not re.search(rb"(?mi)^X-Injected", head)
    for line in re.split(rb"\r?\n(?![ \t])", head):
        ours = line if line.startswith((b"X-Spam-", b"X-Tare-")) else \
            b"".join(re.findall(rb"^Subject: (\[SPAM .*?yes +\])", line, re.S))
        if not line.startswith(b"X-Spam-Prev-") and \
           re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)", ours):
            good = False
            note(line)
    return ok(good, name) or note(strange, head)


def start_dns(work):
    """nsd with TXT records full of controls."""
    need("nsd")
    port = free_port()
    text = r'"a\013\010X-Injected-17: yes\000\027[2J"'
    work.write("zone", f"$ORIGIN {ZONE}.\n@ 60 IN SOA ns. root. 1 60 60 60 60\n@ 60 IN NS ns.{ZONE}.\n"
               f"ns 60 IN A 127.0.0.1\n2.0.0.127 60 IN A 127.0.0.2\n"
               f"7.2.0.192 60 IN A 127.0.0.2\n7.2.0.192 60 IN TXT {text}\n")
    work.write("nsd.conf", f"""
server:
    ip-address: 127.0.0.1@{port}
    do-ip6: no
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{work.dir}"
    database: ""
    pidfile: "{work.path('nsd.pid')}"
    xfrdfile: "{work.path('xfrd.state')}"
    zonelistfile: "{work.path('zone.list')}"
remote-control:
    control-enable: no
zone:
    name: {ZONE}
    zonefile: zone
""")
    work.start(["nsd", "-d", "-c", work.path("nsd.conf")], "nsd.log")
    dig = ["dig", "+short", "+time=1", "+tries=1", "-p", str(port), "@127.0.0.1"]

    def answers(kind):
        return subprocess.run([*dig, "7.2.0.192." + ZONE, kind], capture_output=True).stdout
    ok(wait_for(lambda: b"127.0.0.2" in answers("A"), 30), "nsd answers")
    ok(b"\\013\\010X-Injected" in answers("TXT"), "with line ends in its text")
    return port


def outputs(work, dns):
    for safe in (0, 1, 2):
        d = tared(work, rules=RULES % (safe, dns, ZONE, ZONE, ZONE), name="safe%d" % safe,
                  local=False)
        scans = 0
        for name, evil in BREAKS.items():
            sent = message(evil)
            for verb in ("PROCESS", "HEADERS"):
                reply = talk(d, request(verb, sent))
                head, _, out = reply.partition(b"\r\n\r\n")
                is_equal(re.findall(rb"Content-length: (\d+)", head), [b"%d" % len(out)],
                         f"report_safe {safe}, {verb}, {name}")
                no_new_line("  no new header line", sent, out)
                scans += 1
            reply = talk(d, request("REPORT", sent, "1.2"))
            is_equal(fields(reply.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2]), [b"spam"],
                     "  REPORT has one header")
            reply = talk(d, request("SYMBOLS", sent, "1.2"))
            ok(re.fullmatch(rb"[A-Z_,]+\r\n", reply.partition(b"\r\n\r\n")[2]), "  SYMBOLS one line")
            scans += 2
        log = d.read_log()
        logged(d, log, scans, "report_safe %d" % safe)
        ok("T_ASK" in log, "  DNS was asked") or note(log[-500:])
        d.stop()


LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ tared\[\d+\] \S+ \w+: [ -~]*$"
RESULT = (r"spamd: result: [Y.] +-?\d+ - [A-Z_,]* scantime=[\d.]+,size=\d+,user=[^ ,]*,uid=\d+,"
          r"required_score=5\.0,rhost=[^ ,]+,raddr=[^ ,]+,rport=[^ ,]+,mid=[^ ,]+"
          r"(,rmid=[^ ,]+)?,autolearn=\w+ autolearn_force=\w+(,peeruid=\d+)?(,asked=[^ ,]+)?$")


def logged(d, log, scans, name):
    """Every line is one of ours, whole, printable; each scan has one result."""
    strange = [line for line in log.splitlines() if not re.match(LINE, line)]
    is_equal(strange, [], name + ": no line of the log is a stranger's")
    results = [line.split(": ", 1)[1] for line in log.splitlines() if "spamd: result:" in line]
    is_equal(len(results), scans, "  one result a scan")
    is_equal([r for r in results if not re.fullmatch(RESULT, r)], [], "  with spamd's fields")


def requests(work):
    """What a client says of itself, and first lines that look like the log."""
    d = tared(work, name="req")
    text = b"Subject: x\n\nhamword\n"
    ask = [b"User: a\x0bb", b"User: a\rX: b"]
    for headers in ask:
        got = talk(d, request("CHECK", text, headers=headers + b"\r\n"))
        is_equal(got, b"SPAMD/1.0 76 Bad header line: (User header contains control chars)\r\n",
                 "refused: %r" % headers)
    scans = 0
    for user in (b"a,uid=0,autolearn=spam", b"a b", b"a\x7fb", b"\xe2\x80\xa8", b"a\"b\\",
                 b"result: Y 99 - X", b"\xff" * 300, b"%s%n%d"):
        got = talk(d, request("CHECK", text, headers=b"User: " + user + b"\r\n"))
        ok(got.startswith(b"SPAMD/1.1 0 EX_OK\r\nSpam: False ;"), "taken: %r" % user[:30])
        scans += 1
    for line in (b"x\" event=forged", b"CHECK\x1b]0;x\x07 SPAMC/1.5", b"\0\0\0", b"\\", b"a\rb",
                 b"%s%n", b"\xe2\x80\xa8event=forged", b"y" * 5000):
        got = talk(d, line + b"\r\n\r\n")
        ok(got.startswith(b"SPAMD/1.0 76 Bad header line: ") and got.endswith(b"\r\n") and
           not re.search(rb"[\0-\x1f\x7f]", got[:-2]), "one clean line for %r" % line[:20]) or \
            note(got)
    for name in (b"Compress: a\x1b[2J", b"Content-length: 1\x00"):
        got = talk(d, request("CHECK", text, headers=name + b"\r\n"))
        ok(got.startswith(b"SPAMD/1.0 76 ") and not re.search(rb"[\0-\x1f\x7f]", got[:-2]),
           "and for %r" % name)
    log = d.read_log()
    logged(d, log, scans, "requests")
    ok(not re.search(r"(^| )event=forged", re.sub(r'"(\\.|[^"\\])*"', '""', log), re.M),
       "  nothing quoted leaves its quotes")


with Work() as work:
    outputs(work, start_dns(work))
    requests(work)
done()

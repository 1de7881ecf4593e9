"""The real spamd beside a tared, with the same rules, for the same bytes.

pair(work) starts both; every test in this folder sends its bytes to both and
compares what comes back after plain() has taken out what must differ.  What
differs on purpose is listed in doc/protocol.md, and each such case is a
table row here that says so: a difference nobody decided fails."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
import tap  # noqa: E402
from tap import (Work, done, free_port, is_equal, need, note, ok,  # noqa: E402,F401
                 wait_for)

# The header lines and the report are spelt out, so that their bytes can be
# compared; SpamAssassin's own templates are the matter of tests of report/.
RULES = """
required_score 5
report_safe 0
clear_headers
add_header spam Flag _YESNOCAPS_
add_header all Level _STARS(*)_
add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_"
clear_report_template
report This is a report with _SCORE_ of _REQD_ points
report for _TESTS_ and nothing else.
body T_SPAM /spamword/
describe T_SPAM A word that only tests use
score T_SPAM 10
body T_HAM /hamword/
describe T_HAM Another one
score T_HAM -1
body T_ZERO /zeroword/
score T_ZERO -0.04
"""

# spamd needs these said; tared has them built in.
PRE = "loadplugin Mail::SpamAssassin::Plugin::Check\n"
SPAMD_RULES = "use_bayes 0\nutil_rb_tld org com net\n"
LEARN_PRE = PRE + "loadplugin Mail::SpamAssassin::Plugin::Bayes\n"

HAM = (b"From: Ann <ann@example.org>\r\nTo: bob@example.org\r\n"
       b"Subject: lunch\r\nMessage-ID: <1@example.org>\r\n"
       b"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n\r\n"
       b"At noon? hamword\r\n")
SPAM = HAM.replace(b"hamword", b"spamword")


GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


class Spamd:
    """Debian's spamd on loopback with rules of the test's own, as the user
    nobody when we are root (it refuses to scan as root)."""

    def __init__(self, work, rules=RULES, learn=False, name="spamd"):
        need("spamd")
        self.work, self.log = work, name + ".log"
        self.port = free_port()
        home = work.path(name + "-home")
        os.makedirs(home)
        os.chmod(home, 0o777)
        more = SPAMD_RULES
        if learn:
            more = more.replace("use_bayes 0", "use_bayes 1\nbayes_path %s/bayes" % home)
        work.write(name + "-conf/10.cf", rules + more)
        work.write(name + "-site/init.pre", LEARN_PRE if learn else PRE)
        self.socket = os.path.join(home, "sock")
        self.argv = ["spamd", "-L", "-x", "-C", work.path(name + "-conf"),
                     "--siteconfigpath=" + work.path(name + "-site"),
                     "-H", home, "-i", "127.0.0.1:%d" % self.port,
                     "--socketpath=" + self.socket, "--socketmode=0666",
                     "-m", "2", "-s", "stderr"]
        if os.getuid() == 0:
            self.argv += ["-u", "nobody"]
        if learn:
            self.argv.append("--allow-tell")
        self.child = None

    def start(self):
        self.child = self.work.start(self.argv, self.log)
        wait_for(lambda: self.child.poll() is not None or answers(self), 60)
        if self.child.poll() is not None or not answers(self):
            note(self.read_log()[-2000:])
            raise RuntimeError("spamd did not start")
        return self

    def read_log(self):
        with open(self.work.path(self.log), errors="replace") as f:
            return f.read()


def answers(server):
    try:
        return talk(server, b"PING SPAMC/1.5\r\n\r\n") == b"SPAMD/1.5 0 PONG\r\n"
    except OSError:
        return False


def tared(work, *options, rules=RULES, workers=2, name="d", local=True):
    """A started tared on a unix socket and on a port."""
    port = free_port()
    work.write(name + "-rules/10.cf", rules)
    d = tap.Daemon(work, "--listen", "127.0.0.1:%d" % port, *options,
                   rules=work.path(name + "-rules"), local=local, workers=workers, name=name)
    d.port = port
    d.start()
    wait_for(lambda: len(ready(d)) == workers)
    return d


def status(d):
    """What the master says of its workers."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(60)
        s.connect(os.path.join(d.state, "control"))
        s.sendall(b"status\n")
        return json.loads(read_all(s))


def ready(d):
    """Process ids of the workers that scan."""
    return [w["pid"] for w in status(d)["workers"] if w["state"] == "ready"]


def pair(work, rules=RULES):
    return Spamd(work, rules).start(), tared(work, rules=rules)


def connect(server, unix=False, seconds=60):
    if unix:
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(seconds)
        s.connect(server.socket)
        return s
    return socket.create_connection(("127.0.0.1", server.port), seconds)


def read_all(s):
    """To end of file; a reset after the reply is an end, too."""
    parts = []
    while True:
        try:
            piece = s.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            return b"".join(parts)
        parts.append(piece)


def talk(server, sent, half_close=True, step=0, unix=False, seconds=60):
    """Send bytes (in pieces of step), read to the end."""
    with connect(server, unix, seconds) as s:
        try:
            for i in range(0, len(sent), step or len(sent) or 1):
                s.sendall(sent[i:i + (step or len(sent))])
            if half_close:
                s.shutdown(socket.SHUT_WR)
        except OSError:
            pass                # it has answered already, and gone
        return read_all(s)


def request(verb, message=b"", version="1.5", headers=b"", length=True):
    if length:
        headers += b"Content-length: %d\r\n" % len(message)
    return b"%s SPAMC/%s\r\n%s\r\n%s" % (verb.encode(), version.encode(), headers, message)


# The two things that two programs cannot or will not say alike (protocol.md):
# who they are, and how a score is written that rounds to zero from below.
_WHO = rb"(?m)^(X-Spam-Checker-Version: )(?:SpamAssassin \d\.\d\.\d \([-\d]+\)|tare \d+\.\d+\.\d+)(?= on )"
_ZERO = rb"(Spam: \w+ ; |score=|report with )-0\.0"


def plain(reply, spamd=False):
    """The reply without who gave it, and spamd's as tared would say it; a true
    Content-length stays true, a false one stays as it was."""
    head, blank, body = reply.partition(b"\r\n\r\n")
    was = len(body)

    def put(text):
        text = re.sub(_WHO, rb"\1WHO", text)
        return re.sub(_ZERO, rb"\g<1>0.0", text) if spamd else text
    head, body = put(head), put(body)
    if blank:
        head = re.sub(rb"(?<=\r\nContent-length: )%d(?=\r\n|$)" % was, b"%d" % len(body), head)
    return head + blank + body


TAREC, TARE = tap.TAREC, tap.TARE


def program(argv, message=b"", seconds=120, **more):
    p = subprocess.run(argv, input=message, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       timeout=seconds, **more)
    return p.returncode, p.stdout


def is_same(spamd, daemon, name, sent, want=None):
    """Both answer alike (and, where given, so)."""
    theirs, ours = plain(talk(spamd, sent), spamd=True), plain(talk(daemon, sent))
    is_equal(ours, theirs if want is None else want, name + ": tared")
    if want is not None:
        is_equal(theirs, want, name + ": spamd")


def differs(spamd, daemon, name, sent, want, theirs, seconds=60):
    """A difference that was decided: what tared says, and how spamd's answer
    begins (None: it says nothing and waits).  doc/protocol.md names it."""
    is_equal(plain(talk(daemon, sent, seconds=seconds)), want, name + ": tared")
    if theirs is None:
        return
    got = plain(talk(spamd, sent, seconds=seconds))
    ok(got.startswith(theirs) and got != want, name + ": spamd is another matter") or note(got)

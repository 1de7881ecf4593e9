#!/usr/bin/env python3
"""tarec against servers that fail in every way: outputs and statuses
(reference/protocol.md 5.3, 5.4), and against a real tared."""

import os
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, HAM, RULES, SPAM, done, free_port, note, ok, program,
                     same)

OK = b"SPAMD/1.1 0 EX_OK\r\n"


class Server:
    """Accept, read to the end (or not), answer, close."""

    def __init__(self, reply, read=True, hang=False):
        self.reply, self.read, self.hang = reply, read, hang
        self.got = b""
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        held = []
        while True:
            try:
                c, _ = self.sock.accept()
            except OSError:
                return
            if self.hang:
                held.append(c)
                continue
            while self.read:
                piece = c.recv(65536)
                if not piece:
                    break
                self.got += piece
            c.sendall(self.reply)
            c.close()


def tarec(*args, message=HAM, stdout=subprocess.PIPE):
    p = subprocess.run([program("TAREC"), "-l", *args], input=message,
                       stdout=stdout, stderr=subprocess.PIPE, timeout=60)
    return p.returncode, p.stdout


def to(port):
    return ["-d", "127.0.0.1", "-p", str(port), "--connect-retries", "1"]


def failures():
    """(name, where, status with -x)"""
    missing = tempfile.mktemp()
    cases = [("refused", to(free_port()), 69),
             ("unix socket missing", ["-U", missing], 75),
             ("no such host", ["-d", "nohost.invalid"], 68)]
    for name, reply, status in [
            ("closed at once", b"", 74),
            ("error line", b"SPAMD/1.0 76 Bad header line: x\r\n", 74),
            ("error with blank line", b"SPAMD/1.0 76 Bad\r\n\r\n", 76),
            ("another protocol", b"HTTP/1.0 200 OK\r\n\r\n", 76),
            ("no length", OK + b"Spam: True ; 9.0 / 5.0\r\n\r\nabc", 76),
            ("no verdict", OK + b"Content-length: 3\r\n\r\nabc", 76),
            ("cut body", OK + b"Content-length: 9\r\nSpam: True ; 9.0 / 5.0"
             b"\r\n\r\nabc", 76)]:
        cases.append((name, to(Server(reply).port), status))
    cases.append(("silence", to(Server(b"", hang=True).port) +
                  ["-t", "1"], 74))
    return cases


def check_failures():
    for name, where, status in failures():
        same(tarec(*where), (0, HAM), name + ": the message passes, 0")
        same(tarec(*where, "-x"), (status, b""),
             name + ": -x %d, nothing" % status)
        same(tarec(*where, "--tempfail"), (75, b""),
             name + ": --tempfail 75, nothing")
        same(tarec(*where, "-E"), (0, HAM), name + ": -E 0")
        same(tarec(*where, "-y"), (0, b"\n"), name + ": -y empty line")
        same(tarec(*where, "-R"), (0, b"0/0\n"), name + ": -R 0/0")
        same(tarec(*where, "-x", "-e", "cat"), (status, b""),
             name + ": no command is run")
        same(tarec(*where, "-e", "cat"), (0, HAM),
             name + ": the command gets the message")
        if name not in ("no length", "no verdict"):
            same(tarec(*where, "-c"), (0, b"0/0\n"), name + ": -c 0/0")
    same(tarec(*to(free_port()), "-x", "-X"), (75, b""), "-X: 69 is 75")
    same(tarec(*to(free_port()), "-K"), (69, b""), "-K: 69")
    same(tarec(*to(free_port()), "-L", "spam")[0], 69, "-L: 69")
    same(tarec("--nonsense")[0], 64, "usage is 64")
    for name in ("a\nX-Evil: b", "a\rb", "\t", "a\x1bb", "a\x7f"):
        same(tarec("-u", name)[0], 64, "-u %r makes no header" % name)
    same(tarec("--tempfail", "--nonsense")[0], 75, "but 75 on --tempfail")
    same(tarec("-F", "/nonexistent")[0], 78, "-F missing is 78")


def check_output():
    reply = OK + (b"Content-length: %d\r\nSpam: True ; 9.0 / 5.0\r\n\r\n" %
                  len(SPAM)) + SPAM
    where = to(Server(reply).port)
    same(tarec(*where), (0, SPAM), "the reply's body is written")
    same(tarec(*where, "-E"), (1, SPAM), "-E: 1")
    same(tarec(*where, "-e", "sh", "-c", "cat; exit 7"), (7, SPAM),
         "the command's status is returned")
    same(tarec(*where, "-e", "/nonexistent")[0], 71, "no such command: 71")
    # Its input is complete before it starts: a file, not the end of a pipe.
    long = OK + b"Content-length: 90000\r\nSpam: False ; 0.0 / 5.0\r\n\r\n" + b"x" * 90000
    wide = to(Server(long).port)
    same(tarec(*wide, "-e", "sh", "-c", "stat -Lc '%F %s' /proc/self/fd/0"),
         (0, b"regular file 90000\n"), "the command gets all of it")
    with tempfile.TemporaryDirectory() as work:
        p = subprocess.run(["sh", "-c", f"ulimit -f 32; exec {program('TAREC')} -l "
                            f"{' '.join(wide)} -e touch {work}/ran"], input=HAM)
        same((p.returncode != 0, os.listdir(work)), (True, []),
             "no room for it: the command is not started")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            same(tarec(*where, stdout=full)[0], 75, "disk full: 75")
    read, write = os.pipe()
    os.close(read)
    same(tarec(*where, stdout=write)[0], 75, "nobody reads: 75")
    os.close(write)
    same(tarec(*where, "-s", "20", message=HAM * 9), (0, HAM * 9),
         "too big passes whole")
    same(tarec(*where, "-s", "20", "-L", "ham")[0], 98, "-L too big: 98")
    same(tarec(*where, "-x", message=b"")[0], 74, "-x, empty stdin: 74")
    server = Server(reply)
    tarec(*to(server.port), "-u", "joe")
    ok(server.got.startswith(b"PROCESS SPAMC/1.5\r\nUser: joe\r\n"
                             b"Content-length: %d\r\n\r\n" % len(HAM)),
       "the request's bytes") or note(server.got[:100])
    server = Server(OK + b"DidSet: local\r\n\r\n\r\n")
    same(tarec(*to(server.port), "-L", "spam"),
         (0, b"Message successfully un/learned\n"), "-L spam")
    ok(b"Message-class: spam\r\nSet: local\r\n" in server.got, "its request")
    for headers, mode, did in [
            (b"DidSet: local\r\n", ("-L", "ham"), True),
            (b"DidRemove: local\r\n", ("-L", "ham"), False),
            (b"DidRemove: local\r\n", ("-L", "forget"), True),
            (b"DidSet: local\r\n", ("-L", "forget"), False),
            (b"DidSet: local\r\n", ("-C", "report"), False),
            (b"DidSet: local,remote\r\n", ("-C", "report"), True),
            (b"DidSet: local\r\nDidRemove: remote\r\n",
             ("-C", "revoke"), True),
            (b"DidSet: local\r\n", ("-C", "revoke"), False)]:
        server = Server(OK + headers + b"\r\n\r\n")
        word = b"un/learned" if mode[0] == "-L" else b"reported/revoked"
        same((b"successfully " + word) in tarec(*to(server.port), *mode)[1],
             did, " ".join(mode) + ": %r" % headers)
    pong = Server(b"SPAMD/1.5 0 PONG\r\n")
    same(tarec(*to(pong.port), "-L", "spam"), (74, b""),
         "a PONG is no answer to -L")
    server = Server(b"SPAMD/1.0 76 no\r\n", read=False)
    same(tarec(*to(server.port), "-s", "30000000", "-x",
               message=b"x" * 20_000_000)[0], 74,
         "a refusal before all was sent is read")
    with tempfile.NamedTemporaryFile("w") as f:
        f.write("# a comment\n-d 127.0.0.1\n-p %d -E\n" % Server(reply).port)
        f.flush()
        same(tarec("-F", f.name), (1, SPAM), "options of a file")


def check_mark():
    """--mark: one line, in the place and style of the message."""
    reason = b"X-Tare-Error: not scanned: cannot connect to "
    where = to(free_port())
    body = b"\n\nText\n"
    for name, before, after in [
            ("LF", b"", b"Subject: x" + body),
            ("mbox", b"From a@b Sat Nov 21 10:00:00 2026\n",
             b"Subject: x" + body),
            ("Return-Path", b"Return-Path: <a@b>\n\t(folded)\n",
             b" Subject: odd" + body),
            ("both", b"From a@b\nReturn-path: <>\n", b"Subject: x" + body),
            ("not a place for it", b"", b"Return-Path: <a@b>"),
            ("no header", b"", b"\nText\n"), ("NUL", b"", b"\0\n\n\0\n")]:
        if name == "Return-Path":
            before, after = before + after.split(b"\n")[0] + b"\n", body[1:]
        rc, out = tarec(*where, "--mark", message=before + after)
        line = out[len(before):].split(b"\n")[0] + b"\n"
        ok(rc == 0 and line.startswith(reason) and
           out == before + line + after, "--mark: " + name) or note(out)
    rc, out = tarec(*where, "--mark", message=HAM)
    ok(out.startswith(reason) and out.split(b"\n")[0].endswith(b"\r") and
       out.endswith(HAM), "--mark: CRLF") or note(out)
    same(tarec(*where, "--mark", "-x"), (69, b""), "--mark -x: nothing")
    rc, out = tarec(*where, "--mark", "-s", "40", message=HAM * 9)
    same((rc, out), (0, b"X-Tare-Error: not scanned: larger than 40 bytes\r\n" +
                     HAM * 9), "--mark: too big")
    evil = Server(b"SPAMD/1.0 76 a\rX-Evil: b\x1b[2J\xff\x7f c\r\n")
    rc, out = tarec(*to(evil.port), "--mark", message=b"A: b\n\nc\n")
    same(out, b"X-Tare-Error: not scanned: the server said: 76 a?X-Evil: b?[2J??"
         b" c\nA: b\n\nc\n", "--mark: a server's words stay in the line")
    batch = b"MAIL FROM:<a@b>\r\nDATA\r\nSubject: x\r\n\r\n..\r\n.\r\n"
    rc, out = tarec(*where, "--mark", "-B", message=batch)
    ok(out.startswith(b"MAIL FROM:<a@b>\r\nDATA\r\n" + reason) and
       out.endswith(b"\r\nSubject: x\r\n\r\n..\r\n.\r\n"),
       "--mark: inside BSMTP") or note(out)


def check_part():
    """--scan-part: what -s cuts off is not what decides."""
    filler = b"A line of text, eighty bytes or so.\r\n" * 4000
    head, body = HAM.replace(b"hamword\r\n", b"").split(b"\r\n\r\n")
    head += b"\r\nContent-Type: text/plain\r\n\r\n"

    def big(first=b"", middle=b"", last=b""):
        return (head + b"At noon?\r\n" + first + filler + middle + filler +
                last)

    rules = RULES.replace("report_safe 0", "report_safe 1")
    for name, text in (("report_safe 0", RULES), ("report_safe 1", rules)):
        with Daemon("--local", rules=text) as d:
            where = ["-U", d.socket, "-s", "20000", "--scan-part"]
            for spot in ("first", "last"):
                message = big(**{spot: b"spamword\r\n"})
                same(tarec(*where, "-c", message=message), (1, b"10.0/5.0\n"),
                     name + ": spam in the %s part is found" % spot)
                rc, out = tarec(*where, message=message)
                ok(rc == 0 and b"X-Spam-Flag: YES\r\n" in out and
                   out.startswith(b"X-Tare-Partial: the first ") and
                   out.endswith(message.split(b"\r\n\r\n", 1)[1]),
                   "  marked, and the body is whole") or note(out[:600])
                lines = out.split(b"\r\n\r\n")[0].split(b"\r\n")
                same(lines.count(b"Content-Type: text/plain"), 1,
                     "  in its own header")
            same(tarec(*where, "-c", message=big(middle=b"spamword\r\n")),
                 (0, b"0.0/5.0\n"), "  the middle is not looked at")
            same(tarec(*where, "-L", "spam", message=big())[0], 98,
                 "  a part is not learned")
            huge = head + b"x" * 100000
            rc, out = tarec(*where, message=huge)
            ok(rc == 0 and out.endswith(b"\r\n\r\n" + b"x" * 100000) and
               b"X-Spam-Status: No" in out, "  a body of one line") or \
                note(out[:300])
    wrapped = (b"X-Spam-Flag: YES\r\nContent-Type: multipart/mixed;\r\n"
               b"\tboundary=x\r\n\r\n")
    server = Server(OK + b"Content-length: %d\r\nSpam: True ; 9.0 / 5.0\r\n"
                    b"\r\n" % len(wrapped) + wrapped)
    message = big()
    same(tarec(*to(server.port), "-s", "20000", "--scan-part",
               message=message), (0, message),
         "the header of another message is not put before this one")
    same(tarec(*to(server.port), "-x", "--headers")[0], 76,
         "nor with --headers")


def check_tared():
    with Daemon("--local") as d:
        where = ["-U", d.socket]
        same(tarec(*where, "-c", message=SPAM), (1, b"10.0/5.0\n"),
             "tared -c spam")
        same(tarec(*where, "-z", "-c", message=SPAM), (1, b"10.0/5.0\n"),
             "tared -z")
        same(tarec(*where, "-K"), (0, b"SPAMD/1.5 0\n"), "tared -K")
        same(tarec(*where, message=SPAM),
             tarec(*where, "--headers", message=SPAM),
             "--headers gives the same message")
        batch = (b"MAIL FROM:<a@b>\r\nDATA\r\nSubject: x\r\n\r\n"
                 b"..spamword\r\n.\r\nQUIT\r\n")
        rc, out = tarec(*where, "-B", message=batch)
        ok(rc == 0 and out.startswith(b"MAIL FROM:<a@b>\r\nDATA\r\n") and
           out.endswith(b"\r\n\r\n..spamword\r\n.\r\nQUIT\r\n") and
           b"X-Spam-Flag: YES" in out, "BSMTP keeps its envelope") or \
            note(out)
        ok(tarec(*where, "-x", "-L", "spam")[0] != 0,
           "learning is refused in words")


check_failures()
check_output()
check_mark()
check_part()
check_tared()
done()

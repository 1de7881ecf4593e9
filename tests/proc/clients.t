#!/usr/bin/env python3
"""Clients that misbehave: each gets its answer or its end, nobody else is
harmed (reference/protocol.md 9.4, 9.5, 9.7)."""

import os
import random
import re
import socket
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, HAM, SPAM, done, note, ok, read_all, request,
                     same, wait_for)

SPAM_LINE = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 10.0 / 5.0\r\n\r\n"


def healthy(d, name):
    ok(d.ask("CHECK", SPAM) == SPAM_LINE, "  still scans: " + name)


def one_byte(d):
    for unix in (True, False):
        with d.connect(unix) as s:
            for byte in request("CHECK", SPAM):
                s.sendall(bytes([byte]))
            same(read_all(s), SPAM_LINE, "one byte at a time")


def no_half_close(d):
    with d.connect() as s:
        s.sendall(request("CHECK", SPAM.rstrip()))
        same(read_all(s), SPAM_LINE, "no half-close, no final newline")
    with d.connect() as s:
        s.sendall(request("CHECK", SPAM) + b"\r\nCHECK SPAMC/1.5\r\n")
        same(read_all(s), SPAM_LINE, "trailing bytes are ignored")


def no_length(d):
    with d.connect() as s:
        s.sendall(b"CHECK SPAMC/1.2\r\n\r\n" + SPAM)
        s.shutdown(socket.SHUT_WR)
        same(read_all(s), SPAM_LINE, "no length, to the end of file")


def wrong(d):
    cases = [
        (b"", b"SPAMD/1.0 76 Bad header line: (closed before headers)\r\n"),
        (b"\x00\xff\x01garbage\n",
         b"SPAMD/1.0 76 Bad header line: "),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         b"SPAMD/1.0 76 Bad header line: GET / HTTP/1.1\r\n"),
        (b"CHECK SPAMC/1.5\r\nContent-length: 900\r\n\r\nshort",
         b"SPAMD/1.0 76 Bad header line: (Content-Length mismatch: "
         b"Expected 900 bytes, got 5 bytes)\r\n"),
        (b"CHECK SPAMC/1.5\r\nContent-length: -4\r\n\r\n",
         b"SPAMD/1.0 76 "),
        (b"CHECK SPAMC/1.5\r\n" + b"X: y\r\n" * 300,
         b"SPAMD/1.0 76 Bad header line: (too many headers)\r\n"),
        (b"A" * 100000, b"SPAMD/1.0 76 Bad header line: (line too long)"),
        (request("TELL", HAM, headers=b"Message-class: spam\r\n"
                 b"Set: local\r\n"),
         b"SPAMD/1.0 69 Service Unavailable: TELL commands are not enabled"),
    ]
    for sent, want in cases:
        with d.connect() as s:
            s.sendall(sent)
            s.shutdown(socket.SHUT_WR)
            got = read_all(s)
        ok(got.startswith(want) and got.count(b"\n") == 1,
           "%r" % sent[:40]) or note("got %r" % got)


def packed(d):
    z = zlib.compress(SPAM)
    with d.connect() as s:
        s.sendall(request("CHECK", z, headers=b"Compress: zlib\r\n"))
        same(read_all(s), SPAM_LINE, "zlib, no half-close")
    with d.connect() as s:
        s.sendall(b"CHECK SPAMC/1.5\r\nCompress: zlib\r\n"
                  b"Content-length: %d\r\n\r\n" % len(SPAM) + z)
        same(read_all(s), SPAM_LINE, "zlib with the unpacked length")
    bomb = zlib.compress(b"\0" * 300_000_000, 9)
    with d.connect() as s:
        s.sendall(request("CHECK", bomb, headers=b"Compress: zlib\r\n"))
        s.shutdown(socket.SHUT_WR)
        ok(read_all(s).startswith(b"SPAMD/1.0 69 Service Unavailable: zlib"),
           "a bomb is refused")


def oversize(d):
    with d.connect() as s:
        s.sendall(b"CHECK SPAMC/1.5\r\nContent-length: 300000000\r\n\r\n")
        try:
            for _ in range(64):
                s.sendall(b"x" * 65536)
        except OSError:
            pass
        got = b""
        try:
            got = read_all(s)
        except OSError:
            pass
        ok(got.startswith(b"SPAMD/1.0 69 Service Unavailable: message"),
           "a message over the limit is refused in words") or note(got)


def vanishing(d):
    whole = request("PROCESS", SPAM * 50)
    for i in range(60):
        s = d.connect(unix=i % 2 == 0)
        s.sendall(whole[:random.randrange(len(whole) + 1)])
        if i % 3 == 0:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         b"\1\0\0\0\0\0\0\0")
        s.close()
    for i in range(20):
        s = d.connect(unix=i % 2 == 0)
        s.sendall(whole)
        s.close()
    ok(wait_for(lambda: sum(w["inflight"] for w in d.workers()) == 0),
       "no scan is left of clients that vanished")


def slow_reader(d):
    message = SPAM + b"A long body.\r\n" * 200000
    with d.connect() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(request("PROCESS", message))
        time.sleep(0.5)
        got = b""
        while True:
            piece = s.recv(200000)
            if not piece:
                break
            got += piece
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(head.split(b"Content-length: ")[1].split(b"\r\n")[0])
    same(len(body), length, "a slow reader gets every byte")


def idle(d):
    many = []
    try:
        for _ in range(150):
            many.append(d.connect())
        healthy(d, "150 silent connections")
    finally:
        for s in many:
            s.close()


def crowd(d):
    """More at a time than there are places: all answered."""
    answers = []

    def one():
        answers.append(d.ask("CHECK", SPAM, unix=False))

    threads = [threading.Thread(target=one) for _ in range(120)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    same(answers.count(SPAM_LINE), 120, "120 at once, 8 places")


def from_address(d, address):
    with socket.socket() as s:
        s.settimeout(30)
        s.bind((address, 0))
        s.connect(("127.0.0.1", d.port))
        try:
            s.sendall(request("CHECK", SPAM))
            return read_all(s)
        except OSError:
            return b""


def networks():
    """--allow: others are closed without a word, and counted in the log."""
    with Daemon("--local", "--allow", "127.0.0.1,127.0.0.8/30", "-A",
                "::1") as d:
        for address, want in (("127.0.0.1", SPAM_LINE), ("127.0.0.2", b""),
                              ("127.0.0.11", SPAM_LINE), ("127.0.0.12", b"")):
            same(from_address(d, address), want, "--allow: " + address)
        # one line a second and worker: the last peer, and how many
        ok(wait_for(lambda: sum(map(int, re.findall(
            r"event=unauthorized peer=127.0.0.1?2 connections=(\d+)",
            d.log()))) == 2 and "peer=127.0.0.12 " in d.log()),
           "the log says who") or note(d.log())
        same(d.ask("CHECK", SPAM), SPAM_LINE, "a unix socket needs no --allow")


def ask_as(d, uid, user):
    """CHECK from a process of that uid; what the log says of it."""
    message = SPAM.replace(b"<1@", b"<%d.%s@" % (uid, user or b"none"))
    headers = b"User: %s\r\n" % user if user else b""
    pid = os.fork()
    if pid == 0:
        os.setuid(uid)
        with d.connect() as s:
            s.sendall(request("CHECK", message, headers=headers))
            os._exit(0 if read_all(s) == SPAM_LINE else 1)
    if os.waitpid(pid, 0)[1] != 0:
        return "no reply"
    wanted = "mid=<%d.%s@" % (uid, (user or b"none").decode())
    return wait_for(lambda: [line for line in d.log().splitlines()
                             if wanted in line])[0]


def credentials():
    """Who may name another user on a unix socket."""
    if os.getuid() != 0:
        note("not root: no other user can be tried")
        return
    with Daemon("--local", "--trust-user", "daemon") as d:
        os.chmod(d.socket, 0o666)
        for uid, asked, want in (
                (0, b"ann", "user=ann,uid=0,"), (0, None, "user=root,uid=0,"),
                (1, b"ann", "user=ann,uid=0,"),
                (2, b"ann", "user=bin,uid=0,"), (2, None, "user=bin,uid=0,"),
                (4242, b"ann", "user=uid4242,uid=0,")):
            line = ask_as(d, uid, asked)
            lie = asked and want.split(",")[0] != "user=ann"
            ok(want in line and ",peeruid=%d" % uid in line and
               line.endswith(",asked=ann") == bool(lie),
               "uid %d says %s: %s" % (uid, asked, want)) or note(line)
        same(d.ask("CHECK", SPAM, unix=False), SPAM_LINE, "TCP has no uid")
        ok(wait_for(lambda: "user=(unknown)" in d.log()) and
           d.log().count("peeruid") == 6, "and the log names none")


with Daemon("--local", "--max-inflight", "4") as d:
    pids = sorted(w["pid"] for w in d.workers())
    for test in (one_byte, no_half_close, no_length, wrong, packed, oversize,
                 vanishing, slow_reader, crowd):
        test(d)
        healthy(d, test.__name__)
    same(d.ask("SKIP", b""), b"", "SKIP is answered by closing")
    same(sorted(w["pid"] for w in d.workers()), pids,
         "the same workers from first to last") or note(d.log()[-3000:])
def flood(d):
    """More silent connections than there is room for."""
    many = [d.connect() for _ in range(20)]
    start = time.monotonic()
    ok(d.ask("CHECK", SPAM) == SPAM_LINE and time.monotonic() - start < 20,
       "silent connections give way to one that speaks")
    for s in many:
        s.close()


with Daemon("--local", "--max-inflight", "2", workers=1) as d:
    flood(d)
with Daemon("--local") as d:
    idle(d)
networks()
credentials()
done()

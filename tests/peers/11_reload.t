#!/usr/bin/env python3
"""New rules under load: spamc, tarec and raw clients of every speed; none is
refused, none is cut, and each verdict is of one rule set or the other."""
import os
import random
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (RULES, SPAM, TAREC, Work, connect, done, is_equal, need, note, ok,  # noqa: E402
                   program, read_all, ready, request, status, tared, wait_for)

SETS = [RULES, RULES.replace("score T_SPAM 10", "score T_SPAM 20")]
SCORES = {b"10.0", b"20.0"}
BROKEN = RULES + "body T_BROKEN /un(closed/\n"
RELOADS = 12


class Load:
    """Clients in threads; what went wrong is kept."""

    def __init__(self, daemon, clients):
        self.daemon, self.going = daemon, True
        self.wrong, self.scores, self.count = [], set(), 0
        self.threads = [threading.Thread(target=self.run, args=(c,)) for c in clients]
        for t in self.threads:
            t.start()

    def run(self, client):
        while self.going:
            try:
                score = client(self.daemon)
            except (OSError, IndexError) as e:
                score = repr(e).encode()
            self.count += 1
            self.scores.add(score)
            if score not in SCORES:
                self.wrong.append((client.__name__, score))
            time.sleep(0.01)

    def stop(self):
        self.going = False
        for t in self.threads:
            t.join()


def spamc(d):
    code, out = program(["spamc", "-x", "-c", "-U", d.socket], SPAM)
    return out.split(b"/")[0] if code == 1 else b"status %d" % code


def tarec(d):
    code, out = program([TAREC, "-x", "-c", "-d", "127.0.0.1", "-p", str(d.port)], SPAM)
    return out.split(b"/")[0] if code == 1 else b"status %d" % code


def spam_score(reply):
    return reply.split(b"; ")[1].split(b" /")[0]


def quick(d):
    with connect(d, unix=True) as s:
        s.sendall(request("CHECK", SPAM))
        return spam_score(read_all(s))


def dripping(d):
    """Its request takes a second or two: a reload begins in its middle."""
    sent = request("PROCESS", SPAM)
    with connect(d) as s:
        for i in range(0, len(sent), 8):
            s.sendall(sent[i:i + 8])
            time.sleep(random.random() / 20)
        reply = read_all(s)
    head, _, body = reply.partition(b"\r\n\r\n")
    if b"Content-length: %d\r\n" % len(body) not in head:
        return b"cut: " + reply
    return spam_score(reply)


def slow_reader(d):
    """It takes its time with a reply larger than the buffers."""
    message = SPAM + b"A long body.\r\n" * 100000
    with connect(d) as s:
        s.sendall(request("PROCESS", message))
        got = b""
        while True:
            piece = s.recv(100000)
            if not piece:
                break
            got += piece
            time.sleep(0.02)
    head, _, body = got.partition(b"\r\n\r\n")
    if b"Content-length: %d\r\n" % len(body) not in head or not body.endswith(message[-1000:]):
        return b"cut at %d" % len(got)
    return spam_score(got)


def control(d, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(120)
        s.connect(os.path.join(d.state, "control"))
        s.sendall(line + b"\n")
        return read_all(s)


def reloads(work, d):
    """By signal and by command in turn, between the two sets; now and then a
    broken one."""
    for i in range(RELOADS):
        time.sleep(0.3)
        if i % 3 == 2:
            work.write("d-rules/10.cf", BROKEN)
            answer = control(d, b"reload")
            ok(answer.startswith(b"error"), "a broken set is refused") or note(answer)
        work.write("d-rules/10.cf", SETS[(i + 1) % 2])
        before = status(d)["generation"]
        if i % 2:
            answer = control(d, b"reload")
            ok(not answer.startswith(b"error"), "reload %d" % i) or note(answer)
        else:
            d.child.send_signal(signal.SIGHUP)
            ok(wait_for(lambda: status(d)["generation"] != before and
                        status(d)["reload"]["step"] == "idle", 60), "reload %d by SIGHUP" % i)
        is_equal(spam_score(control_check(d)), [b"20.0", b"10.0"][i % 2],
                 "  who comes now gets the new set")


def control_check(d):
    with connect(d, unix=True) as s:
        s.sendall(request("CHECK", SPAM))
        return read_all(s)


need("spamc")
with Work() as work:
    daemon = tared(work)
    load = Load(daemon, [spamc, tarec, quick, quick, dripping, dripping, dripping, slow_reader])
    reloads(work, daemon)
    load.stop()
    is_equal(load.wrong, [], f"{load.count} requests, none failed")
    is_equal(load.scores, SCORES, "both sets served")
    ok(wait_for(lambda: len(ready(daemon)) == 2, 60), "two workers at the end")
    is_equal(status(daemon)["totals"]["crashes"], 0, "no worker crashed")
done()

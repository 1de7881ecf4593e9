#!/usr/bin/env python3
"""Messages that wait for a slow list hold memory; when they are over, the worker
gives it back.

One worker, a list that keeps its answers for DELAY seconds, MAILS mails of 100 KB
at once, and SILENT connections that say nothing, so that there is a crowd however
slow the machine is.  What the worker has of its own is read from /proc."""
import os
import platform
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import slow_list
from tap import Work, done, need, note, ok, sanitized, wait_for
from traffic import Mail

ZONE, RULE = "bl.crowd.net", "IN_LIST"
DELAY, MAILS, SILENT = 1.0, 60, 100
TEXT = b"a line of an ordinary mail, which is as long as many are\n" * 1800


def private(pid):
    """Megabytes."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        rows = dict(line.split(":") for line in f.read().splitlines()[1:])
    return sum(int(rows[k].split()[0]) for k in ("Private_Clean", "Private_Dirty")) / 1024


def worker(daemon):
    """The child of the daemon that does not have the store open."""
    pid = daemon.child.pid
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return next(int(p) for p in f.read().split() if not has_store(p))


def has_store(pid):
    """It opens and closes files while their names are read."""
    folder = f"/proc/{pid}/fd"
    for n in os.listdir(folder):
        try:
            if "tare.sqlite" in os.readlink(f"{folder}/{n}"):
                return True
        except FileNotFoundError:
            pass
    return False


def crowd(daemon):
    silent = [socket.socket(socket.AF_UNIX) for _ in range(SILENT)]
    for s in silent:
        s.connect(daemon.socket)
    return silent


def send(daemon, n):
    """Their rules: each is from a host of its own."""
    mails = [Mail(i, True, True, 3, host=f"5.1.{n // 256}.{i % 256}").text() + TEXT
             for i in range(n)]
    with ThreadPoolExecutor(n) as pool:
        return [rules.strip().split(",") for rules, _ in pool.map(daemon.scan, mails)]


need("rbldnsd", "unbound")
with Work() as work:
    daemon, _, _ = slow_list(work, ZONE, RULE, DELAY)
    send(daemon, 1)
    pid = worker(daemon)
    before, most, silent = private(pid), 0, crowd(daemon)
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send, daemon, MAILS)
        while not sent.done():
            most = max(most, private(pid))
            time.sleep(0.02)
    for s in silent:
        s.close()
    ok(len(sent.result()) == MAILS and all(RULE in rules for rules in sent.result()),
       f"{MAILS} messages at once are scanned, and their hosts looked up")
    note(f"private memory: {before:.1f} MB before, {most:.1f} MB with all of them")
    ok(most > before + 4, "they take memory")
    # A sanitizer has an allocator of its own, and only libc's can be told.
    unable = sanitized() or platform.libc_ver()[0] != "glibc"
    back = unable or wait_for(lambda: private(pid) < before + (most - before) / 4, 60)
    note(f"{private(pid):.1f} MB after")
    ok(back, "which is given back")
    ok(RULE in send(daemon, 1)[0], "and the worker goes on")
done()

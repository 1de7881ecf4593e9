#!/usr/bin/env python3
"""No mail is lost: 2,000 messages through procmail and 2,000 through Postfix while
tared, its workers and its keeper are killed, its socket vanishes, its rules are
reloaded, and the disk of its database and of the mailboxes fills up.

Messages in = messages out: each one whole and once, and each one either marked by
a scan or marked as not scanned (procmail), or kept until it was scanned (Postfix)."""
import collections
import glob
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import GTUBE, headers_of, recipe, smtp_send
from postfix import Postfix
from tap import TAREC, Daemon, Work, done, is_equal, need, note, ok, wait_for

COUNT = int(os.environ.get("TARE_LOSS_COUNT") or 2000)
SEED = int(os.environ.get("TARE_LOSS_SEED") or 5)
DISK = 192 << 20
need("procmail", "formail", "unshare")


def message(n, dice):
    """Number n: of any size, some of it spam, with a sum over its body."""
    words = "".join(dice.choices("abcdefghij \n", k=dice.choice((50, 2000, 20000, 60000))))
    body = f"{GTUBE if n % 10 == 0 else ''}\n{words}\nend of {n}\n"
    total = hashlib.sha256(body.encode()).hexdigest()
    return (f"From: Anna <anna@example.net>\nTo: you@example.org\nSubject: number {n}\n"
            f"Message-ID: <{n}@example.net>\nX-Sum: {n} {total}\n\n{body}").encode()


class Disk:
    """A small file system for mailboxes and database, in this process's own view."""

    def __init__(self, path):
        os.makedirs(path)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tare-test", path],
                       check=True)
        self.path, self.filler = path, path + "/filler"

    def fill(self):
        with open(self.filler, "wb") as f:
            try:
                while True:
                    f.write(b"\0" * (1 << 20))
                    f.flush()
            except OSError:
                pass

    def free(self):
        if os.path.exists(self.filler):
            os.unlink(self.filler)

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=False)


class Chaos(threading.Thread):
    """Something bad every half second or so, until stopped; then all is well again."""

    def __init__(self, work, disk, dice):
        super().__init__(daemon=True)
        self.work, self.disk, self.dice = work, disk, dice
        self.done = threading.Event()
        self.seen = collections.Counter()
        self.daemon_process = None
        self.start_daemon()

    def start_daemon(self):
        # report_safe 0: the body of what arrives can be compared with its sum.
        self.daemon_process = Daemon(self.work, "--socket-mode", "666", local=True,
                                     cf=["report_safe 0"], name="disk/d").start()

    def children(self, role):
        out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid",
                              str(self.daemon_process.child.pid)], capture_output=True, text=True)
        return [int(line.split()[0]) for line in out.stdout.splitlines() if role in line]

    def kill(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def kill_worker(self):
        self.kill(self.dice.sample(w, 1) if (w := self.children("worker")) else [])

    def kill_keeper(self):
        self.kill(self.children("keeper"))

    def kill_all(self):
        """The whole daemon, at once; a second later it is started again."""
        pids = self.children("")
        self.daemon_process.child.kill()
        self.daemon_process.child.wait()
        self.kill(pids)
        time.sleep(self.dice.random())
        self.start_daemon()

    def lose_socket(self):
        os.unlink(self.daemon_process.socket)
        time.sleep(self.dice.random())
        self.daemon_process.stop()
        self.start_daemon()

    def reload(self):
        os.kill(self.daemon_process.child.pid, signal.SIGHUP)

    def fill_disk(self):
        self.disk.fill()
        time.sleep(self.dice.random())
        self.disk.free()

    def run(self):
        acts = [self.kill_worker, self.kill_worker, self.kill_worker, self.kill_keeper,
                self.kill_all, self.lose_socket, self.reload, self.fill_disk]
        while not self.done.wait(self.dice.uniform(0.1, 0.6)):
            act = self.dice.choice(acts)
            act()
            self.seen[act.__name__] += 1

    def end(self):
        self.done.set()
        self.join()
        self.disk.free()


def in_parallel(threads, fn, items):
    """fn(item) for all of them, each by one of the threads."""
    queue, lock = list(reversed(items)), threading.Lock()

    def work():
        while True:
            with lock:
                if not queue:
                    return
                item = queue.pop()
            fn(item)
    crew = [threading.Thread(target=work) for _ in range(threads)]
    for t in crew:
        t.start()
    for t in crew:
        t.join()


def arrived(folders):
    for folder in folders:
        for name in glob.glob(folder + "/new/*"):
            with open(name, "rb") as f:
                yield f.read()


def judge(name, folders, unscanned_allowed):
    """Count what is there against what was sent."""
    times, marks, broken, unmarked = collections.Counter(), collections.Counter(), [], []
    for got in arrived(folders):
        head, _, body = got.partition(b"\n\n")
        sent = re.search(rb"^X-Sum: (\d+) ([0-9a-f]+)$", head, re.M)
        n = int(sent.group(1)) if sent else -1
        times[n] += 1
        # what the delivery appends is a newline at most
        sums = {hashlib.sha256(b).hexdigest().encode() for b in (body, body[:-1])}
        if not sent or sent.group(2) not in sums:
            broken.append(n)
        scanned = re.search(rb"^X-Spam-Status: (Yes|No), ", headers_of(got), re.M)
        if scanned:
            marks[scanned.group(1).decode()] += 1
            if (scanned.group(1) == b"Yes") != (n % 10 == 0):
                broken.append(n)
        elif b"\nX-Tare-Error: " in b"\n" + head:
            marks["unscanned"] += 1
        else:
            unmarked.append(n)
    is_equal(sorted(set(range(COUNT)) - set(times)), [], f"{name}: none is missing")
    is_equal([n for n, c in times.items() if c > 1], [], f"{name}: none came twice")
    is_equal(broken, [], f"{name}: all are whole, and the scanned ones judged right")
    is_equal(unmarked, [], f"{name}: all are marked")
    if not unscanned_allowed:
        is_equal(marks["unscanned"], 0, f"{name}: all were scanned")
    ok(marks["Yes"] + marks["No"] > COUNT / 4, f"{name}: {dict(marks)}")


def through_procmail(work, chaos, messages):
    boxes = [work.path("disk/inbox"), work.path("disk/spam")]
    for box in boxes:
        for sub in ("new", "cur", "tmp"):
            os.makedirs(f"{box}/{sub}")
    rc = work.write("rc", f"SHELL=/bin/sh\nMAILDIR={work.path('disk')}\nDEFAULT=inbox/\n"
                    f"LOGFILE={work.path('procmail.log')}\n" + recipe("procmailrc", **{
                        "| tarec": f"| {TAREC} --connect-retries 1 -U {work.path('disk/d.sock')}"}))
    os.chmod(rc, 0o600)

    def deliver(data):
        """As a mail server does: again until procmail has taken it."""
        while subprocess.run(["procmail", "-m", rc], input=data, cwd=work.dir,
                             stderr=subprocess.DEVNULL).returncode != 0:
            time.sleep(0.1)
    in_parallel(4, deliver, messages)
    chaos.end()
    judge("procmail", boxes, True)


def through_postfix(work, chaos, messages):
    with Postfix(work, work.path("disk/d.sock"), boxes=work.path("disk/boxes")) as postfix:
        def send(data):
            while smtp_send(postfix.port, data)[0] != 250:
                time.sleep(0.1)
        in_parallel(4, send, messages)
        chaos.end()
        ok(wait_for(lambda: postfix.retry() or postfix.queue() == 0, 120, 1),
           "Postfix: the queue is empty in the end")
        log = postfix.log()
        ok(log.count("status=deferred") > 0, f"Postfix: {log.count('status=deferred')} deferrals")
        is_equal(log.count("status=bounced"), 0, "Postfix: nothing was bounced")
        judge("Postfix", [postfix.box], False)


def main():
    for path in (through_procmail, through_postfix):
        dice = random.Random(SEED)
        messages = [message(n, dice) for n in range(COUNT)]
        with Work() as work:
            disk = Disk(work.path("disk"))
            try:
                chaos = Chaos(work, disk, random.Random(SEED))
                chaos.start()
                began = time.monotonic()
                path(work, chaos, messages)
                note(f"{COUNT} messages in {time.monotonic() - began:.0f} s; {dict(chaos.seen)}")
            finally:
                disk.close()


# The mount must not be seen outside, whatever becomes of us.
if os.environ.get("TARE_LOSS_INSIDE") is None:
    os.environ["TARE_LOSS_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
main()
done()

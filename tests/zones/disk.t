#!/usr/bin/env python3
"""A full disk, a read-only database, a damaged one, another program's: scanning
goes on with the right weights, one line says what is wrong and what to do,
nothing is overwritten, and what was learned meanwhile is written when it can be
(issue 4).

Two lists: one is good, one was found to list the world.  A state that they left
behind is spoilt in all these ways, each under a daemon of its own; then a
daemon's disk fills up while it runs."""
import glob
import hashlib
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import PLUGINS, TARE, Daemon, done, is_equal, note, ok, wait_for
from traffic import Mail, burst

MORE = ["more%d.disked.net" % i for i in range(12)]
# Of the keeper's files, its log included: that has a tenth of it by then.
LIMIT = 512 << 10
# No control is asked for what is spam whatever the lists say.
CLEARLY_SPAM = [Mail(n, True, True, 6) for n in range(200)]
LISTED, UNLISTED = Mail(1, True, True, 3), Mail(2, False, False, 3)


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def patch(path, at, what):
    with open(path, "r+b") as f:
        f.seek(at)
        f.write(what)


def middle_of_pages(path):
    """A page that a table has, from its header on, and one in its middle."""
    size = os.path.getsize(path)
    for page in range(2, size // 4096, 2):
        patch(path, page * 4096, b"\x0d\xff" + os.urandom(1500))


def foreign(path):
    os.unlink(path)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA application_id = 252006673")
        db.execute("CREATE TABLE other(x)")
    db.close()


def newer(path):
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


def text(path):
    with open(path, "w") as f:
        f.write("This is not a database.\n" * 200)


# How a database is spoilt, and what the line must say of it: what, what to do.
SPOILT = {
    "header": (lambda p: patch(p, 0, b"\0" * 100), "not a database", "move it away"),
    "page": (middle_of_pages, "damaged", "move it away"),
    "cut": (lambda p: os.truncate(p, os.path.getsize(p) // 2 // 4096 * 4096 + 100),
            "damaged", "move it away"),
    "text": (text, "not a database", "move it away"),
    "foreign": (foreign, "another program", "another state directory"),
    "newer": (newer, "newer tare", "another state directory"),
    "readonly": (lambda p: os.chmod(p, 0o444), "cannot be written", "check the owner"),
    "directory": (lambda p: os.chmod(os.path.dirname(p), 0o555), "", "check"),
}
# Their state is there, only nothing can be added to it.
READABLE = ("readonly", "directory")


class Disked:
    """The scene's daemon, one of several beside each other."""

    def __init__(self, s, name, state=None, user="nobody"):
        self.s, self.name = s, name
        # root may write anywhere
        self.user = user if os.getuid() == 0 else None
        self.d = Daemon(s.work, "--max-inflight", "64", "--control",
                        s.work.path(name + ".control"), rules=s.work.path("rules"), name=name,
                        cf=[f"dns_server 127.0.0.1:{s.relay.port}"], workers=1)
        if state:
            os.rmdir(self.d.state)
            self.d.state = self.d.argv[self.d.argv.index("--state") + 1] = state
        self.file = os.path.join(self.d.state, "tare.sqlite")
        if self.user:
            # the plugins may be where only root reads
            self.d.argv[self.d.argv.index("--user") + 1] = user
            self.d.argv[self.d.argv.index("--plugins") + 1] = s.work.path("plugins")

    def own(self):
        """The state belongs to whom the daemon will run as."""
        for path in [self.d.state] + glob.glob(self.d.state + "/*"):
            os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)
            if self.user:
                shutil.chown(path, self.user)

    def lines(self, *words):
        return [line for line in self.d.read_log().splitlines() if all(w in line for w in words)]

    def trouble(self):
        """What it says of the database; not that it is well again."""
        return [line for line in self.lines("why=")
                if not any(w in line for w in ("event=zone", "event=sandbox", "written again"))]

    def control(self, line):
        self.s.daemon = self
        return self.s.control(line)

    @property
    def state(self):                    # Scene looks for the socket there
        return self.s.work.path(self.name + "-c")

    def scan(self, text):
        return self.d.scan(text)

    def read_log(self):
        return self.d.read_log()

    def start(self):
        os.makedirs(self.state, exist_ok=True)
        link = os.path.join(self.state, "control")
        if not os.path.islink(link):
            os.symlink(self.s.work.path(self.name + ".control"), link)
        self.d.start(60)
        self.s.daemon = self
        return self

    def zone(self, zone):
        self.s.daemon = self
        return self.s.state(zone)

    def judges(self, good, bad, words):
        """Its weights are right: the good list counts, the bad one does not."""
        counts = wait_for(lambda: good.rule in self.scan(LISTED.text())[0], 30)
        ok(counts, f"{self.name}: {words}: the good list counts") or note(self.zone(good))
        rules, score = self.scan(UNLISTED.text())
        is_equal((bad.rule in rules, score), (False, 3.0),
                 f"{self.name}: {words}: the list of the world does not")


def template(s, good, bad):
    """A state in which one list is in quarantine, and one is pinned off."""
    one = Disked(s, "first")
    one.own()
    one.start()
    wait_for(lambda: one.zone(good)["state"] == "learning" == one.zone(bad)["state"], 30)
    s.route(bad, s.world)
    for n in range(3):
        one.scan(Mail(10 + n, False, False, 3).text())
    ok(wait_for(lambda: one.zone(bad)["state"] == "quarantined", 30), "one list is in quarantine")
    one.control(f"pin {MORE[0]} off 86400")
    wait_for(lambda: one.zone(s.zones[2])["state"] == "pinned-off", 30)
    one.d.stop()
    return one.file


def found_at_the_start(s, good, bad, file):
    cases = {}
    for name, (spoil, _, _) in SPOILT.items():
        c = cases[name] = Disked(s, name)
        shutil.copy(file, c.file)
        c.own()
        spoil(c.file)
        if name in READABLE and os.getuid() == 0:
            shutil.chown(c.file if name == "readonly" else c.d.state, "root")
        c.before = digest(c.file)
        c.start()
    for name, c in cases.items():
        what, todo = SPOILT[name][1:]
        c.judges(good, bad, "at the start")
        lines = c.trouble()
        ok(len(lines) == 1 and c.file in lines[0] and what in lines[0] and todo in lines[0],
           f"{name}: one line says what is wrong ({what}) and what to do ({todo})") or note(*lines)
        if name in READABLE:
            is_equal((c.zone(bad)["state"], c.zone(s.zones[2])["state"]),
                     ("quarantined", "pinned-off"), f"{name}: what it holds is still believed")
    repaired(s, good, bad, cases)


def repaired(s, good, bad, cases):
    """Each is given what it needs while it runs."""
    for name, c in cases.items():
        is_equal(digest(c.file), c.before, f"{name}: the file is as it was, byte for byte")
        if name in READABLE:
            c.own()
        else:
            os.rename(c.file, c.file + ".away")
    for name, c in cases.items():
        ok(wait_for(lambda c=c: c.lines("event=store", "result=ok"), 150),
           f"{name}: it is found to be well again")
        c.judges(good, bad, "afterwards")
        is_equal(len(c.trouble()), 1, f"{name}: nothing else was said")
        c.d.stop()
        if name not in READABLE:
            is_equal(digest(c.file + ".away"), c.before, f"{name}: what was moved away, too")
        is_equal(rows(c.file, "PRAGMA integrity_check"), [("ok",)], f"{name}: integrity_check")
        is_equal(rows(c.file, "SELECT state FROM zone WHERE name = ?", bad.name)[0][0] in
                 ("quarantined", "new"), True, f"{name}: and what was learned is in it")


def rows(file, sql, *args):
    db = sqlite3.connect(file)
    try:
        return db.execute(sql, args).fetchall()
    finally:
        db.close()


def without_a_daemon(s, good, file):
    """tare scan beside no daemon: the same, with a warning."""
    for name in ("header", "page", "newer"):
        c = Disked(s, "alone-" + name)
        shutil.copy(file, c.file)
        SPOILT[name][0](c.file)
        before = digest(c.file)
        p = subprocess.run([TARE, "scan", *c.d.common, "--state", c.d.state, "--json",
                            s.work.write("mail", LISTED.text())], capture_output=True, text=True)
        ok(p.returncode == 0 and good.rule in p.stdout, f"tare scan, {name}: the good list counts") \
            or note(p.stdout, p.stderr)
        lines = p.stderr.splitlines()
        ok(len(lines) == 1 and SPOILT[name][1] in lines[0] and SPOILT[name][2] in lines[0],
           f"tare scan, {name}: one line says what is wrong and what to do") or note(*lines)
        is_equal(digest(c.file), before, f"tare scan, {name}: nothing is overwritten")


# ---- a disk that fills up ----

class SmallDisk:
    """A file system of 4 MB, or the next best: one that is small already, or a
    limit to the size of the keeper's files."""

    def __init__(self, s):
        self.dir = s.work.path("disk")
        self.ballast = None
        os.makedirs(self.dir)
        self.how = "mount"
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", self.dir],
                          capture_output=True).returncode == 0:
            return
        self.how = "shm"
        try:
            stat = os.statvfs("/dev/shm")
            if stat.f_bavail * stat.f_frsize <= 1 << 28:
                self.dir = tempfile.mkdtemp(prefix="tare-test.", dir="/dev/shm")
                return
        except OSError:
            pass
        self.how = "limit"

    def fill(self, keeper):
        if self.how == "limit":
            self.was = resource.prlimit(keeper, resource.RLIMIT_FSIZE)
            resource.prlimit(keeper, resource.RLIMIT_FSIZE, (LIMIT, self.was[1]))
            return
        self.ballast = os.path.join(self.dir, "ballast")
        with open(self.ballast, "wb", buffering=0) as f:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        f.write(b"\0" * size)
                except OSError:
                    pass

    def empty(self, keeper):
        if self.how == "limit":
            resource.prlimit(keeper, resource.RLIMIT_FSIZE, self.was)
        else:
            os.unlink(self.ballast)

    def close(self):
        if self.how == "mount":
            subprocess.run(["umount", "-l", self.dir], check=True)
        elif self.how == "shm":
            shutil.rmtree(self.dir)


class FileLimit(SmallDisk):
    """Some other limit than the disk's: write fails with EFBIG."""

    def __init__(self, s):
        self.dir, self.how = s.work.path("limited"), "limit"
        os.makedirs(self.dir)


def fills_up(s, good, bad, disk, name):
    state = os.path.join(disk.dir, "state")
    os.makedirs(state)
    # whose limits we may set is who we are
    c = Disked(s, name, state, "root" if disk.how == "limit" else "nobody")
    note(f"{name}: by {disk.how}")
    s.route(bad, s.healthy)
    c.own()
    c.start()
    wait_for(lambda: c.zone(good)["state"] == "learning" == c.zone(bad)["state"], 30)
    c.judges(good, bad, "with room")
    keeper = c.control("status")["keeper"]["pid"]
    events = wait_for(lambda: rows(c.file, "SELECT * FROM zone_event"))
    disk.fill(keeper)
    # Fill what SQLite has of its own, too: many lists, each message exposed.
    full = wait_for(lambda: c.trouble() or not burst(s, CLEARLY_SPAM[:10]), 120, 0.3)
    note(f"{name}: log of {os.path.getsize(s.work.path(c.d.log))} bytes")
    ok(full, f"{name}: the disk is full")
    s.route(bad, s.world)
    c.judges(good, bad, "when it is full")
    ok(wait_for(lambda: c.zone(bad)["state"] == "quarantined", 30),
       f"{name}: a list that breaks meanwhile is found to be broken")
    for _ in range(3):
        burst(s, CLEARLY_SPAM)
    is_equal(c.control("status")["keeper"]["pid"], keeper, f"{name}: the keeper lives")
    lines = c.trouble()
    ok(len(lines) == 1 and c.file in lines[0] and "full" in lines[0] and "free" in lines[0],
       f"{name}: one line says what is wrong and what to do") or note(*lines)
    disk.empty(keeper)
    ok(wait_for(lambda: c.lines("written again"), 60), f"{name}: with room it is written again")
    ok(any(int(line.split("; ")[1].split()[0]) > 0 for line in c.lines("did not fit")),
       f"{name}: and says how much did not fit meanwhile") or note(*c.lines("did not fit"))
    wait_for(lambda: rows(c.file, "SELECT to_state FROM zone_event WHERE to_state = 'quarantined'"))
    c.d.stop()
    is_equal(rows(c.file, "SELECT * FROM zone_event")[:len(events)], events,
             f"{name}: what was written before is there")
    is_equal([r[0] for r in rows(c.file, "SELECT state FROM zone WHERE name = ?", bad.name)],
             ["quarantined"], f"{name}: what was found meanwhile, too")
    is_equal(rows(c.file, "PRAGMA integrity_check"), [("ok",)], f"{name}: integrity_check")
    disk.close()


# ---- damaged while it runs ----

def rots(s, good, bad, file):
    c = Disked(s, "rots")
    shutil.copy(file, c.file)
    c.own()
    c.start()
    keeper = c.control("status")["keeper"]["pid"]
    c.judges(good, bad, "well")
    for path in glob.glob(c.file + "*"):
        patch(path, 0, os.urandom(65536))
    os.kill(keeper, signal.SIGKILL)
    ok(wait_for(c.trouble, 60), "rots: the next keeper says so")
    before = {path: digest(path) for path in glob.glob(c.file + "*")}
    c.judges(good, bad, "damaged")
    c.d.stop()
    is_equal(len(c.trouble()), 1, "rots: once")
    is_equal(digest(c.file), before[c.file], "rots: nothing is overwritten")


with Scene("of the disk", 1, real=True) as s:
    good, bad = s.zone("good.disked.net"), s.zone("bad.disked.net")
    for zone in MORE:
        s.zone(zone)
    shutil.copytree(PLUGINS, s.work.path("plugins"), ignore=lambda d, names: [
        n for n in names if not n.endswith(".so")])
    s.open()
    s.world = wild(s.work, [bad.name], "127.0.0.2")
    file = template(s, good, bad)
    found_at_the_start(s, good, bad, file)
    rots(s, good, bad, file)
    without_a_daemon(s, good, file)
    fills_up(s, good, bad, SmallDisk(s), "full")
    fills_up(s, good, bad, FileLimit(s), "limited")
done()

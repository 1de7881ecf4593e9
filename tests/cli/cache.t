#!/usr/bin/env python3
"""Compiled rules on disk: where they are kept, that the second start uses them,
that nobody notices a damaged or a stranger's file, and many at once."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, RULES, TARE, Daemon, Work, done, is_equal, ok

MAIL = (b"From: Ann <ann@example.com>\nTo: bob@example.org\nSubject: cheap pills today\n"
        b"Message-ID: <1@example.com>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n"
        b"Dear friend, viagra at http://shop.example.com/buy now!\n")


def argv(work, *options):
    return [TARE, "scan", "--json", "--local", "--rules", RULES, "--plugins", PLUGINS, "--site",
            work.path("site"), *options, work.path("mail.eml")]


def scan(work, *options, **env):
    """Hits, and what was said besides."""
    base = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    p = subprocess.run(argv(work, *options), capture_output=True, text=True, env={**base, **env})
    line = p.stdout.partition('"ms"')[0]
    return p.returncode, line, p.stderr


def files(path):
    return sorted(os.path.join(path, f) for f in os.listdir(path)) if os.path.isdir(path) else []


def inode(path):
    st = os.stat(path)
    return st.st_ino, st.st_mtime_ns


def places(work, want):
    cases = {
        "--cache": (work.path("a"), ["--cache", work.path("a")], {"HOME": work.path("no")}),
        "--state": (work.path("st/cache"), ["--state", work.path("st")], {}),
        "XDG_CACHE_HOME": (work.path("x/tare"), [], {"XDG_CACHE_HOME": work.path("x"),
                                                     "HOME": work.path("no")}),
        "HOME": (work.path("h/.cache/tare"), [], {"HOME": work.path("h")}),
    }
    for d in ("st", "h", "no"):
        os.mkdir(work.path(d))
    for name, (where, options, env) in cases.items():
        is_equal(scan(work, *options, **env), want, f"{name}: the same answer")
        ok(len(files(where)) == 1, f"{name}: one file")
    is_equal(scan(work, "--cache", "", HOME=work.path("no")), want, "--cache '': the same answer")
    is_equal(scan(work), want, "nor does it need a home")
    is_equal(files(work.path("no")), [], "nothing was written there")


def used(work, want):
    where = work.path("used")
    scan(work, "--cache", where)
    path = files(where)[0]
    before = inode(path)
    is_equal(scan(work, "--cache", where), want, "the second start says the same")
    is_equal(inode(path), before, "and writes nothing")
    scan(work, "--cache", where, "--cf", "score MISSING_SUBJECT 0.5")
    is_equal(files(where), [path], "other scores are no other rules")
    scan(work, "--cache", where, "--cf", "body MORE /xyzzy/")
    is_equal(len(files(where)), 2, "another rule is")


def damaged(work, want):
    where = work.path("damaged")
    scan(work, "--cache", where)
    path = files(where)[0]
    with open(path, "rb") as f:
        whole = f.read()
    cases = {
        "empty": b"", "cut short": whole[:-1], "half": whole[:len(whole) // 2],
        "zeros": bytes(len(whole)), "another version": whole[:8] + b"\xff" + whole[9:],
        "a bit": whole[:5000] + bytes([whole[5000] ^ 4]) + whole[5001:],
    }
    for name, text in cases.items():
        with open(path, "wb") as f:
            f.write(text)
        is_equal(scan(work, "--cache", where), want, f"{name}: the same answer, not a word")
        with open(path, "rb") as f:
            ok(f.read() == whole, f"{name}: written anew")


def refused(work, want):
    where = work.path("refused")
    scan(work, "--cache", where)
    path = files(where)[0]
    os.chmod(path, 0o666)
    before = inode(path)
    is_equal(scan(work, "--cache", where), want, "a file that all may write: the same answer")
    ok(inode(path) != before and os.stat(path).st_mode & 0o777 == 0o600, "and it is replaced")
    os.chmod(where, 0o777)
    before = inode(path)
    is_equal(scan(work, "--cache", where), want, "a directory that all may write")
    is_equal(inode(path), before, "is left alone")
    is_equal(scan(work, "--cache", work.path("mail.eml")), want, "a file instead of a directory")
    is_equal(scan(work, "--cache", "/proc/no"), want, "nowhere to write")


def at_once(work, want):
    where = work.path("at-once")
    children = [subprocess.Popen(argv(work, "--cache", where), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(6)]
    said = [(c.communicate(), c.returncode) for c in children]
    ok(all((code, out.partition('"ms"')[0], err) == want for (out, err), code in said),
       "six cold starts at once say the same")
    is_equal(len(files(where)), 1, "and leave one file")


def daemon(work):
    d = Daemon(work, local=True, workers=1).start()
    where = os.path.join(d.state, "cache")
    is_equal(len(files(where)), 1, "the daemon keeps its own below its state")
    path = files(where)[0]
    before = inode(path)
    first = d.scan(MAIL, "SYMBOLS")
    work.stop(d.child)
    d.start()
    is_equal(d.scan(MAIL, "SYMBOLS"), first, "started again, it says the same")
    is_equal(inode(path), before, "and writes nothing")
    work.stop(d.child)
    other = Daemon(work, "--cache", "", local=True, workers=1, name="none").start()
    is_equal(files(os.path.join(other.state, "cache")), [], "tared --cache '' keeps none")
    work.stop(other.child)


with Work() as work:
    os.mkdir(work.path("site"))
    work.write("mail.eml", MAIL)
    want = scan(work, "--cache", "")
    ok(want[0] == 0 and "hits" in want[1] and want[2] == "", "a scan without cache")
    places(work, want)
    used(work, want)
    damaged(work, want)
    refused(work, want)
    at_once(work, want)
    daemon(work)
done()

#!/usr/bin/env python3
"""The state directory on a file system that is mounted read-only, as the kernel
leaves a failing disk: mail is scanned, the log says what is missing and what to
do, and --control elsewhere brings the operators' socket back."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, SPAM, done, note, ok, program, same,  # noqa: E402
                     wait_for)

NAMESPACE = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-rm"]
MOUNT = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'


def read_only(d):
    """The daemon's command, in a world of its own with that mount."""
    args = d.args if "--user" in d.args else d.args + ["--user", "root"]
    return [*NAMESPACE, "sh", "-c", MOUNT, d.state, *args]


def possible():
    if not shutil.which("unshare"):
        return False
    with Daemon("--local", start=False) as d:
        os.makedirs(d.state)
        return subprocess.run([*NAMESPACE, "sh", "-c", MOUNT, d.state, "true"],
                              stderr=subprocess.DEVNULL).returncode == 0


def tare(d, *args, where="--state"):
    path = d.state if where == "--state" else d.dir + "/control"
    return subprocess.run([program("TARE"), *args, where, path], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def works(d, name):
    """It scans, and says once why nobody can ask it."""
    d.args = read_only(d)
    d.start()
    ok(d.ask("CHECK", SPAM), f"{name}: it scans")
    lines = [line for line in d.log().splitlines() if "event=control" in line]
    ok(len(lines) == 1 and d.state + "/control" in lines[0] and
       "Read-only file system" in lines[0] and "--control" in lines[0],
       "  one line says what, why and what to do") or note(d.log())
    ok(wait_for(lambda: "event=store result=failed" in d.log()),
       "  and one that zones are not remembered")
    for args in ("status",), ("reload",), ("zones", "pin", "bl.example.org", "off"):
        p = tare(d, *args)
        ok(p.returncode == 69 and d.state + "/control" in p.stderr and "log" in p.stderr,
           f"  tare {' '.join(args)} says where to look") or note(p)
    generation = d.log().count("event=reload result=ok")
    d.process.send_signal(signal.SIGHUP)
    ok(wait_for(lambda: d.log().count("event=reload result=ok") > generation),
       "  SIGHUP reloads it")
    ok(d.ask("CHECK", SPAM), "  and it scans on")
    same(d.stop(), 0, "  it ends as ever")


if not possible():
    print("1..0 # SKIP a read-only mount is not allowed here (unshare -m)")
    sys.exit(0)
with Daemon("--local", start=False) as d:
    os.makedirs(d.state)
    works(d, "an empty directory")
with Daemon("--local") as d:
    d.stop(signal.SIGKILL)
    ok(os.path.exists(d.state + "/control"), "a daemon was killed, and its socket is there")
    works(d, "with a stale socket")
with Daemon("--local", start=False) as d:
    os.makedirs(d.state)
    d.args += ["--control", d.dir + "/control"]
    d.args = read_only(d)
    d.start()
    same(tare(d, "status", where="--control").returncode, 0, "--control elsewhere: it is asked")
    ok("event=control result=failed" not in d.log(), "  and complains of nothing")
    same(d.stop(), 0, "  it ends as ever")
done()

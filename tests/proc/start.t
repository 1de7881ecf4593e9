#!/usr/bin/env python3
"""Starting: -t, exit statuses, sockets, rights, background."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import (Daemon, RULES, SPAM, done, note, ok, program, same,
                     wait_for)


def run(*args, **kw):
    return subprocess.run([program("TARED"), *args], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **kw)


def check():
    with Daemon(start=False) as d:
        base = ["-t"] + d.args[2:]
        same(run(*base).returncode, 0, "-t: good rules are 0")
        d.write_rules(RULES + "body B /un(closed/\n")
        p = run(*base)
        same(p.returncode, 78, "-t: a broken regex is 78")
        ok(b"10-test.cf:10:" in p.stderr, "  with file and line") or \
            note(p.stderr)
        p = run("-t", "--rules", d.dir + "/nowhere")
        same(p.returncode, 78, "-t: no rules directory is 78")
    same(run("--nonsense").returncode, 64, "an unknown option is 64")
    same(run("--workers", "many").returncode, 64, "no number is 64")
    same(run("-V").returncode, 0, "-V")


def given():
    """An installation makes the state directory, and it is root's; so is what
    root's `tare --state` has put into it before the first start."""
    if os.getuid() != 0:
        note("SKIP only root can give a directory away")
        return
    with Daemon("--local", "--user", "nobody", plugins=False, start=False) as d:
        os.mkdir(d.state)
        p = subprocess.run([program("TARE"), "filter", "--local", *d.args[2:6], "--state",
                            d.state, "--site", d.rules_site()], input=SPAM,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        same((p.returncode, os.listdir(d.state)), (0, ["cache"]), "root has kept compiled rules")
        d.start()
        same(pwd.getpwuid(os.stat(d.state).st_uid).pw_name, "nobody",
             "the state directory is given to --user all the same")
        ok(wait_for(lambda: os.path.exists(d.state + "/tare.sqlite")), "who has a database there")


def orphans():
    """The master is killed; a worker that is slow to notice holds the sockets."""
    for unix in True, False:
        with Daemon("--local", workers=1, listen=None if unix else []) as d:
            what = "unix" if unix else "TCP"
            pid = d.workers()[0]["pid"]
            os.kill(pid, signal.SIGSTOP)
            d.stop(signal.SIGKILL)
            p = run(*d.args[1:])
            ok(p.returncode == 69 and (b"another daemon" in p.stderr or b"in use" in p.stderr),
               f"{what}: a worker that stays keeps the next daemon out") or note(p)
            threading.Timer(1, os.kill, (pid, signal.SIGCONT)).start()
            d.start()
            ok(d.ask("CHECK", SPAM, unix), f"{what}: one that ends soon is waited for")


def sockets():
    with Daemon("--local", start=False) as d:
        pid_file = d.dir + "/pid"
        d.args += ["--pid-file", pid_file]
        d.start()
        mode = stat.S_IMODE(os.stat(d.socket).st_mode)
        same(oct(mode), "0o660", "unix socket has mode 0660")
        mode = stat.S_IMODE(os.stat(d.state + "/control").st_mode)
        same(oct(mode), "0o600", "control socket has mode 0600")
        p = run(*d.args[1:])
        ok(p.returncode != 0 and b"another daemon" in p.stderr,
           "a second daemon on the same socket is refused") or \
            note(p.stderr)
        ok(d.ask("CHECK", SPAM), "and the first one lives")
        same(os.path.exists(pid_file) and open(pid_file).read(), f"{d.process.pid}\n",
             "its pid file is left alone")
    with Daemon("--local", start=False) as d:
        stale = socket.socket(socket.AF_UNIX)
        stale.bind(d.socket)
        stale.close()
        d.start()
        ok(d.ask("CHECK", SPAM), "a stale socket is replaced")
    given()
    orphans()
    with Daemon("--local", start=False) as d:
        with open(d.socket, "w") as f:
            f.write("precious")
        p = run(*d.args[1:])
        ok(p.returncode == 78 and open(d.socket).read() == "precious",
           "a file that is no socket is left alone")
    with Daemon("--local", start=False) as d:
        for where in "::1:x", "127.0.0.1:65536", "[::1", "localhost:spam":
            p = run(*d.args[1:], "--listen", where)
            ok(p.returncode == 78 and b"cannot listen on" in p.stderr and
               where.encode() in p.stderr, f"--listen {where} is refused") or \
                note(p.stderr)
            p = run("-t", *d.args[2:], "--listen", where)
            ok(p.returncode == 78 and where.encode() in p.stderr, "  by -t, too") or note(p)
        for option, value in ("--listen", "/" + "long" * 40), ("--allow", "10.0.0.0/40"):
            p = run("-t", *d.args[2:], option, value)
            ok(p.returncode == 78 and value.encode() in p.stderr,
               f"-t: {option} {value[:20]} is refused") or note(p)


def activation():
    """LISTEN_FDS and NOTIFY_SOCKET, as systemd does it."""
    with Daemon("--local", start=False) as d:
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(d.dir + "/activated")
        listening.listen()
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(d.dir + "/notify")
        notify.settimeout(20)
        fd = listening.fileno()
        script = ('exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ '
                  'NOTIFY_SOCKET=%s/notify exec "$@"' % (fd, d.dir))
        p = subprocess.Popen(["sh", "-c", script, "sh", *d.args],
                             pass_fds=[fd], stderr=subprocess.DEVNULL)
        same(notify.recv(100), b"READY=1", "systemd is told READY=1")
        d.socket = d.dir + "/activated"
        ok(d.ask("CHECK", SPAM), "an inherited socket is served")
        p.terminate()
        same(notify.recv(100), b"STOPPING=1", "and STOPPING=1")
        p.wait(20)
        ok(os.path.exists(d.socket), "an inherited socket is not removed")


def not_listening():
    """A descriptor that systemd would not pass so."""
    with Daemon("--local", start=False) as d:
        pair = socket.socketpair()
        fd = pair[0].fileno()
        script = 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' % fd
        p = subprocess.run(["sh", "-c", script, "sh", *d.args], pass_fds=[fd],
                           stderr=subprocess.PIPE, timeout=60)
        ok(p.returncode == 78 and b"is not a listening" in p.stderr,
           "a socket that does not listen is refused in words") or \
            note(p.stderr)


def proc_status(pid, field):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith(field + ":"):
                return line.split(":", 1)[1].split()


def rights():
    with Daemon("--local") as d:
        pids = [w["pid"] for w in d.workers()]
        pids.append(d.status()["keeper"]["pid"])
        # the keeper restricts itself after it has opened its database
        wait_for(lambda: "built with a sanitizer" in d.log() or
                 proc_status(pids[-1], "Seccomp") == ["2"])
        same([proc_status(p, "NoNewPrivs") for p in pids],
             [["1"]] * len(pids), "children have no_new_privs")
        # A sanitizer's runtime needs calls that the filter forbids; the
        # plain build of the same suite makes this check.
        if "built with a sanitizer" not in d.log():
            same([proc_status(p, "Seccomp") for p in pids],
                 [["2"]] * len(pids), "children have a seccomp filter")
    if os.getuid() != 0:
        note("not root: nothing to drop")
        return
    with Daemon("--local", "--user", "nobody", plugins=False) as d:
        pids = [d.process.pid] + [w["pid"] for w in d.workers()]
        uids = {u for p in pids for u in proc_status(p, "Uid")}
        ok(uids and "0" not in uids, "nobody is root any more")
        ok(d.ask("CHECK", SPAM), "and mail is scanned")


def background():
    with Daemon("--local", start=False) as d:
        pid_file = d.dir + "/pid"
        args = [a for a in d.args if a != "-f"] + ["--pid-file", pid_file]
        p = subprocess.run(args, timeout=60, stderr=subprocess.PIPE)
        same(p.returncode, 0, "returns 0 when the workers are ready")
        ok(d.ask("CHECK", SPAM), "and they are")
        with open(pid_file) as f:
            pid = int(f.read())
        os.kill(pid, 15)
        ok(wait_for(lambda: not os.path.exists(d.socket)), "ends")
        wait_for(lambda: not os.path.exists("/proc/%d" % pid))
        d.write_rules("include /nonexistent/file\n")
        args[args.index("--rules") + 1] = d.dir + "/nowhere"
        p = subprocess.run(args, timeout=60, stderr=subprocess.PIPE)
        same(p.returncode, 78, "and 78 when there are no rules")


def recycling():
    with Daemon("--local", "--max-scans", "5", workers=1) as d:
        # One serves on until its successor is ready: how many scans that
        # takes depends on the machine, so scan until four have retired.
        answers = [d.ask("CHECK", SPAM) for _ in range(30)]

        def retired():
            if d.log().count("event=ended role=worker") >= 4:
                return True
            answers.append(d.ask("CHECK", SPAM))
            return False
        ok(wait_for(retired, 60), "four workers retired in %d scans" %
           len(answers))
        ok(all(b"Spam: True" in a for a in answers),
           "no scan is lost when workers retire")
        same(d.status()["totals"]["scans"], len(answers),
             "their counts are kept")


check()
sockets()
activation()
not_listening()
rights()
background()
recycling()
done()

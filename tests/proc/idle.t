#!/usr/bin/env python3
"""A daemon that nobody asks anything: the keeper sleeps and leaves its
database alone, with DNS lists to look after and without."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dns import Dns
from harness import HAM, RULES, Daemon, done, note, ok, wait_for

ZONE = "bl.zones.example.net"
SECONDS = 20
# A wake-up may sleep more than once; half a second each would be 40.
WAKES = 12


def answer(name):
    return ["127.0.0.2"] if name == "2.0.0.127." + ZONE else []


dns = Dns(answer)
LIST = RULES + """
dns_server 127.0.0.1:%d
header T_LIST eval:check_rbl('t', '%s.')
tflags T_LIST net
""" % (dns.port, ZONE)


def wakes(pid):
    with open(f"/proc/{pid}/status") as f:
        return sum(int(line.split()[1]) for line in f
                   if line.startswith("voluntary_ctxt_switches"))


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def database(d):
    """What changes when it is written: size and time of its files."""
    return {name: (os.stat(f"{d.state}/{name}").st_size,
                   os.stat(f"{d.state}/{name}").st_mtime_ns)
            for name in os.listdir(d.state) if name.startswith("tare.sqlite")}


def window(d, pid, seconds):
    """What it did in that time: wake-ups, CPU, whether it wrote."""
    files, woken, used = database(d), wakes(pid), cpu(pid)
    time.sleep(seconds)
    return wakes(pid) - woken, cpu(pid) - used, database(d) != files


def sleeps(name, rules, *options):
    with Daemon(*options, rules=rules) as d:
        pid = d.status()["keeper"]["pid"]
        d.ask("CHECK", HAM)
        ok(wait_for(lambda: window(d, pid, 1)[0] == 0, 120), f"{name}: at rest")
        ok(database(d), f"{name}: there is a database")
        # A look at the list's name servers is due a minute after the start,
        # so one window may see that; no two do.
        seen = min(window(d, pid, SECONDS), window(d, pid, SECONDS))
        woken, used, written = seen
        ok(woken <= WAKES, f"{name}: woken {woken} times in {SECONDS} s")
        ok(used <= 0.1, f"{name}: {used:.2f} s of CPU")
        ok(not written, f"{name}: nothing is written") or note(seen)


sleeps("no DNS", RULES, "--local")
sleeps("a list", LIST)
done()

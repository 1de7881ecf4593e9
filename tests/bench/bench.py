#!/usr/bin/env python3
"""make bench: tare beside SpamAssassin and rspamd, on this machine, now.

    make bench                      about eight minutes
    make bench BENCH='--mails 600 --rounds 5 --json'
    make bench BENCH='--only tare,tare-own,dns'

Builds tare as it is shipped, starts spamd -L, rspamd, and tared with
SpamAssassin's rules and with its own, two workers each and no network, and
sends them the same mails from the same client (load.c) with four connections,
in alternating rounds.

Printed are medians over the rounds with the range.  Ratios are taken within a
round, so they hold on a busy machine, too; the figures they are made of do
not.  "floor" and "goal" are what tare wants to reach: see doc/performance.md.

Half load: mails begin at even distances, half as many a second as the program
managed at full load in the same round: 2000 mails spread over the corpus (as
many as at full load for a slow program), in one mixed order that is the same
for all.  In the order of their names the large ones follow each other, which
is an overload for some seconds, and of 200 mails p99 is two.

One mail in a hundred is p99: another process that takes a core for some
milliseconds now and then, a compiler say, is all that it shows.  --realtime
runs the programs and the client before all other processes (SCHED_RR, which
leaves those a twentieth)."""
import argparse
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
HALF_MAILS = 2000
WARM = 200
PARTS = ["spamd", "rspamd", "tare", "tare-own", "large", "filter", "dns"]


def options():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("--mails", type=int, default=200, metavar="N",
                   help="of the public corpus, 0: all 6046 (default %(default)s)")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--seconds", type=float, default=4,
                   help="fast programs get the mails again until a round takes so long")
    p.add_argument("--only", default=",".join(PARTS), metavar="PART,…",
                   help="of " + ", ".join(PARTS))
    p.add_argument("--build", metavar="DIR", help="measure this build instead of making one")
    p.add_argument("--realtime", action="store_true",
                   help="before all other processes of the machine")
    p.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    a = p.parse_args()
    a.only = a.only.split(",")
    unknown = set(a.only) - set(PARTS)
    if unknown or a.rounds < 1:
        p.error(f"no such part: {', '.join(unknown)}" if unknown else "no rounds")
    return a


def progress(*what):
    print(time.strftime("%H:%M:%S"), *what, file=sys.stderr, flush=True)


def build(directory):
    """tare as configure makes it by default, and the client."""
    if directory is None:
        directory = os.path.join(os.environ.get("builddir") or TOP, "build-bench")
        progress("building the release in", directory)
        subprocess.run([os.path.join(TOP, "scripts/build"), directory], check=True,
                       stdout=sys.stderr)
    directory = os.path.abspath(directory)
    subprocess.run(["make", "-s", "-C", directory, "tests/bench/load", "tests/bench/delay"],
                   check=True, stdout=sys.stderr)
    for name in ("TARE", "TARED", "TAREC", "TARE_RULES", "TARE_PLUGINS"):
        os.environ.pop(name, None)
    os.environ["builddir"] = directory
    sys.path.insert(0, os.path.join(TOP, "tests/tap"))
    return directory


ARGS = options()
subprocess.run([os.path.join(TOP, "scripts/deps"), "bench"], check=True, stdout=sys.stderr)
BUILD = build(ARGS.build)
# These look for what was built.
from dns import Slow  # noqa: E402
import mails  # noqa: E402
from measure import Client, Filter  # noqa: E402
from programs import STOCK, Rspamd, Spamd, Tare  # noqa: E402
from report import machine, show, summary  # noqa: E402
from tap import Work, need  # noqa: E402


def before_others():
    """For this process and all that it starts from now on."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError as e:
        sys.exit(f"bench: --realtime: {e.strerror}: be root, or do without")


def make_programs(work):
    every = {"spamd": lambda: Spamd(work), "rspamd": lambda: Rspamd(work),
             "tare": lambda: Tare(work, "tare", STOCK), "tare-own": lambda: Tare(work, "tare-own")}
    return {name: make() for name, make in every.items() if name in ARGS.only}


def start_all(programs):
    """Cold, then warm; they stay up."""
    times = {}
    for name, program in programs.items():
        progress("starting", name)
        cold = program.start()
        program.settle()
        program.stop()
        times[name] = {"cold": cold, "warm": program.start()}
        program.settle()
    return times


class Load:
    """How many mails fill a round of a program, found with a first round that
    does not count: whole passes, so that every program sees the same mix."""

    def __init__(self, client, program, names):
        few = names[::10]
        rate = client.full(program, few)["messages/s"]
        passes = max(1, round(ARGS.seconds * rate / len(names)))
        self.client, self.program, self.names = client, program, names
        self.count = passes * len(names)
        half = min(HALF_MAILS, max(len(names), int(4 * ARGS.seconds * rate)))
        self.mixed = mails.mixed(half)
        client.full(program, few if passes == 1 else names)

    def round(self):
        got = self.client.full(self.program, self.names, self.count)
        rate, n = got["messages/s"] / 2, len(self.mixed)
        half = self.client.half(self.program, self.mixed, rate,
                                max(1, round(ARGS.seconds * rate / n)) * n)
        return {**got, "half mails": n, **{f"half {k}": v for k, v in half.items()}}


def turns(names, n):
    """Every round begins with another one."""
    names = list(names)
    return [names[i % len(names):] + names[:i % len(names)] for i in range(n)]


def measure_corpus(client, programs):
    names = mails.corpus(ARGS.mails)
    progress(f"{len(names)} mails of the corpus; warming up")
    loads = {name: Load(client, p, names) for name, p in programs.items()}
    rounds = {name: [] for name in programs}
    for i, turn in enumerate(turns(programs, ARGS.rounds)):
        for name in turn:
            rounds[name].append(loads[name].round())
            r = rounds[name][-1]
            progress(f"round {i + 1}/{ARGS.rounds} {name}: {r['messages/s']:.0f} messages/s, "
                     f"{r['cpu']:.2f} ms CPU")
    return rounds


REPEAT = {"100 KB": 5, "1 MB": 5, "10 MB": 3}


def measure_large(client, programs, work):
    """Seconds a mail, one at a time; spamd, which takes many, has one round."""
    files = mails.large(work)
    rounds = {name: [] for name in programs}
    for i, turn in enumerate(turns(programs, ARGS.rounds)):
        for name in turn:
            if name == "spamd" and i > 0:
                continue
            progress(f"large mails, round {i + 1}/{ARGS.rounds} {name}")
            rounds[name].append({
                " ".join(key): client.alone(programs[name], path,
                                            1 if name == "spamd" else REPEAT[key[1]])
                for key, path in files.items()})
    return rounds


def measure_filter(work):
    """The whole process, with SpamAssassin's rules."""
    progress("tare filter and tared -t")
    f, out = Filter(work, STOCK), []
    mail = sorted(mails.corpus(100), key=os.path.getsize)[50]
    for _ in range(5 * ARGS.rounds):
        load, cold, warm = f.check(), f.filter(mail, False), f.filter(mail, True)
        out.append({"load": load[0], "load cpu": load[1], "cold": cold[0], "cold cpu": cold[1],
                    "warm": warm[0], "warm cpu": warm[1]})
    return out


def measure_dns(client, work):
    """All mails in a mixed order, none twice."""
    rounds = {}
    for name, rules in (("tare", STOCK), ("tare-own", None)):
        progress("DNS of 200 ms, rules of", name)
        slow = Slow(work, client, os.path.join(BUILD, "tests/bench/delay"), name, rules)
        every = mails.mixed(0)
        rounds[name] = []
        for i in range(ARGS.rounds):
            rounds[name].append(slow.measure(every[:WARM], every[WARM:], i))
            r = rounds[name][-1]
            progress(f"round {i + 1}/{ARGS.rounds}: {r['messages/s']:.0f} messages/s, "
                     f"{r['at once']:.0f} at once, {r['without']:.0f} without")
        slow.stop()
    return rounds


def measure_programs(said, client, programs, work):
    said["start"] = start_all(programs)
    said["corpus"] = measure_corpus(client, programs) if programs else {}
    said["memory"] = {name: p.processes() for name, p in programs.items()}
    if "large" in ARGS.only and programs:
        said["large"] = measure_large(client, programs, work)
    for p in programs.values():
        p.stop()


def main():
    need(*(["spamd"] if "spamd" in ARGS.only else []),
         *(["rspamd"] if "rspamd" in ARGS.only else []),
         *(["rbldnsd"] if "dns" in ARGS.only else []))
    if ARGS.realtime:
        before_others()
    said = {"machine": machine(), "mails": ARGS.mails, "rounds": ARGS.rounds,
            "realtime": ARGS.realtime}
    with Work() as work:
        client = Client(os.path.join(BUILD, "tests/bench/load"))
        programs = make_programs(work)
        measure_programs(said, client, programs, work)
        if "filter" in ARGS.only:
            said["filter"] = measure_filter(work)
        if "dns" in ARGS.only:
            said["dns"] = measure_dns(client, work)
    said["summary"] = summary(said)
    if ARGS.json:
        print(json.dumps(said))
    else:
        show(said)


if __name__ == "__main__":
    main()

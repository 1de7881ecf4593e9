"""What `make bench` says: the machine, tables, and tare's own aims.

A value is {"median", "low", "high"} over the rounds."""
import os
import platform
import re
import statistics
import subprocess

SMALL_MB = 1.0          # of memory: below this a process is not worth a line


def spread(values):
    values = list(values)
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def across(rounds, key):
    return spread(r[key] for r in rounds)


def ratio(above, below, key):
    """Of two programs in the same round."""
    return spread(a[key] / b[key] for a, b in zip(above, below))


# ---- the machine ----

def first(pattern, path):
    with open(path, errors="replace") as f:
        found = re.search(pattern, f.read(), re.M)
    return found[1].strip() if found else "unknown"


def version(package):
    p = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True,
                       text=True)
    return p.stdout or "none"


def machine():
    return {"cpu": first(r"^model name\s*:(.*)$", "/proc/cpuinfo"), "cores": os.cpu_count(),
            "memory_gb": round(int(first(r"^MemTotal:\s*(\d+)", "/proc/meminfo")) / 1e6, 1),
            "kernel": platform.release(), "system": first(r'^PRETTY_NAME="(.*)"', "/etc/os-release"),
            "load": os.getloadavg()[0],
            "versions": {p: version(p) for p in ("spamd", "rspamd", "libhyperscan5",
                                                  "libpcre2-8-0", "libunbound8")}}


# ---- the aims ----

class Aims:
    """Rows of the second table; a part that was not measured gives no row."""

    def __init__(self):
        self.rows = []

    def add(self, what, value, unit, floor, goal=None, more=False):
        """more: the more the better."""
        def met(limit):
            return None if limit is None else \
                value["median"] >= limit if more else value["median"] <= limit
        self.rows.append({"what": what, "unit": unit, **value, "floor": floor, "goal": goal,
                          "floor_met": met(floor), "goal_met": met(goal)})


def private_of_workers(processes):
    return spread(p["private"] for p in processes if p["role"] == "worker")


def pss(processes):
    return sum(p["pss"] for p in processes)


def corpus_aims(aims, said):
    runs = said["corpus"]
    if "tare" in runs and "spamd" in runs:
        aims.add("CPU a message, spamd's rules: spamd / tare",
                 ratio(runs["spamd"], runs["tare"], "cpu"), "x", 60, 150, more=True)
    for name, floor, goal in (("tare", 1.5, 3), ("tare-own", 4, 8)):
        if name in runs and "rspamd" in runs:
            aims.add(f"messages/s: {name} / rspamd",
                     ratio(runs[name], runs["rspamd"], "messages/s"), "x", floor, goal, more=True)
    for name in ("tare", "tare-own"):
        if name in runs:
            aims.add(f"p99 / p50 at half load, {name}", across(runs[name], "half p99/p50"), "x",
                     8, 4)
    if "tare" in said["memory"]:
        own = said["memory"]["tare"]
        aims.add("private memory of a worker, spamd's rules", private_of_workers(own), "MB", 15, 6)
        aims.add("PSS of the daemon, spamd's rules", spread([pss(own)]), "MB", 60, 35)


def filter_aims(aims, runs):
    """CPU, too: the time of one process alone is that of whatever runs beside."""
    for what, key, unit, factor, floor, goal in (
            ("tare filter, spamd's rules, warm", "warm", "ms", 1000, 60, 25),
            ("tare filter, spamd's rules, cold", "cold", "ms", 1000, None, None),
            ("load and compile spamd's rules, cold", "load", "s", 1, 1.5, 0.4)):
        aims.add(what, spread(factor * r[key] for r in runs), unit, floor, goal)
        aims.add("    CPU of it", spread(factor * r[key + " cpu"] for r in runs), unit, None)


def large_aims(aims, large):
    for name in ("tare", "tare-own"):
        if not large.get(name):
            continue
        for kind in sorted({k.rsplit(" ", 2)[0] for k in large[name][0]}):
            aims.add(f"time of 10 MB / 1 MB, {kind}, {name}",
                     spread(r[f"{kind} 10 MB"] / r[f"{kind} 1 MB"] for r in large[name]), "x", 11)


def dns_aims(aims, runs):
    for name, rounds in runs.items():
        aims.add(f"messages/s with DNS of 200 ms / without, {name}", across(rounds, "of it"), "x",
                 0.8, more=True)
        for what, key in (("by the worker's CPU", "of it by cpu"),
                          ("with DNS that answers at once", "of it at once")):
            aims.add("    " + what, across(rounds, key), "x", None, more=True)


def summary(said):
    aims = Aims()
    corpus_aims(aims, said)
    if "filter" in said:
        filter_aims(aims, said["filter"])
    if "large" in said:
        large_aims(aims, said["large"])
    if "dns" in said:
        dns_aims(aims, said["dns"])
    return aims.rows


# ---- the tables ----

def number(x):
    return f"{x:.0f}" if x >= 100 else f"{x:.3g}"


def shown(value):
    if value["low"] == value["high"]:
        return number(value["median"])
    return f"{number(value['median'])} ({number(value['low'])}-{number(value['high'])})"


def table(head, rows):
    rows = [head] + rows
    widths = [max(len(str(r[i])) for r in rows) for i in range(len(head))]
    for r in rows:
        print("  ".join(str(x).ljust(w) if i == 0 else str(x).rjust(w)
                        for i, (x, w) in enumerate(zip(r, widths))).rstrip())
    print()


COLUMNS = [("messages/s", "messages/s"), ("CPU ms", "cpu"), ("p50 ms", "p50"), ("p99 ms", "p99"),
           ("half: mails", "half mails"), ("p50", "half p50"), ("p99", "half p99"),
           ("client ms", "client cpu")]


def show_programs(said):
    table(["program", *[c[0] for c in COLUMNS]],
          [[name, *[shown(across(rounds, key)) for _, key in COLUMNS]]
           for name, rounds in said["corpus"].items()])
    table(["program", "start, cold s", "warm s", "PSS MB", "private/worker MB"],
          [[name, number(t["cold"]), number(t["warm"]), number(pss(said["memory"][name])),
            shown(private_of_workers(said["memory"][name]))]
           for name, t in said["start"].items()])
    table(["process", "PSS MB", "private MB"],
          [[f"{name} {p['role']}", number(p["pss"]), number(p["private"])]
           for name, all_ in said["memory"].items() for p in all_ if p["pss"] > SMALL_MB])


def show_large(large):
    names = [n for n in large if large[n]]
    table(["seconds for one mail", *names],
          [[key, *[shown(across(large[n], key)) for n in names]] for key in large[names[0]][0]])


def show_dns(runs):
    table(["DNS, one worker", "messages/s: 200 ms", "at once", "none", "its CPU ms: 200 ms",
           "at once", "none"],
          [[name, *[shown(across(r, k)) for k in ("messages/s", "at once", "without", "cpu",
                                                  "cpu at once", "cpu without")]]
           for name, r in runs.items()])
    table(["DNS, a mail", "questions sent", "of the cache", "CPU us a question", "lost"],
          [[name, *[shown(across(r, k)) for k in ("questions", "cached", "us a question",
                                                  "lost")]] for name, r in runs.items()])


def verdict(row):
    return "goal met" if row["goal_met"] else "floor met" if row["floor_met"] else \
        "" if row["floor_met"] is None else "NOT MET"


def show(said):
    m = said["machine"]
    print(f"{m['cores']} cores of {m['cpu']}, {m['memory_gb']} GB, {m['system']}, kernel "
          f"{m['kernel']}, load {m['load']:.1f} at the start"
          f"{', before all other processes' if said['realtime'] else ''}")
    print(", ".join(f"{k} {v}" for k, v in m["versions"].items()) + "\n")
    if said["corpus"]:
        show_programs(said)
    if any(said.get("large", {}).values()):
        show_large(said["large"])
    if "dns" in said:
        show_dns(said["dns"])
    table(["aim", "measured", "unit", "floor", "goal", ""],
          [[r["what"], shown(r), r["unit"], *["" if x is None else x
                                              for x in (r["floor"], r["goal"])], verdict(r)]
           for r in said["summary"]])

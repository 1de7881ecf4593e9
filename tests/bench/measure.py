"""The measurements of `make bench`; each returns plain numbers."""
import json
import os
import statistics
import subprocess
import time

from tap import PLUGINS, TARE, TARED

CONNECTIONS = 4
OPEN_CONNECTIONS = 1024         # with a rate: as many as are late


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Client:
    """The load generator, load.c."""

    def __init__(self, path):
        self.path = path

    def send(self, program, names, *, count=0, rate=0, connections=CONNECTIONS):
        """The JSON object of load.c; a mail that failed stops the bench."""
        argv = [self.path, "-c", str(OPEN_CONNECTIONS if rate else connections)]
        argv += ["-h"] if program.http else []
        argv += ["-n", str(count)] if count else []
        argv += ["-r", f"{rate:.3f}"] if rate else []
        p = subprocess.run([*argv, f"127.0.0.1:{program.port}"], input="\n".join(names) + "\n",
                           stdout=subprocess.PIPE, text=True, check=True)
        said = json.loads(p.stdout)
        if said["failed"]:
            raise RuntimeError(f"{program.name} failed {said['failed']} of "
                               f"{said['messages']} mails: {program.log()[-1000:]}")
        return said

    def full(self, program, names, count=0, connections=CONNECTIONS):
        """As fast as it can: messages/s, CPU (ms a message), p50 and p99 (ms)."""
        before = program.cpu()
        said = self.send(program, names, count=count, connections=connections)
        n = said["messages"]
        return {"messages/s": n / said["seconds"], "cpu": 1000 * (program.cpu() - before) / n,
                "client cpu": 1000 * said["cpu"] / n, **latency(said)}

    def half(self, program, names, rate, count=0):
        """At a given rate: p50 and p99 (ms)."""
        return latency(self.send(program, names, count=count, rate=rate))

    def alone(self, program, name, count):
        """One mail at a time, the same again and again: the median, in seconds."""
        said = self.send(program, [name], count=count, connections=1)
        return statistics.median(said["us"]) / 1e6


def latency(said):
    p50, p99 = (percentile(said["us"], share) / 1000 for share in (0.5, 0.99))
    return {"p50": p50, "p99": p99, "p99/p50": p99 / p50}


def command(argv, stdin=os.devnull, **env):
    """A whole process: seconds from fork to exit, and CPU seconds of it."""
    with open(stdin, "rb") as mail:
        began = time.monotonic()
        child = subprocess.Popen(argv, stdin=mail, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL, env=dict(os.environ, **env))
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(argv)} ended with {child.returncode}")
    return seconds, usage.ru_utime + usage.ru_stime


class Filter:
    """`tare filter` and `tared -t` without a daemon.  Whatever they keep
    between two runs, they keep below `home`; a new home is a cold start."""

    def __init__(self, work, rules):
        self.work, self.serial = work, 0
        self.rules = [x for d in rules for x in ("--rules", d)]
        self.fresh()

    def fresh(self):
        self.serial += 1
        self.home = self.work.path(f"home-{self.serial}")
        os.makedirs(self.home + "/state")
        os.makedirs(self.work.path("site"), exist_ok=True)

    def run(self, *program, stdin=os.devnull):
        return command([*program, *self.rules, "--plugins", PLUGINS, "--site",
                        self.work.path("site"), "--state", self.home + "/state", "--local"],
                       stdin, HOME=self.home, XDG_CACHE_HOME=self.home + "/cache")

    def check(self):
        """Load and compile all rules with nothing kept from before."""
        self.fresh()
        return self.run(TARED, "-t")

    def filter(self, mail, warm):
        """One message, whole process."""
        if not warm:
            self.fresh()
        return self.run(TARE, "filter", stdin=mail)

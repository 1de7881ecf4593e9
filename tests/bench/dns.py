"""DNS at scale: a worker that asks lists which answer after 200 ms, beside one
that asks nothing.

The lists are those of the rules, each with its test points and nothing else,
so that tare holds them for healthy (delay.c).  Three daemons of one worker, one
after the other, get the same mails over as many connections: one asks nothing,
one asks lists that answer at once, one those that take their time.  The second
tells what the questions cost from what the waiting costs.

It is the worker that is measured.  It has a core of its own; the client, the
lists and the keeper share the others.  Messages a second are those while all
connections were in use: a run begins and ends with a wait for the lists,
however fast the worker is.  Each run is a new daemon that gets every mail once,
so the cache answers only what the mails have in common; each mail asks so many
questions as went to the lists, and so many that were answered from the cache."""
import json
import os
import subprocess
import time

from programs import Tare, family, wait_for
from tap import TARE

DELAY_MS = 200
COUNTED = 2                    # seconds, longer than a count waits to be stored
CONNECTIONS = 500              # below --max-inflight; 2500 a second at 200 ms


class Asking(Tare):
    """One worker; `options` say whether and whom it asks."""

    def __init__(self, work, name, rules, *options):
        super().__init__(work, name, rules, 1, options)

    def zones(self):
        """[{zone, state, …}]."""
        p = subprocess.run([TARE, "zones", *self.common(), "--json"], capture_output=True,
                           text=True)
        return list(map(json.loads, p.stdout.splitlines()))

    def known(self):
        """Which of the lists answers, tare finds out in some seconds."""
        zones = self.zones()
        return zones and all(z["state"] != "new" for z in zones)

    def lookups(self):
        """Answers so far, of lists and of the cache, when all are counted."""
        was = None
        while was != (now := sum(z["hour"]["lookups"] for z in self.zones())):
            was = now
            time.sleep(COUNTED)
        return now

    def worker(self):
        return next(p for p in family(self.child.pid) if self.role(p) == "worker")

    def worker_cpu(self):
        """Milliseconds; finer than clock ticks."""
        with open(f"/proc/{self.worker()}/schedstat") as f:
            return int(f.read().split()[0]) / 1e6


class Lists:
    """delay.c; a daemon asks port."""

    def __init__(self, work, program, milliseconds, zones):
        self.child = subprocess.Popen([program, str(milliseconds), *zones],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        work.children.append(self.child)
        self.port = int(self.child.stdout.readline())

    def counts(self):
        """Questions so far, and those it lost."""
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return map(int, self.child.stdout.readline().split())


def zone_names(work, name, rules):
    """The lists that these rules ask."""
    scout = Asking(work, name + "-scout", rules, "--cf", "dns_server 127.0.0.1:9")
    scout.start()
    zones = wait_for(scout.zones, 60)
    scout.stop()
    return sorted(z["zone"] for z in zones)


def spread_cores(daemons, others):
    """Workers have the first core, if there is another one."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return
    for d in daemons:
        for pid in family(d.child.pid):
            os.sched_setaffinity(pid, cores[:1] if d.role(pid) == "worker" else cores[1:])
    for pid in others:
        os.sched_setaffinity(pid, cores[1:])


class Slow:
    """measure() is one round."""

    def __init__(self, work, client, program, name, rules):
        self.client, zones = client, zone_names(work, name, rules)
        self.lists = {key: Lists(work, program, ms, zones)
                      for key, ms in (("at once", 0), ("slow", DELAY_MS))}
        self.daemons = {key: Asking(work, f"{name}-{key.split()[-1]}", rules, "--cf",
                                    f"dns_server 127.0.0.1:{lists.port}")
                        for key, lists in self.lists.items()}
        self.daemons["without"] = Asking(work, name + "-local", rules, "--local")

    def send(self, daemon, names):
        """(messages/s, CPU ms of the worker a message)."""
        was = os.sched_getaffinity(0)
        if len(was) > 1:
            os.sched_setaffinity(0, sorted(was)[1:])      # the client's, too
        before = daemon.worker_cpu()
        said = self.client.send(daemon, names, connections=CONNECTIONS)
        os.sched_setaffinity(0, was)
        return (said["steady"] or said["messages"] / said["seconds"],
                (daemon.worker_cpu() - before) / len(names))

    def run(self, key, warm, names):
        """A new daemon: (messages/s, CPU ms, questions sent and answered, a message;
        questions that were lost)."""
        daemon, lists = self.daemons[key], self.lists.get(key)
        daemon.start()
        if lists:
            wait_for(daemon.known, 30)
        spread_cores([daemon], [x.child.pid for x in self.lists.values()])
        self.send(daemon, warm)
        if not lists:
            result = (*self.send(daemon, names), 0, 0, 0)
        else:
            answers, before = daemon.lookups(), self.settled(lists)
            said = self.send(daemon, names)
            asked, lost = lists.counts()
            result = (*said, (asked - before) / len(names),
                      (daemon.lookups() - answers) / len(names), lost)
        daemon.stop()
        return result

    @staticmethod
    def settled(lists):
        """Questions so far, when the keeper has asked what it wants at a start."""
        was, now = None, next(lists.counts())
        while was != now:
            time.sleep(COUNTED)
            was, now = now, next(lists.counts())
        return now

    def measure(self, warm, names, turn=0):
        """One round; each begins with another of the three."""
        keys = ["without", "at once", "slow"]
        rounds = {key: self.run(key, warm, names) for key in keys[turn % 3:] + keys[:turn % 3]}
        rate, cpu = zip(*(rounds[key][:2] for key in keys))
        questions, answers, lost = rounds["slow"][2:]
        return {"messages/s": rate[2], "at once": rate[1], "without": rate[0],
                "of it": rate[2] / rate[0], "of it at once": rate[1] / rate[0],
                "cpu": cpu[2], "cpu at once": cpu[1], "cpu without": cpu[0],
                "of it by cpu": cpu[0] / cpu[2],
                "us a question": 1000 * (cpu[2] - cpu[0]) / max(questions, 1e-9),
                "questions": questions, "cached": max(0, answers - questions), "lost": lost}

    def stop(self):
        for lists in self.lists.values():
            lists.child.stdin.close()

"""DNS at scale: a worker that asks lists which answer after 200 ms, beside one
that asks nothing.

The lists are rbldnsd's, one for every zone of the rules, each with its test
points and nothing else, so that tare holds them for healthy; delay.c stands
before them.  No mail is sent twice, so the cache answers only what the mails
of a round have in common.  Both daemons have one worker and get the same mails
over as many connections."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../zones"))
from lists import Rbldnsd
from programs import Tare, wait_for
from tap import TARE

DELAY_MS = 200
CONNECTIONS = 500              # below --max-inflight
SETS = [("ip4set", ":127.0.0.2:Listed\n127.0.0.2\n"),
        ("ip6trie", ":127.0.0.2:Listed\n::ffff:7f00:2\n"),
        ("dnset", ":127.0.0.2:Listed\ntest\ndbltest.com\n"
                  "surbl-org-permanent-test-point.com\n")]


class Asking(Tare):
    """One worker; `options` say whether and whom it asks."""

    def __init__(self, work, name, rules, *options):
        super().__init__(work, name, rules, 1, options)

    def zones(self):
        """{name: state}."""
        p = subprocess.run([TARE, "zones", *self.common(), "--json"], capture_output=True,
                           text=True)
        return {z["zone"]: z["state"] for z in map(json.loads, p.stdout.splitlines())}


class Delay:
    """delay.c before a server."""

    def __init__(self, work, program, server):
        self.child = subprocess.Popen([program, str(DELAY_MS), str(server.port)],
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
    return sorted(zones)


class Slow:
    """measure() is one round."""

    def __init__(self, work, client, delay_program, name, rules):
        self.client, self.name = client, name
        names = zone_names(work, name, rules)
        server = Rbldnsd(work, {z: SETS for z in names})
        self.delay = Delay(work, delay_program, server)
        self.without = Asking(work, name + "-local", rules, "--local")
        self.asking = Asking(work, name + "-dns", rules, "--cf",
                             f"dns_server 127.0.0.1:{self.delay.port}")
        self.without.start()
        self.asking.start()
        # which of these a list answers, tare finds out in some seconds
        wait_for(lambda: "new" not in self.asking.zones().values(), 10)

    def measure(self, names):
        before, _ = self.delay.counts()
        with_dns = self.client.full(self.asking, names, connections=CONNECTIONS)
        asked, lost = self.delay.counts()
        without = self.client.full(self.without, names, connections=CONNECTIONS)
        return {"messages/s": with_dns["messages/s"],
                "without": without["messages/s"],
                "of it": with_dns["messages/s"] / without["messages/s"],
                "cpu": with_dns["cpu"], "cpu without": without["cpu"],
                "questions": (asked - before) / len(names), "lost": lost}

    def stop(self):
        self.asking.stop()
        self.without.stop()

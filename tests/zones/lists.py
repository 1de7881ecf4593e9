"""The real DNS servers of the scenarios, each on a port of its own, and the
relay that leads to them."""
import json
import os
import signal
import subprocess
import sys
import threading

from dnsmsg import ask
from tap import free_port, note, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = ["-u", "nobody"] if os.getuid() == 0 else []
# What an honest list of addresses, of IPv6 addresses and of domains begins with.
TEST_POINTS = {"ip4set": ":127.0.0.2:Listed, see example\n127.0.0.2\n",
               "ip6trie": ":127.0.0.2:Listed, see example\n::ffff:7f00:2\n",
               "dnset": ":127.0.0.2:Listed, see example\ntest\n"}
# The world is listed, but for the point that must not be (trap F3).
WORLD_BUT_TEST_POINT = ":127.0.0.2:Listed, see example\n0.0.0.0/0\n!127.0.0.1\n"


class Server:
    """A child on a free port; give it a name and a list of arguments."""

    def __init__(self, work, name):
        self.work, self.name, self.port = work, f"{name}-{free_port()}", free_port()
        self.child = None

    def launch(self, argv, question, want):
        self.child = self.work.start(argv, self.name + ".log")
        answer = []

        def started():
            answer[:] = [ask(self.port, question)]
            return want(answer[0])
        if not wait_for(started, 20, 0.05):
            with open(self.work.path(self.name + ".log"), errors="replace") as f:
                note(f"{argv[0]}: {question} -> {answer}", f.read()[-1500:])
            raise RuntimeError(f"{argv[0]} did not start")
        return self

    def stop(self):
        if self.child:
            self.work.stop(self.child)
        self.child = None


class Rbldnsd(Server):
    """zones: name -> [(dataset, text), …]; the text may be changed later."""

    def __init__(self, work, zones):
        super().__init__(work, "rbldnsd")
        self.zones = zones
        specs = []
        for zone, sets in zones.items():
            for i, (dataset, text) in enumerate(sets):
                name = f"{self.name}-{zone}-{i}"
                specs.append(f"{zone}:{dataset}:{work.write(name, text)}")
        self.launch(["rbldnsd", "-n", *NOBODY, "-b", f"127.0.0.1/{self.port}", "-t", "1",
                     "-c", "1h", *specs], "no-such-name." + next(iter(zones)),
                    lambda got: got is not None and got[0] in (0, 3))

    def change(self, zone, sets):
        """New contents, in force when the server has read them."""
        self.change_all({zone: sets})

    def change_all(self, zones):
        for zone, sets in zones.items():
            for i, (_, text) in enumerate(sets):
                self.work.write(f"{self.name}-{zone}-{i}", text)
        self.child.send_signal(signal.SIGHUP)


UNBOUND = """
server:
    interface: 127.0.0.1@{port}
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{dir}"
    pidfile: ""
    use-syslog: no
    do-ip6: no
    access-control: 127.0.0.0/8 allow
    module-config: "iterator"
    do-not-query-localhost: no
{more}
remote-control:
    control-enable: no
{forward}
"""


class Unbound(Server):
    def __init__(self, work, more, question, want, forward=""):
        super().__init__(work, "unbound")
        conf = work.write(self.name + ".conf", UNBOUND.format(
            port=self.port, dir=work.dir, more=more, forward=forward))
        self.launch(["unbound", "-d", "-c", conf], question, want)


def wild(work, zones, address, ttl=60):
    """Every name of these zones has that address, as a parked domain's have."""
    more = "".join(f"""    local-zone: "{z}." redirect
    local-data: "{z}. {ttl} IN A {address}"
    local-data: '{z}. {ttl} IN TXT "everything is listed"'
""" for z in zones)
    return Unbound(work, more, "some.name." + zones[0], lambda got: got == (0, [address]))


def nowhere(work):
    """An honest resolver without a network: nothing exists."""
    return Unbound(work, '    local-zone: "." static\n', "no.such.name",
                   lambda got: got == (3, []))


def stripping(work, zones, port):
    """A resolver with rebind protection before a server of these zones."""
    forward = "".join(f"""forward-zone:
    name: "{z}."
    forward-addr: 127.0.0.1@{port}
""" for z in zones)
    return Unbound(work, "    private-address: 127.0.0.0/8\n", "2.0.0.127." + zones[0],
                   lambda got: got == (0, []), forward)


class Nsd(Server):
    """zones: name -> zone file; None: a zone it has no data of (SERVFAIL)."""

    def __init__(self, work, zones):
        super().__init__(work, "nsd")
        os.makedirs(work.path(self.name), exist_ok=True)
        text = f"""server:
    ip-address: 127.0.0.1@{self.port}
    username: ""
    database: ""
    zonesdir: "{work.path(self.name)}"
    zonelistfile: "{work.path(self.name)}/list"
    xfrdfile: "{work.path(self.name)}/xfrd"
    xfrdir: "{work.path(self.name)}"
    pidfile: "{work.path(self.name)}/pid"
    do-ip6: no
    server-count: 1
    rrl-ratelimit: 0
remote-control:
    control-enable: no
"""
        for zone, data in zones.items():
            text += f"zone:\n    name: {zone}\n    zonefile: {zone}.zone\n"
            if data is not None:
                work.write(f"{self.name}/{zone}.zone", data)
        self.conf = work.write(f"{self.name}/nsd.conf", text)
        self.launch(["nsd", "-d", "-c", self.conf], "no-such-name." + next(iter(zones)),
                    lambda got: got is not None and
                    (got[0] in (0, 3) or None in zones.values()))

    def change(self, zone, data):
        self.work.write(f"{self.name}/{zone}.zone", data)
        self.child.send_signal(signal.SIGHUP)


class Relay:
    """See relay.py."""

    def __init__(self, work):
        self.child = subprocess.Popen([sys.executable, os.path.join(HERE, "relay.py")],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        work.children.append(self.child)
        self.port = int(self.child.stdout.readline())
        self.lock = threading.Lock()

    def command(self, **said):
        with self.lock:
            self.child.stdin.write(json.dumps(said) + "\n")
            self.child.stdin.flush()
            return json.loads(self.child.stdout.readline())

    def route(self, zones, *servers, **how):
        """From now on, at one moment; the time at which it was."""
        to = [s.port for s in servers]
        return self.command(routes=[dict(how, zone=z, to=to) for z in zones])

    def log(self, zone, since=0.0, kinds=None):
        """What was asked of the zone, and where: (time, kind, key, port)."""
        return [q for q in self.command(log=zone)
                if q[0] >= since and (kinds is None or q[1] in kinds)]

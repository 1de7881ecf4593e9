"""Real DNS servers on loopback for the zone tests: rbldnsd for a list that
works, unbound for one whose every name gets the same answer."""
import os
import subprocess

from tap import note, wait_for


class ListServer:
    """One UDP port, behind it rbldnsd or unbound, exchanged by phase."""

    def __init__(self, work, port, zone, kind="ip"):
        self.work, self.port, self.zone, self.kind = work, port, zone, kind
        self.child = None
        self.serial = 0

    def stop(self):
        if self.child:
            self.work.stop(self.child)
        self.child = None

    def ask(self, key, kind="A"):
        out = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "-p", str(self.port),
                              "@127.0.0.1", f"{key}.{self.zone}", kind],
                             capture_output=True, text=True)
        return out.stdout.split()

    def _started(self, key, want):
        if not wait_for(lambda: want in self.ask(key), 10, 0.1):
            note(open(self.work.path("dns.log"), errors="replace").read()[-1000:])
            raise RuntimeError(f"the DNS server for {self.zone} did not start")

    def healthy(self, listed):
        """Addresses (or domains) that are listed, besides the test points."""
        self.stop()
        if self.kind == "ip":
            text = ":127.0.0.2:Listed, see example\n127.0.0.2\n" + "\n".join(listed) + "\n"
            dataset, key = "ip4set", "2.0.0.127"
        else:
            text = ":127.0.0.2:Listed, see example\ntest\n" + "\n".join(listed) + "\n"
            dataset, key = "dnset", "test"
        name = self.work.write(f"{self.zone}.data", text)
        self.child = self.work.start(
            ["rbldnsd", "-n", "-b", f"127.0.0.1/{self.port}", "-q", "-t", "1",
             *(["-u", "nobody"] if os.getuid() == 0 else []),
             f"{self.zone}:{dataset}:{name}"], "dns.log")
        self._started(key, "127.0.0.2")

    def everything(self, address):
        """Every name of the zone answers with this address."""
        self.stop()
        self.serial += 1
        conf = self.work.write(f"unbound-{self.serial}.conf", f"""
server:
    interface: 127.0.0.1@{self.port}
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{self.work.dir}"
    pidfile: ""
    use-syslog: no
    do-ip6: no
    access-control: 127.0.0.0/8 allow
    module-config: "iterator"
    local-zone: "{self.zone}." redirect
    local-data: "{self.zone}. 60 IN A {address}"
    local-data: '{self.zone}. 60 IN TXT "everything is listed"'
remote-control:
    control-enable: no
""")
        self.child = self.work.start(["unbound", "-d", "-c", conf], "dns.log")
        self._started("some.name", address)

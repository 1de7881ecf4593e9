"""The DNS that both programs ask: every list of the stock rules, holding a
third of the addresses and names that the mails mention, and ordinary records
for the rest.  rbldnsd serves the lists; unbound in front of it the records.

What is listed, and with which answer, follows from a digest of zone and name,
so that two runs build the same data."""
import hashlib
import os
import re
import subprocess

from tap import free_port, note, wait_for

LISTED = 30             # per cent
ANSWERS = {             # of zones asked about addresses
    "zen.spamhaus.org": ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.10", "127.0.0.11",
                         "127.0.0.2 127.0.0.4", "127.0.0.3 127.0.0.11"],
    "bl.mailspike.net": ["127.0.0.2", "127.0.0.10", "127.0.0.11", "127.0.0.12", "127.0.0.13"],
    "wl.mailspike.net": ["127.0.0.16", "127.0.0.17", "127.0.0.18", "127.0.0.19", "127.0.0.20"],
    "list.dnswl.org": ["127.0.5.0", "127.0.4.1", "127.0.9.2", "127.0.2.3"],
    "iadb.isipp.com": ["127.0.0.1 127.2.255.1 127.3.100.7", "127.0.0.2 127.3.200.130",
                       "127.2.255.4 127.101.101.10 127.101.2.10", "127.0.0.1 127.0.1.255"],
    "psbl.surriel.com": ["127.0.0.2"],
    "bl.score.senderscore.com": ["127.0.0.2"],
    "bl.spamcop.net": ["127.0.0.2"],
    "sa-trusted.bondedsender.org": ["127.0.0.10"],
    "sa-accredit.habeas.com": ["127.0.0.50"],
}
NAMES = {               # of zones asked about names
    "dbl.spamhaus.org": ["127.0.1.2", "127.0.1.4", "127.0.1.5", "127.0.1.6", "127.0.1.102",
                         "127.0.1.103", "127.0.1.104", "127.0.1.105", "127.0.1.106"],
    "multi.surbl.org": ["127.0.0.8", "127.0.0.16", "127.0.0.64", "127.0.0.128", "127.0.0.80"],
    "multi.uribl.com": ["127.0.0.2", "127.0.0.4", "127.0.0.8", "127.0.0.14"],
    "dob.sibl.support-intelligence.net": ["127.0.0.2"],
    "fresh.fmb.la": ["127.2.0.2", "127.2.0.14", "127.2.0.28"],
}
ADDRESS = re.compile(rb"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")


def draw(*parts):
    """A number that looks random and is always the same for these words."""
    return int.from_bytes(hashlib.sha256(" ".join(parts).encode()).digest()[:6], "big")


def mentioned(files, uris):
    """Addresses in the headers, names in headers and URIs with their parents."""
    addresses, names = set(), set()
    for path in files:
        with open(path, "rb") as f:
            head = re.split(rb"\r?\n\r?\n", f.read(), maxsplit=1)[0]
        found = {a.decode() for a in ADDRESS.findall(head)}
        addresses |= {a for a in found if all(int(x) < 256 for x in a.split("."))}
        text = head.decode("latin-1").lower() + " " + " ".join(uris.get(path, [])).lower()
        for host in HOST.findall(text):
            labels = host.split(".")
            if labels[-1].isdigit():
                continue
            names |= {".".join(labels[i:]) for i in range(len(labels) - 1)}
    return sorted(addresses), sorted(n for n in names if len(n) < 180)


def hosting(name):
    """The address that a name has."""
    n = draw("address", name)
    return f"{60 + n % 20}.{n // 20 % 256}.{n // 5120 % 256}.{n // 1310720 % 254 + 1}"


def list_lines(zone, answers, keys):
    """rbldnsd's lines for those of the keys that are listed."""
    lines = []
    for key in keys:
        if draw("listed", zone, key) % 100 < LISTED:
            for answer in answers[draw("answer", zone, key) % len(answers)].split():
                lines.append(f"{key} :{answer}:Listed by {zone}, see example\n")
    return lines


def record_lines(names):
    """unbound's local data: what the mails' names resolve to."""
    lines = []
    for name in names:
        n = draw("records", name)
        if n % 10 < 7:
            lines.append(f"{name}. 300 IN A {hosting(name)}")
        if n // 10 % 10 < 7:
            lines.append(f"{name}. 300 IN NS ns.{name}.")
            lines.append(f"ns.{name}. 300 IN A {hosting('ns.' + name)}")
        if n // 100 % 10 < 6:
            lines.append(f"{name}. 300 IN MX 10 mx.{name}.")
        if n // 1000 % 10 < 5:
            policy = "+all" if n // 10000 % 4 == 0 else "mx -all"
            lines.append(f"{name}. 300 IN TXT v=spf1 {policy}")
    return [f"    local-data: '{line}'\n" if " TXT " not in line else
            "    local-data: '" + line.replace("TXT ", 'TXT "') + "\"'\n" for line in lines]


class Servers:
    """rbldnsd behind unbound; port is where both programs ask."""

    def __init__(self, work, files, uris):
        self.work = work
        addresses, names = mentioned(files, uris)
        self.lists = {}
        addresses += sorted(hosting(n) for n in names) + sorted(hosting("ns." + n) for n in names)
        for zone, answers in ANSWERS.items():
            self.lists[zone] = ["127.0.0.2 :127.0.0.2:Test entry\n"] + \
                list_lines(zone, answers, addresses)
        for zone, answers in NAMES.items():
            self.lists[zone] = ["test :127.0.0.2:Test entry\n"] + list_lines(zone, answers, names)
        self.records = record_lines(names)
        self.lists_port, self.port = free_port(), free_port()
        self._start()

    def key(self):
        """Changes with the data."""
        text = "".join("".join([z, *lines]) for z, lines in sorted(self.lists.items()))
        return hashlib.sha256((text + "".join(self.records)).encode()).hexdigest()[:32]

    def _start(self):
        sets = []
        for zone, lines in self.lists.items():
            path = self.work.write(zone + ".data", "".join(lines))
            sets.append(f"{zone}:{'ip4set' if zone in ANSWERS else 'dnset'}:{path}")
        self.work.start(["rbldnsd", "-n", "-b", f"127.0.0.1/{self.lists_port}", "-q", "-t", "300",
                         *(["-u", "nobody"] if os.getuid() == 0 else []), *sets], "lists.log")
        stubs = "".join(f'stub-zone:\n    name: "{z}."\n'
                        f"    stub-addr: 127.0.0.1@{self.lists_port}\n" for z in self.lists)
        opened = "".join(f'    local-zone: "{z}." transparent\n' for z in self.lists)
        conf = self.work.write("unbound.conf", f"""
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
    do-not-query-localhost: no
    qname-minimisation: no
    local-zone: "." static
{opened}{"".join(self.records)}
{stubs}remote-control:
    control-enable: no
""")
        self.work.start(["unbound", "-d", "-c", conf], "unbound.log")
        if not wait_for(lambda: all(self._answers(z) for z in self.lists), 20, 0.2):
            for log in ("lists.log", "unbound.log"):
                with open(self.work.path(log), errors="replace") as f:
                    note(f.read()[-1000:])
            raise RuntimeError("the DNS servers did not start")

    def _answers(self, zone):
        name = ("2.0.0.127." if zone in ANSWERS else "test.") + zone
        out = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "-p", str(self.port),
                              "@127.0.0.1", name], capture_output=True, text=True)
        return "127.0.0.2" in out.stdout

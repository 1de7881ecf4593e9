#!/usr/bin/env python3
"""Scenario 36: the same broken lists, the same mail, three scanners side by side.

    make compare-zones              all of them, about 20 minutes
    tests/zones/compare.py 2 15     some scenarios

Packaged rspamd and SpamAssassin and this tare ask the same servers through the
same relay, with the same lists at the same points (2.5; an allow list -5), while
a stream of mail with known truth runs: 100 messages a minute of zone time.

Clocks.  rspamd's health checks take hours, so its processes run with a clock
(fastclock.c) SCALE times faster, and so does tare's zone time; every time-out of
rspamd is multiplied by the same factor, so in real time it waits as long as ever.
SpamAssassin has no clock that matters here.

Sampling.  tare gets every message, rspamd and spamd each a share that they can
bear on the same two cores (--share); their counts are multiplied accordingly.

Settings.  rspamd: its rbl module with `checks = [from]` or `[urls]`, return codes
or bits where the scenario's list has them, monitoring on (the default).
SpamAssassin: check_rbl and urirhssub rules, rbl_timeout as it is.  Health checks,
caches and retries are the defaults of each.  tare: its defaults, and in scenario 6
the known-good senders that a site has after some weeks.

Harm: messages whose action (spam from 5 points on) is wrong because of the list
while it is broken.  Deaf: minutes from the repair until a rightly listed message
gets the list's points again."""
import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import WORLD_BUT_TEST_POINT, Rbldnsd, wild
from scene import RULES, Scene, data
from tap import TOP, free_port, need, note, wait_for
from traffic import LISTED_DOMAINS, Mix, Result, Stream

HERE = os.path.dirname(os.path.abspath(__file__))
SCALE = 120
WARM, AFTER = 100, 90               # minutes of health before and after
PARKED = "91.195.240.87"


# ---- the peers ----

class Peer:
    """What Stream wants: scale and send(mail); judge() is the peer's own."""

    def __init__(self, scene):
        self.scene, self.scale, self.work = scene, scene.scale, scene.work
        self.port = free_port()

    def send(self, mail):
        at, began = time.time(), time.monotonic()
        rules, score = self.judge(mail)
        return Result(mail, at, time.monotonic() - began, rules, score)

    def valued(self, rules):
        """Those rules that all three have, and their points."""
        points = {"BASE3": 3, "BASE6": 6, self.scene.case.rule: self.scene.case.points}
        ours = set(rules) & set(points)
        return ours, sum(points[r] for r in ours)

    def answers(self):
        try:
            self.judge(Mix().mail(1))
            return True
        except (OSError, RuntimeError, http.client.HTTPException):
            return False

    def start(self):
        self.launch()
        if not wait_for(self.answers, 90, 0.5):
            raise RuntimeError(f"{self.name} did not start")
        return self


RSPAMD = """
options {{
  pidfile = "{dir}/pid"; filters = "regexp"; url_tld = "{dir}/tld";
  history_file = "{dir}/history"; dynamic_conf = "{dir}/dynamic";
  dns {{ nameserver = ["127.0.0.1:{dns}"]; timeout = {dns_timeout}s; }}
}}
logging {{ type = "file"; filename = "{dir}/log"; level = "info"; debug_modules = ["monitored"]; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 2; task_timeout = {task_timeout}s; }}
lua = "/usr/share/rspamd/rules/rspamd.lua"
modules {{ path = "/usr/share/rspamd/plugins/rbl.lua"; }}
actions {{ reject = 1000; add_header = 5; }}
regexp {{
  BASE3 = {{ re = "Subject=/base3/H"; score = 3.0; }}
  BASE6 = {{ re = "Subject=/base6/H"; score = 6.0; }}
}}
rbl {{ rbls {{ list {{ rbl = "{zone}"; {how} }} }} }}
group "compare" {{
  symbol "{rule}" {{ weight = {points}; }}
}}
"""


class Rspamd(Peer):
    name = "rspamd"

    def launch(self):
        case = self.scene.case
        top = self.work.path("rspamd")
        os.makedirs(top)
        self.work.write("rspamd/tld", "com\nnet\norg\n")
        conf = self.work.write("rspamd/conf", RSPAMD.format(
            dir=top, dns=self.scene.relay.port, port=self.port, zone=case.zone,
            how=case.rspamd.format(rule=case.rule), rule=case.rule, points=case.points,
            dns_timeout=self.scale, task_timeout=8 * self.scale))
        subprocess.run(["chown", "-R", "_rspamd:_rspamd", top], check=True)
        clock = self.work.path("fastclock.so")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", clock,
                        os.path.join(HERE, "fastclock.c")], check=True)
        self.child = self.work.start(
            ["env", f"LD_PRELOAD={clock}",
             f"FASTCLOCK={self.scale:g} {time.time():.3f} {time.monotonic():.3f}",
             "rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd", "-c", conf], "rspamd.out")

    def judge(self, mail):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            c.request("POST", "/checkv2", mail.text(), {"IP": mail.ip})
            got = json.loads(c.getresponse().read())
        finally:
            c.close()
        # its own opinions of form are not what is compared
        return self.valued(got["symbols"])


class Spamd(Peer):
    name = "SpamAssassin"

    def launch(self):
        rules = RULES + self.scene.zones[0].rules
        self.work.write("spamd/rules/10.cf", rules + "dns_available yes\nuse_bayes 0\n"
                        "util_rb_tld com net org\n"
                        f"dns_server 127.0.0.1:{self.scene.relay.port}\n")
        self.work.write("spamd/site/init.pre", "".join(
            f"loadplugin Mail::SpamAssassin::Plugin::{p}\n"
            for p in ("Check", "DNSEval", "URIDNSBL")))
        self.child = self.work.start(
            ["spamd", "-x", "-C", self.work.path("spamd/rules"), "--siteconfigpath",
             self.work.path("spamd/site"), "-i", "127.0.0.1", "-p", str(self.port), "-m", "4",
             "--min-spare", "4", "--max-spare", "4", "-u", "nobody", "-H", self.work.dir,
             "-s", "stderr"], "spamd.out")

    def judge(self, mail):
        text = mail.text()
        p = subprocess.run(["spamc", "-d", "127.0.0.1", "-p", str(self.port), "-x", "-y", "-t", "60"],
                           input=text, capture_output=True)
        if p.returncode != 0:
            raise RuntimeError(f"spamc: {p.returncode}")
        return self.valued(p.stdout.decode().strip().split(","))


# ---- the cases ----

class Case:
    """A scenario: how its list looks to each scanner, and how it breaks."""
    kind, points, flags, rules, sets = "ip", 2.5, "", None, None
    rspamd = 'symbol = "{rule}"; checks = ["from"]; ipv6 = true;'
    minutes = 120
    cf = ()                             # settings of tare alone
    mix = staticmethod(Mix)

    def __init__(self):
        self.rule = "IN_" + self.zone.upper().replace(".", "_")

    def broken(self, scene):
        """The server of the broken list."""
        return wild(scene.work, [self.zone], self.address)

    def play(self, scene, wait):
        """Break it and repair it; the zone times between which it was broken."""
        server = self.broken(scene)
        start = scene.route(scene.zones[0], server)
        wait(self.minutes)
        return [(start, scene.route(scene.zones[0], scene.healthy))]


class Spamcop(Case):
    number, zone, title, address = 2, "bl.spamcop.net", "parked for 6.4 h", PARKED
    minutes = 384


class World(Case):
    number, zone, title = 4, "bl.world.net", "the world listed, test points right"

    def broken(self, scene):
        return Rbldnsd(scene.work, {self.zone: [("ip4trie", WORLD_BUT_TEST_POINT)]})


class Partial(Case):
    """tare has what a site has after some weeks: senders that it knows to be good.
    Two dozen stand for them; none sends in this stream."""
    number, zone, title = 6, "bl.partial.net", "30 % of addresses listed"
    cf = ["known_good_host " + " ".join(f"9.{10 * n + 3}.77.7" for n in range(24))]

    def broken(self, scene):
        dice = random.Random(6)
        more = [f"{net}.{a}.0.0/16" for net in (9, 14) for a in range(256) if dice.random() < 0.3]
        return Rbldnsd(scene.work, {self.zone: [data("ip4set", ["5.0.0.0/8", *more])]})


class Allow(Case):
    number, zone, title, address = 13, "list.dnswl.org", "allow list: 127.0.10.3 for all", "127.0.10.3"
    points, flags = -5, "nice"
    sets = [data("ip4set", ["5.0.0.0/8 :127.0.9.3:trusted"])]
    rules = """header __{rule} eval:check_rbl('{label}-firsttrusted', '{name}.')
tflags __{rule} net nice
header {rule} eval:check_rbl_sub('{label}-firsttrusted', '^127\\.0\\.\\d+\\.3$')
tflags {rule} net nice
score {rule} {points}
"""
    rspamd = """symbol = "LIST"; checks = ["from"]; unknown = false;
      returncodes {{ {rule} = "127.0.%d+.3"; }}"""


class Bits(Case):
    number, zone, title, address = 15, "multi.surbl.org", "bit list parked at " + PARKED, PARKED
    kind = "domain"
    sets = [data("dnset", [f"{d} :127.0.0.64:abuse" for d in LISTED_DOMAINS])]
    rules = """urirhssub {rule} {name}. A 64
body {rule} eval:check_uridnsbl('{rule}')
tflags {rule} net
score {rule} {points}
"""
    rspamd = """symbol = "LIST"; checks = ["urls"]; ignore_defaults = true; no_ip = true;
      returnbits {{ {rule} = 64; }}"""


class Flapping(Case):
    number, zone, title, address = 20, "bl.flapping.net", "ten minutes good, ten bad, 6 h", "127.0.0.2"

    def play(self, scene, wait):
        server, bad = self.broken(scene), []
        for _ in range(18):
            start = scene.route(scene.zones[0], server)
            wait(10)
            bad.append((start, scene.route(scene.zones[0], scene.healthy)))
            wait(10)
        return bad


CASES = [Spamcop, World, Partial, Allow, Bits, Flapping]


# ---- one run ----

def spoiled(case, result):
    """Is the action wrong because of the list?  Blocked ham; whitelisted spam."""
    mail = result.mail
    if case.rule not in result.rules or mail.listed:
        return False
    return result.action != (mail.base >= 5) and (mail.spam if case.points < 0 else not mail.spam)


def deaf(scene, case, results, repaired):
    """Minutes from the repair to the first rightly listed message that scored."""
    times = [scene.zone_time(r.at) for r in results if r.mail.listed and case.rule in r.rules]
    after = [t for t in times if t > repaired]
    return (min(after) - repaired) / 60 if after else None


def run(case, rate, share):
    with Scene(case.number, SCALE, real=True) as s:
        s.case = case
        zone = s.zone(case.zone, kind=case.kind, points=case.points, sets=case.sets,
                      rules=case.rules, flags=case.flags)
        assert zone.rule == case.rule
        s.start(*case.cf, trusted=True)
        scanners = [("tare", s, 1)] + [(p.name, p.start(), share[p.name])
                                       for p in (Rspamd(s), Spamd(s))]
        streams = {name: Stream(scanner, rate * part, case.mix(), 16, 10 ** 6 * (i + 1))
                   for i, (name, scanner, part) in enumerate(scanners)}
        s.sleep(WARM)
        bad = case.play(s, s.sleep)
        s.sleep(AFTER)
        rows = []
        for name, _, part in scanners:
            results = streams[name].stop()
            wrong = [r for r in results if spoiled(case, r) and
                     any(a <= s.zone_time(r.at) <= b + 60 for a, b in bad)]
            during = sum(any(a <= s.zone_time(r.at) <= b for a, b in bad) for r in results)
            healthy = sum(r.mail.listed and case.rule in r.rules and
                          s.zone_time(r.at) < bad[0][0] for r in results)
            rows.append({"scenario": case.number, "title": case.title, "scanner": name,
                         "harm": round(len(wrong) / part), "messages": round(during / part),
                         "deaf": deaf(s, case, results, bad[-1][1]), "scored_before": healthy,
                         "sample": part, "failed": len(streams[name].failures)})
        return rows


def show(rows):
    print(f"{'scenario':44} {'scanner':13} {'harm':>7} {'of messages':>11} {'deaf, min':>10}")
    for r in rows:
        minutes = "never" if r["deaf"] is None else f"{r['deaf']:.1f}"
        print(f"{r['scenario']:2} {r['title']:41} {r['scanner']:13} {r['harm']:7} "
              f"{r['messages']:11} {minutes:>10}", flush=True)
        if r["scored_before"] == 0 or r["failed"]:
            print(f"   (!) {r['scored_before']} scored while healthy, {r['failed']} not judged")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    p.add_argument("scenarios", nargs="*", type=int, default=[])
    p.add_argument("--rate", type=float, default=100, help="messages a minute of zone time")
    p.add_argument("--share", type=float, nargs=2, default=(0.25, 0.05),
                   metavar=("RSPAMD", "SPAMD"), help="of the messages that the peers get")
    p.add_argument("--json", action="store_true")
    a = p.parse_args()
    subprocess.run([os.path.join(TOP, "scripts/deps"), "compare"], check=True)
    need("rspamd", "spamd", "spamc", "cc")
    share = {"rspamd": a.share[0], "SpamAssassin": a.share[1]}
    rows = []
    for case in CASES:
        if not a.scenarios or case.number in a.scenarios:
            rows += run(case(), a.rate, share)
            print(*map(json.dumps, rows[-3:]), sep="\n", flush=True) if a.json else show(rows[-3:])
    worse = [r["scenario"] for r in rows if r["scanner"] == "tare" and r["harm"] >= min(
        q["harm"] for q in rows if q["scenario"] == r["scenario"] and q["scanner"] != "tare")
        and r["harm"] > 0]
    if worse:
        print(f"tare did not do strictly better in scenarios {worse}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())

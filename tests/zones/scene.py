"""What the acceptance scenarios of DNS list reliability share.

    with Scene(2, 180) as s:                    number, default clock scale
        bl = s.zone("bl.example.net")           a healthy list and its rule
        s.start(trusted=True)                   servers, relay, tared
        with s.stream(100) as mail:             100 messages a minute
            s.route(bl, wild(…))                it breaks
            s.until(bl, 5, state="quarantined")
        s.equal(s.harm(bl, mail), 0, "harm")
    done()

Time.  Spans of minutes and hours are zone time, which runs `scale` times
faster than the clock; the environment's TARE_ZONES_SCALE replaces every
scenario's own scale (1: real time).  Spans of milliseconds and seconds that a
scenario demands are real ones.  Scene.now() is zone time.

Trust.  A zone is TRUSTED after a day and 500 lookups.  start(trusted=True)
starts a daemon whose zone time is ten days ago, for the lookups; the second one
begins a day later (zone_clock_start)."""
import json
import os
import socket
import sqlite3
import statistics
import time

import dnsmsg
from lists import TEST_POINTS, Rbldnsd, Relay, nowhere
from tap import Daemon, Work, is_equal, need, note, ok, wait_for
from traffic import LISTED4, LISTED6, LISTED_DOMAINS, Mix, Result, Stream, burst

WARM = 60               # the scale at which trust is earned, at least
DAY = 86400.0
PATIENT = 0.5           # seconds that tare waits for a list, at least
RULES = """required_score 5
report_safe 0
header BASE3 Subject =~ /base3/
score BASE3 3
header BASE6 Subject =~ /base6/
score BASE6 6
"""
ASK_ADDRESS = """header {rule} eval:check_rbl('{label}-lastexternal', '{name}.')
tflags {rule} net {flags}
score {rule} {points}
"""
ASK_DOMAIN = """urirhssub {rule} {name}. A 127.0.0.2-127.0.0.255
body {rule} eval:check_uridnsbl('{rule}')
tflags {rule} net {flags}
score {rule} {points}
"""


class Zone:
    """A list: its name, its rule, and what the healthy one has."""

    def __init__(self, name, kind, points, sets, rules, flags):
        self.name, self.kind = name, kind
        self.rule = "IN_" + name.upper().replace(".", "_").replace("-", "_")
        self.sets = sets
        form = rules or (ASK_DOMAIN if kind == "domain" else ASK_ADDRESS)
        self.rules = form.format(rule=self.rule, name=name, points=points, flags=flags,
                                 label=name.replace(".", ""))


def data(dataset, listed):
    return dataset, TEST_POINTS[dataset] + "\n".join(listed) + "\n"


def slow_list(work, zone, rule, delay):
    """One list of 5.0.0.0/8 behind a relay that keeps its answers for so many
    seconds, and a daemon of one worker that believes it: daemon, relay, server."""
    server = Rbldnsd(work, {zone: [data("ip4set", ["5.0.0.0/8"])]})
    relay = Relay(work)
    relay.route([""], nowhere(work))
    relay.route([zone], server, delay=delay)
    work.write("rules/10.cf", RULES + ASK_ADDRESS.format(
        rule=rule, name=zone, label="l", flags="", points=10))
    daemon = Daemon(work, rules=work.path("rules"), workers=1,
                    cf=[f"dns_server 127.0.0.1:{relay.port}", "zone_control 0"]).start(60)
    ok(wait_for(lambda: daemon.zones().get(zone, {}).get("state") not in ("new", None), 60),
       "the list is known to be healthy, and slow")
    return daemon, relay, server


class Scene:
    def __init__(self, number, scale, real=False):
        """real: what the scenario measures is real time, whatever the scale."""
        self.number = number
        self.scale = float((not real and os.environ.get("TARE_ZONES_SCALE")) or scale)
        self.zones = []
        self.work = Work()
        self.daemon = self.healthy = None
        self.serial, self.lives = 10 ** 6, 0
        self.zero = None
        self.port = None            # whom tare asks; the relay's, unless set
        self.warm_port = None       # and while it earns trust
        self.warm_up = None         # mail that earns trust, if not everyday's

    def __enter__(self):
        need("rbldnsd", "unbound", "nsd")
        return self

    def __exit__(self, kind, value, trace):
        if value is not None and self.daemon:
            note(self.daemon.read_log()[-3000:])
        self.work.__exit__(kind, value, trace)

    # ---- saying ----

    def ok(self, good, text):
        return ok(good, f"scenario {self.number}: {text}")

    def equal(self, got, want, text):
        return is_equal(got, want, f"scenario {self.number}: {text}")

    def most(self, got, limit, text):
        """A number that must not be above its limit."""
        shown = f"{got:.4g}" if isinstance(got, float) else got
        return self.ok(got is not None and got <= limit, f"{text}: {shown} (at most {limit})")

    # ---- the stage ----

    def zone(self, name, kind="ip", points=2.5, sets=None, rules=None, flags=""):
        """A list that is healthy until it is routed elsewhere."""
        if sets is None:
            sets = [data("dnset", LISTED_DOMAINS)] if kind == "domain" else \
                [data("ip4set", LISTED4), data("ip6trie", LISTED6)]
        self.zones.append(Zone(name, kind, points, sets, rules, flags))
        return self.zones[-1]

    def open(self):
        """Servers and relay, every zone healthy."""
        self.healthy = Rbldnsd(self.work, {z.name: z.sets for z in self.zones})
        self.relay = Relay(self.work)
        self.port = self.relay.port
        self.relay.route([""], nowhere(self.work))
        self.relay.route([z.name for z in self.zones], self.healthy)
        self.work.write("rules/zones.cf", RULES + "".join(z.rules for z in self.zones))

    def launch(self, scale, begin, *cf, workers=2, options=(), port=None):
        self.lives += 1
        self.daemon = Daemon(self.work, "--max-inflight", "256", *options,
                             rules=self.work.path("rules"), workers=workers,
                             cf=[f"dns_server 127.0.0.1:{port or self.port}",
                                 f"zone_clock_scale {scale:g}",
                                 f"zone_clock_start {begin:.0f}", *cf])
        self.daemon.start(60)
        self.zero = None

    def start(self, *cf, workers=2, trusted=False, options=()):
        if self.healthy is None:
            self.open()
        begin = 0
        if trusted:
            begin = self.earn_trust(*cf)
        self.launch(self.scale, begin, *cf, workers=workers, options=options)
        self.enrolled()
        if trusted and not self.wait(lambda: all(self.state(z)["state"] == "trusted"
                                                 for z in self.zones if self.is_healthy(z))):
            note("the zones are not trusted", self.states())

    def is_healthy(self, zone):
        return getattr(zone, "route", None) is None

    def earn_trust(self, *cf):
        """Ten days ago: enrollment and 600 lookups.  When the day is over."""
        real, self.scale = self.scale, max(self.scale, WARM)
        self.launch(self.scale, time.time() - 10 * DAY, *cf, port=self.warm_port)
        self.enrolled()
        # a message asks all lists at once: no more at a time than servers bear
        burst(self, self.warm_up or [Mix(seed=9, v6=k % 4 == 0).mail(k) for k in range(600)],
              4 if len(self.zones) > 20 else 16)
        end = self.now()
        self.daemon.stop()
        self.scale = real
        return end + DAY

    def enrolled(self):
        if not self.wait(lambda: all(self.state(z)["state"] not in ("new", None)
                                     for z in self.zones if self.is_healthy(z))):
            note("the zones were not enrolled", self.states())

    def restart(self, *cf, **how):
        """Another daemon with the same state; zone time goes on."""
        self.launch(self.scale, self.now() if self.scale > 1 else 0, *cf, **how)

    def route(self, zone, *servers, **how):
        """Lead its questions elsewhere (no server: nowhere; self.healthy: it is
        repaired); the zone time at which that was."""
        return self.route_all([zone], *servers, **how)

    def route_all(self, zones, *servers, **how):
        """The same for several zones, at one moment."""
        for z in zones:
            z.route = None if servers == (self.healthy,) and not how else servers
        wall = self.relay.route([z.name for z in zones], *servers, **how)
        return self.zone_time(wall) if self.daemon else None

    def rewrite(self, address):
        """The resolver gives this for every name that it should deny (None: no
        more); the zone time at which that began."""
        return self.zone_time(self.relay.command(rewrite=address))

    @staticmethod
    def lookup(server, zone, key):
        """What that server says of a key of the zone: addresses."""
        return dnsmsg.ask(server.port, f"{key}.{zone.name}")[1]

    # ---- time ----

    def zone_time(self, wall):
        if self.zero is None:
            self.zero = min((self.clock() for _ in range(5)), key=lambda c: c[0])[1:]
        zone, then = self.zero
        return zone + (wall - then) * self.scale

    def clock(self):
        """How long the answer took, the zone time in it, when it had come.
        Zone time is never taken for later than it is: what happens after
        now() has a time after now()."""
        before = time.time()
        zone = self.control("zones")["now"]
        after = time.time()
        return after - before, zone, after

    def wall(self, zone_time):
        """The real time at which it was that zone time."""
        zone, then = self.zero
        return then + (zone_time - zone) / self.scale

    def now(self):
        return self.zone_time(time.time())

    def wait(self, what, seconds=30.0):
        """Until what() is true, for so many real seconds; its last value."""
        return wait_for(what, seconds, 0.02)

    def sleep(self, minutes):
        """Let zone time pass."""
        time.sleep(max(0, minutes * 60 / self.scale))

    # ---- mail ----

    def send(self, mail):
        at, began = time.time(), time.monotonic()
        rules, score = self.daemon.scan(mail.text())
        return Result(mail, at, time.monotonic() - began,
                      {r for r in rules.strip().split(",") if r}, score)

    def stream(self, rate, mix=None, threads=16, first=None):
        if first is None:
            self.serial += 10 ** 6
            first = self.serial
        return Stream(self, rate, mix or Mix(), threads, first)

    def mails(self, count, mix=None):
        """New messages, none of them sent before."""
        self.serial += count
        mix = mix or Mix()
        return [mix.mail(n) for n in range(self.serial - count, self.serial)]

    @staticmethod
    def latency(results):
        """The median of how long messages took, in seconds."""
        return statistics.median(r.seconds for r in results)

    def harm(self, zone, results, since=0.0):
        """Ham messages to which this zone's rule gave points it should not
        have: with 3 points of their own each became spam by that."""
        hurt = [r for r in getattr(results, "results", results)
                if not r.mail.spam and not r.mail.listed and zone.rule in r.rules and r.at >= since]
        for r in hurt[:3]:
            note(f"harm: {r.mail.ip} {r.score} {sorted(r.rules)} at {self.zone_time(r.at):.0f}")
        return len(hurt)

    def lacking(self, rule, results):
        """Messages that a rule should have hit and did not.  Where a message
        was under way for as long as a list is waited for, a busy machine may
        have been too late: it is sent once more, alone, before it is blamed."""
        return [r for r in results if rule not in r.rules and
                (r.seconds < PATIENT or rule not in self.send(r.mail).rules)]

    def counted(self, zone, results):
        """How many got points from the zone, rightly or not."""
        return sum(zone.rule in r.rules for r in getattr(results, "results", results))

    def all_count(self, zones, mails, threads=16):
        """All of these messages, listed by each of the zones, get its points:
        nearly all at once; those for which an answer or a control came too late
        (a busy machine, a full minute of controls) when they are sent again."""
        results = burst(self, mails, threads)
        for z in zones:
            self.ok(len(mails) > 0 and self.counted(z, results) >= 0.95 * len(mails),
                    f"{z.name}: {self.counted(z, results)} of {len(mails)} listed score")
        left = [r.mail for r in results if not {z.rule for z in zones} <= r.rules]
        end = time.monotonic() + 30 + 120 / self.scale
        while left and time.monotonic() < end:
            time.sleep(0.2)
            left = [r.mail for r in burst(self, left, 4) if not {z.rule for z in zones} <= r.rules]
        self.equal([m.ip for m in left], [], "and in the end all do")

    # ---- what tare says ----

    def control(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(os.path.join(self.daemon.state, "control"))
            s.sendall(line.encode() + b"\n")
            s.shutdown(socket.SHUT_WR)
            text = s.makefile().read()
        return json.loads(text) if line in ("zones", "status") else text

    def states(self):
        try:
            return {z["zone"]: z for z in self.control("zones")["zones"]}
        except (OSError, ValueError, TypeError):
            return {}                   # the keeper is being replaced

    def state(self, zone):
        return self.states().get(zone.name, {"state": None, "weight": None, "reason": None})

    def until(self, zone, seconds, **want):
        """Wait until the zone's entry has these values; the real seconds it
        took, or None."""
        began = time.monotonic()

        def reached():
            now = self.state(zone)
            return all(now[k] == v for k, v in want.items())
        if self.wait(reached, seconds):
            return time.monotonic() - began
        note(f"{zone.name}: {self.state(zone)}, not {want}")
        return None

    def history(self, zone, since=0.0):
        return [e for e in self.daemon.history(zone.name) if e["at"] >= since]

    def first(self, zone, to, since):
        """Zone time of the first change to that state after since."""
        return next((e["at"] for e in self.history(zone, since) if e["to"] == to), None)

    def log_lines(self, *words):
        return [line for line in self.daemon.read_log().splitlines()
                if all(w in line for w in words)]

    def rounds(self, zone, since):
        """Zone times of the rounds of probes that were asked since then: of
        the first of each bunch of reserved names."""
        times = [q[0] for q in self.relay.log(zone.name, self.wall(since), ["canary"])]
        # a round is asked at once, or as soon as a busy machine can
        firsts = [b for a, b in zip([0] + times, times) if b - a > max(0.1, 100 / self.scale)]
        return [self.zone_time(t) for t in firsts]

    def probes(self, zone, kind, since, until):
        """What the answers to probes of that kind were taken for."""
        db = sqlite3.connect(os.path.join(self.daemon.state, "tare.sqlite"))
        try:
            return [v for v, in db.execute(
                "SELECT verdict FROM zone_probe p JOIN zone z ON z.id = p.zone WHERE z.name = ? "
                "AND p.kind = ? AND p.at BETWEEN ? AND ? ORDER BY p.id",
                (zone.name, kind, since, until))]
        finally:
            db.close()

    def sums(self, zone):
        """All counters of the zone so far."""
        db = sqlite3.connect(os.path.join(self.daemon.state, "tare.sqlite"))
        db.row_factory = sqlite3.Row
        try:
            columns = [c[1] for c in db.execute("PRAGMA table_info(zone_hour)")]
            total = ", ".join(f"coalesce(sum({c}), 0) AS {c}" for c in columns
                              if c not in ("zone", "hour"))
            return dict(db.execute(f"SELECT {total} FROM zone_hour WHERE zone = "
                                   "(SELECT id FROM zone WHERE name = ?)", (zone.name,)).fetchone())
        finally:
            db.close()

    def integrity(self):
        db = sqlite3.connect(os.path.join(self.daemon.state, "tare.sqlite"))
        try:
            return db.execute("PRAGMA integrity_check").fetchone()[0]
        finally:
            db.close()

"""A hundred seeds of a scenario at once: as many lists in one daemon, each with
dice of its own, asked about the same mail.

    with Seeds(6, 1) as s:                      number, clock scale
        s.start_town(Town(400))                 as many messages at most
        broke = s.break_in_part(0.3)            between two messages
        results = s.send_town(100, 300)         100 a minute

Mail is that of the reference's tables (Town): half of it spam, each message
from a sender of its own; 40 % of ham from senders known to be good, in networks
of their own, who take turns.  Which of them a list names is a matter
of its seed.  rbldnsd is asked directly, without the relay: a hundred lists are
a hundred questions a message."""
import os
import random
import sqlite3

from lists import TEST_POINTS
from scene import Scene
from tap import note, sanitized, wait_for
from traffic import Mail

# A sanitizer looks for other faults than a share of seeds shows, and is slow.
SEEDS = 25 if sanitized() else 100
FEW = int(os.environ.get("TARE_ZONES_SEEDS", SEEDS // 4))   # where mail is long: 8, 9, 10
WARM_UP = 3000              # messages: the zone knows what is normal
MARK = "192.88.99.9"        # what only the second edition of a list has
LISTED_HAM = 0.005          # of good senders and other ham, by a healthy list
HIJACKED = 3, 203           # of those; rightly listed when they send spam
PROVIDER = range(1000, 1020)    # known-good senders besides, of one /16


def good_host(k):
    return f"{60 + k // 200}.{k % 200}.7.7" if k < 1000 else f"70.1.{k % 250}.7"


def share_of_seeds(share, seeds=SEEDS):
    """How many seeds that is, at least; of fewer than the hundred of the
    reference, less what chance may take."""
    chance = 0 if seeds >= 100 else 3 * (seeds * share * (1 - share)) ** 0.5
    return share * seeds - chance


class Letter(Mail):
    """Message n; good: the number of the known-good sender it is from, or None."""

    def __init__(self, n, spam, good, unsure):
        host = f"{14 if spam else 9}.{n >> 8 & 255}.{n & 255}.7" if good is None else good_host(good)
        super().__init__(n, spam, False, 3 if unsure or not spam else 6, host=host)
        self.good = good


class Town:
    """count messages, and those of the warm-up before them.  Shares: of spam,
    before and after the warm-up; of the known-good senders' mail that comes
    from one provider after it; of spam that comes from HIJACKED then.  good:
    how many senders are known to be good."""

    def __init__(self, count, warm_up=WARM_UP, good=400, spam=0.5, after=0.5, provider=0,
                 hijacked=0):
        lot = random.Random(1)
        self.good = range(good)
        self.turns, self.letters, self.warm_up, self.spam = 0, [], warm_up, spam
        for n in range(warm_up):
            self.letters.append(self.draw(lot, n, spam, 0, 0))
        for n in range(warm_up, warm_up + count):
            self.letters.append(self.draw(lot, n, after, provider, hijacked))

    def draw(self, lot, n, spam, provider, hijacked):
        is_spam, good = lot.random() < spam, None
        if is_spam and lot.random() < hijacked:
            good = lot.choice(HIJACKED)
        elif not is_spam and lot.random() < 0.4:
            if lot.random() < provider:
                good = lot.choice(PROVIDER)
            else:
                good, self.turns = self.turns % len(self.good), self.turns + 1
        return Letter(n, is_spam, good, lot.random() < 0.1)

    def mail(self, n):
        return self.letters[n]

    def hosts(self):
        """(address, is the sender a spammer?) of all there are."""
        return [(m.ip, m.spam) for m in self.letters if m.good is None] + \
            [(good_host(k), False) for k in self.good]


class Seeds(Scene):
    def start_town(self, town, p0=0.2, seeds=SEEDS, first=0):
        """first: the number of the first seed."""
        self.town, self.first_seed = town, first
        share = (p0 - (1 - town.spam) * LISTED_HAM) / town.spam
        self.lists = [self.zone(f"bl{k}.seeds.net") for k in range(seeds)]
        for k, z in enumerate(self.lists):
            z.right = self.draw(first + k, lambda is_spam: share if is_spam else LISTED_HAM)
            z.wrong = set()
            z.sets = [("ip4set", self.text(z))]
        self.open()
        self.port = self.healthy.port
        self.warm_up = [town.mail(n) for n in range(town.warm_up)]
        good = " ".join(map(good_host, [*town.good, *PROVIDER]))
        self.start(f"known_good_host {good}", trusted=True)

    def draw(self, seed, share):
        """Addresses that a list names: each with its share's chance."""
        lot = random.Random(f"{self.number} {seed}")
        return {ip for ip, is_spam in self.town.hosts() if lot.random() < share(is_spam)}

    @staticmethod
    def text(zone, mark=""):
        return TEST_POINTS["ip4set"] + "\n".join(sorted(zone.right | zone.wrong)) + f"\n{mark}\n"

    def publish(self):
        """The lists as they are now; the zone time at which all are served."""
        self.healthy.change_all({z.name: [("ip4set", self.text(z, MARK))] for z in self.lists})
        key = ".".join(reversed(MARK.split(".")))
        if not self.wait(lambda: all(self.lookup(self.healthy, z, key) for z in self.lists), 60):
            raise RuntimeError("rbldnsd does not serve the new lists")
        return self.now()

    def break_in_part(self, share):
        """Each list names that share of all addresses besides."""
        for k, z in enumerate(self.lists):
            z.wrong = self.draw(f"{self.first_seed + k} broken", lambda is_spam: share) - z.right
        return self.publish()

    def send_town(self, rate, count, enough=lambda: False):
        """The messages after the warm-up, until enough() or so many; results."""
        with self.stream(rate, self.town, threads=64, first=self.town.warm_up - 1) as mail:
            wait_for(lambda: mail.next >= self.town.warm_up - 1 + count or enough(),
                     120 + 4 * 60 * count / rate / self.scale, 0.2)
            results = mail.stop()
        self.equal(mail.failures, [], "every message was judged")
        return sorted(results, key=lambda r: r.mail.n)

    # ---- what happened to each list ----

    def rows(self, query, *values):
        """{zone name: rows of the query, less their first column}."""
        db = sqlite3.connect(os.path.join(self.daemon.state, "tare.sqlite"), timeout=30)
        try:
            found = {z.name: [] for z in self.lists}
            for name, *rest in db.execute(query, values):
                found[name].append(rest)
            return found
        finally:
            db.close()

    def changes(self, since):
        """Changes of state: {zone name: [[zone time, state, reason], …]}."""
        return self.rows("SELECT name, at, to_state, e.reason FROM zone_event e JOIN zone ON "
                         "zone.id = e.zone WHERE at >= ? ORDER BY e.id", since)

    def panel_probes(self, since):
        """When good senders were asked about: {zone name: [[zone time], …]}."""
        return self.rows("SELECT name, at FROM zone_probe p JOIN zone ON zone.id = p.zone "
                         "WHERE p.kind = 'panel' AND at >= ? ORDER BY p.id", since)

    @staticmethod
    def found_broken(changes, zone, *states):
        """Zone time of its first change to one of these for a partial break;
        None: never.  (One that was not answered for a moment may return to it.)"""
        return next((at for at, to, why in changes[zone.name]
                     if to in states and why == "partial"), None)

    def all_found_broken(self, since, *states):
        changes = self.changes(since)
        return all(self.found_broken(changes, z, *states) for z in self.lists)

    def sent_by(self, results, when):
        """How many messages had been sent at that zone time; None: never."""
        return None if when is None else sum(self.zone_time(r.at) <= when for r in results)

    def unharmed(self, began, results, count):
        """What 8, 9 and 10 ask of lists that are healthy while mail changes."""
        self.ok(len(results) >= count, f"{len(results)} messages")
        changes, probes = self.changes(began), self.panel_probes(began)
        reached = {state: sum(any(to == state for _, to, _ in e) for e in changes.values())
                   for state in ("quarantined", "degraded", "suspect")}
        asked = sorted(len(p) for p in probes.values())
        note(f"panel probes of each list: {asked}", f"changes: {reached}")
        self.equal(reached["quarantined"], 0, f"quarantined, of {len(self.lists)} lists")
        self.most(reached["degraded"], max(1, 4 * len(self.lists) // 100), "degraded")
        self.most(asked[-1], 300, "panel probes of one list")

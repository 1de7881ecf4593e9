"""The harm of scenarios 2 to 5, 11 to 15, 20, 22 to 25 and 32 at a rate of mail.

Every list of the table is healthy, then broken in its way; all are asked about
every message.  Two resolvers that break all lists at once follow."""
import time

from lists import WORLD_BUT_TEST_POINT, Rbldnsd, stripping, wild
from scene import Scene, data
from traffic import LISTED_DOMAINS

WORLD6 = ":127.0.0.2:Listed\n::/0\n!::ffff:7f00:1\n"
WORLD_OF_NAMES = ":127.0.0.2:Listed\n.com\n.net\n.org\ntest\n"
ABUSE = data("dnset", [f"{d} :127.0.0.86:abuse" for d in LISTED_DOMAINS])
BITS = """urirhssub {rule} {name}. A 64
body {rule} eval:check_uridnsbl('{rule}')
tflags {rule} net
score {rule} {points}
"""
TWINS = """header {rule} eval:check_rbl('{label}-lastexternal', '{name}.')
tflags {rule} net
score {rule} {points}
header {rule}_TWIN eval:check_rbl('{label}twin-lastexternal', '{name}.', '127.0.0.2')
tflags {rule}_TWIN net
score {rule}_TWIN 1.5
"""


def answers(address, ttl=60):
    return lambda s, z: wild(s.work, [z.name], address, ttl)


def lists(*sets):
    return lambda s, z: Rbldnsd(s.work, {z.name: list(sets)})


WORLD = lists(("ip4trie", WORLD_BUT_TEST_POINT), ("ip6trie", WORLD6))
# scenario, name of the list, how it breaks, how the zone is made
TABLE = [
    ("2", "bl.spamcop.net", answers("91.195.240.87"), {}),
    ("32 (2)", "uri.parked.net", answers("91.195.240.88"), {"kind": "domain"}),
    ("3", "relays.ordb.org", answers("127.0.0.2"), {}),
    ("4", "bl.world.net", WORLD, {}),
    ("32 (4)", "uri.world.net", lists(("dnset", WORLD_OF_NAMES)), {"kind": "domain"}),
    ("11", "zen.spamhaus.org", answers("127.255.255.254"), {}),
    ("32 (11)", "dbl.spamhaus.org", answers("127.255.255.254"), {"kind": "domain"}),
    ("12", "bl.quota.net", answers("127.255.255.255"), {}),
    ("13", "list.dnswl.org", answers("127.0.10.3"), {"points": -5, "flags": "nice"}),
    ("13", "wl.allowed.net", answers("127.0.10.3"), {"points": -5, "flags": "nice"}),
    ("14", "multi.uribl.com", answers("127.0.0.1"), {"kind": "domain"}),
    ("15", "multi.surbl.org", answers("91.195.240.89"), {"kind": "domain", "rules": BITS,
                                                            "sets": [ABUSE]}),
    ("20", "bl.flapping.net", answers("127.0.0.2"), {}),
    ("22", "bl.cached.net", answers("127.0.0.4", 86400), {}),
    ("25", "bl.twins.net", answers("127.0.0.2"), {"rules": TWINS}),
]


def break_all(s, servers, seconds):
    """Break every list; some go on doing things for so many real seconds.
    Returns when that began."""
    for z, number, server in servers:
        if number == "3":
            s.route(z)
        elif number == "12":
            s.route(z, s.healthy, s.healthy, server, turn=True)
        else:
            s.route(z, server)
    broke = time.time()
    flapping, wrong_way = next((z, x) for z, number, x in servers if number == "20")
    dead, world = next((z, x) for z, number, x in servers if number == "3")
    for n in range(8):
        time.sleep(seconds / 8)
        s.route(flapping, wrong_way if n % 2 else s.healthy)
        if n == 3:
            s.route(dead, world)
    return broke


def wrong(s, zone, nice, results):
    """Ham with points of the list, or spam with trust that it did not have."""
    if not nice:
        twins = [r for r in results if not r.mail.spam and zone.rule + "_TWIN" in r.rules]
        return s.harm(zone, results) + len(twins)
    return sum(r.mail.spam and zone.rule in r.rules for r in results)


def every_list(name, scale, rate, seconds, mix):
    with Scene(f"harm at {name} a minute", scale, real=True) as s:
        table = [(s.zone(row[1], **row[3]), row) for row in TABLE]
        unborn = [s.zone(f"bl.unborn{n}.net") for n in (1, 2)]
        s.open()
        s.route(unborn[0], wild(s.work, [unborn[0].name], "91.195.240.90"))
        s.route(unborn[1], WORLD(s, unborn[1]))
        servers = [(z, row[0], row[2](s, z)) for z, row in table]
        s.start(trusted=True)
        with s.stream(rate, mix, threads=128) as mail:
            time.sleep(seconds / 4)
            before = len(mail.results)
            broke = break_all(s, servers, seconds)
            results = mail.stop()
        s.equal(mail.failures, [], "every message was judged")
        after = [r for r in results if r.at > broke]
        listed = [r for r in results[:before] if r.mail.listed]
        counted = sum(s.counted(z, listed) > 0 for z, _ in table)
        s.ok(not listed or counted == len(table), f"healthy, {counted} lists scored {before} messages")
        for z, (number, _, _, how) in table:
            s.equal(wrong(s, z, "flags" in how, after), 0,
                    f"scenario {number}, {z.name}: none of {len(after)} ({s.state(z)['state']})")
        for z in unborn:
            s.equal(s.counted(z, results), 0, f"scenario 5, {z.name}: no message scored")


def resolvers(name, scale, rate, seconds, mix):
    """Scenarios 23 and 24."""
    for number in ("23", "24"):
        with Scene(f"harm at {name} a minute", scale, real=True) as s:
            zones = [s.zone(f"bl{n}.example-lists.net") for n in range(3)]
            zones.append(s.zone("uri.example-lists.net", kind="domain"))
            s.open()
            bad = stripping(s.work, [z.name for z in zones], s.healthy.port)
            s.start(trusted=True)
            with s.stream(rate, mix, threads=64) as mail:
                time.sleep(seconds / 8)
                broke = time.time()
                if number == "23":
                    s.rewrite("198.105.244.11")
                else:
                    s.route_all(zones, bad)
                time.sleep(seconds / 2)
                results = mail.stop()
            after = [r for r in results if r.at > broke]
            s.equal(mail.failures, [], "every message was judged")
            for z in zones:
                s.equal(s.harm(z, after), 0, f"scenario {number}, {z.name}: none of {len(after)}")



def harm(name, scale, rate, seconds, mix):
    """name: of the rate, messages a minute of zone time; seconds: real ones."""
    every_list(name, scale, rate, seconds, mix)
    resolvers(name, scale, rate, seconds, mix)

#!/usr/bin/env python3
"""Lists that break in part and that canaries find clean, of the two kinds that
tests/zones/partial.t has not: one of domains, asked about links, and one of
IPv6 hosts.  A third of the good senders is listed; the panel asks about
domains, or IPv6 addresses, and finds it."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Rbldnsd
from scene import Scene, data
from tap import done, note
from traffic import LISTED6, LISTED_DOMAINS, Mail, burst

FRIENDS = 40
# The panel takes one host of each /32 and one name of each domain.
HOSTS = [f"2a{n:02x}:{n:x}::7" for n in range(0x10, 0x10 + FRIENDS)]
DOMAINS = [f"friend{n}.org" for n in range(FRIENDS)]


class Friend(Mail):
    """Ham of a known-good sender, with a link to its own domain."""

    def __init__(self, n, round_):
        super().__init__(1000 * (round_ + 1) + n, False, False, 3, host=HOSTS[n])
        self.domain = DOMAINS[n]


def third(items, form="{}"):
    return [form.format(x) for i, x in enumerate(items) if i % 3 == 2]


def panels(s, zone, since):
    """What a panel asked: the keys."""
    return {key for _, _, key in s.relay.log(zone.name, s.wall(since))}


with Scene("of panels", 60) as s:
    v6 = s.zone("six.paneled.net", sets=[data("ip6trie", LISTED6)])
    uri = s.zone("uri.paneled.net", kind="domain")
    s.open()
    more = Rbldnsd(s.work, {
        v6.name: [data("ip6trie", LISTED6 + third(HOSTS, "{}/128"))],
        uri.name: [data("dnset", LISTED_DOMAINS + third(DOMAINS))]})
    s.start("known_good_host " + " ".join(HOSTS + DOMAINS), trusted=True)
    for zone, others in ((v6, HOSTS), (uri, DOMAINS)):
        well = burst(s, [Friend(n, 0) for n in range(FRIENDS)])
        s.equal(s.counted(zone, well), 0, f"{zone.name}: forty good senders are not listed")
        broke, sent, hurt = s.route(zone, more), 0, 0
        for round_ in range(1, 12):
            if s.state(zone)["state"] == "quarantined":
                break
            for n in range(FRIENDS):
                result = s.send(Friend(n, round_))
                hurt += zone.rule in result.rules
                sent += 1
                if s.state(zone)["state"] == "quarantined":
                    break
        s.until(zone, 60, state="quarantined")
        s.equal((s.state(zone)["state"], s.state(zone)["reason"], s.state(zone)["weight"]),
                ("quarantined", "partial", 0), f"{zone.name}: a third is listed: quarantined")
        note(f"{zone.name}: {sent} messages after the break, {hurt} of them listed")
        panel = [e for e in s.history(zone, broke) if e["to"] == "quarantined"][0]
        s.ok("known to be good are listed" in panel["evidence"].get("detail", ""),
             f"{zone.name}: its panel says so: {panel['evidence'].get('detail')}")
        seen = [x["what"] for x in panel["evidence"]["seen"] if x["kind"] == "panel"]
        keys = [what.split(f".{zone.name}")[0] for what in seen]
        s.ok(keys and all(len(k) == 63 if zone is v6 else k in DOMAINS for k in keys),
             f"{zone.name}: its panel asked for what the list is about") or note(*seen)
        after = burst(s, [Friend(n, 20) for n in range(FRIENDS)])
        s.equal(s.harm(zone, after), 0, f"{zone.name}: no good sender is hurt any more")
        s.equal(s.state(uri if zone is v6 else v6)["weight"], 0 if zone is uri else 1,
                f"{zone.name}: and the other list is judged by itself")
done()

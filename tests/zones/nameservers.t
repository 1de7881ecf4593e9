#!/usr/bin/env python3
"""Who serves a list, from a real name server (reliability reference c.2, apex):
a serial that moves and one name server of two that changes are nothing; when
all of them are others, as when a domain has expired and a parking service has
it, the list is in doubt before it answers wrongly, and watched for a day; and
when the parking begins, no ham is touched."""
import os
import sqlite3
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Nsd
from scene import Scene
from tap import TARE, done, note

DOMAIN = "served.net"
NAME = "bl." + DOMAIN
POINT6 = "2.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20
HONEST = f"""2.0.0.127 A 127.0.0.2
{POINT6} A 127.0.0.2
*.5 A 127.0.0.2
*.5.0.a.2 A 127.0.0.2
"""
PARKED = "* A 91.195.240.87\n"


def zone(origin, serial, servers, data=""):
    return (f"$ORIGIN {origin}.\n$TTL 1\n"
            f"@ SOA {servers[0]}. hostmaster.{servers[0]}. {serial} 3600 600 86400 1\n" +
            "".join(f"@ NS {s}.\n" for s in servers) + data)


OURS = ["ns1.listop.org", "ns2.listop.org"]
PARKING = ["ns1.parking.example.com", "ns2.parking.example.com"]

# Six hours, from one look at the servers to the next, are 18 seconds.
with Scene("of name servers", 1200) as s:
    bl = s.zone(NAME)
    s.open()
    nsd = Nsd(s.work, {NAME: zone(NAME, 1, OURS, HONEST), DOMAIN: zone(DOMAIN, 1, OURS)})
    s.relay.route([NAME, DOMAIN], nsd)

    def served(serial, ours, theirs, data=HONEST):
        """The list's own name servers, those of its domain; from when on."""
        nsd.change(NAME, zone(NAME, serial, ours, data))
        nsd.change(DOMAIN, zone(DOMAIN, serial, theirs))
        return s.now()

    def known(column):
        db = sqlite3.connect(os.path.join(s.daemon.state, "tare.sqlite"))
        try:
            row = db.execute(f"SELECT {column} FROM zone WHERE name = ?", (NAME,)).fetchone()
            return row and row[0]
        finally:
            db.close()

    def seen(serial, hours=7):
        return s.wait(lambda: known("soa_serial") == serial, 30 + hours * 3600 / s.scale)

    s.start()
    s.ok(seen(1), "the serial is read")
    s.equal((known("ns_set"), known("ns_domain")), (" ".join(OURS),) * 2,
            "so are the servers of the list and of its domain")
    began = s.now()
    with s.stream(1) as mail:
        mixed = [OURS[0], "ns3.listop.org"]
        served(2, mixed, mixed)
        s.ok(seen(2), "a new serial is read, from an NSD that loaded a new zone")
        s.equal(known("ns_set"), " ".join(mixed), "with one server that is another")
        s.equal([e["to"] for e in s.history(bl, began)], [],
                "which is nothing to doubt a list for")

        # The registrar has the domain; the list's own data are still served.
        moved = served(3, mixed, PARKING)
        s.ok(s.wait(lambda: s.first(bl, "suspect", moved), 30 + 7 * 3600 / s.scale),
             "its domain is delegated to a parking service: the list is in doubt")
        doubt = [e for e in s.history(bl, moved) if e["to"] == "suspect"][0]
        s.equal(doubt["reason"], "nameservers", "because of its name servers")
        s.ok(all(name in str(doubt["evidence"]) for name in (OURS[0], PARKING[0])),
             "the history says which it had and which it has") or note(doubt)
        s.equal(len(s.log_lines("event=zone", "reason=nameservers", PARKING[0], "to=suspect",
                                "from=learning")), 1,
                "one line of the log, too")
        s.until(bl, 30, weight=1)
        s.equal(s.state(bl)["state"], "suspect", "clean canaries let it count, under watch")
        s.sleep(60)
        s.equal(s.state(bl)["controls"], 3, "with three controls a listing")
        s.equal(s.state(bl)["state"], "suspect", "for longer than the hour of other doubts")

        # And now it parks.
        parked = served(4, PARKING, PARKING, PARKED)
        s.ok(s.wait(lambda: s.first(bl, "quarantined", parked), 30 + 3600 / s.scale),
             "it begins to answer for everything: quarantined")
        s.sleep(30)
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.equal(s.harm(bl, results), 0, f"no ham of {len(results)} messages is touched")
    before = [r for r in results if r.mail.listed and r.at < s.wall(moved)]
    s.ok(before and s.counted(bl, before) >= 0.5 * len(before),
         f"while it was well, {s.counted(bl, before)} of {len(before)} listed hosts scored")
    text = subprocess.run([TARE, "zones", *s.daemon.common, "--state", s.daemon.state, "history",
                           NAME], capture_output=True, text=True).stdout
    s.ok(f"name servers: {OURS[0]} " in text and f" -> {PARKING[0]} " in text,
         "tare zones history tells it, too")
    note(*[f"{e['at'] - began:9.1f} {e['from']} -> {e['to']} ({e['reason']})"
           for e in s.history(bl, began)])
done()

#!/usr/bin/env python3
"""Scenario 19: the serial of a list's SOA stops moving, while its data are still
served.

Required: notice that it is STALE after the configured age (7 days);
weight unchanged."""
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Nsd
from scene import DAY, Scene
from tap import done, note, ok, sanitized
from traffic import Mix

AGE = 7                     # days: what zone_stale_days is if nobody sets it
USUAL_TIMES = 20            # nor for as many times as an edition usually lasts (apex.c)


def zone_file(name, serial):
    # A second is hours of zone time here: nothing is to come out of a cache.
    return f"""$ORIGIN {name}.
$TTL 1
@ SOA ns1.list-servers.net. admin.list-servers.net. {serial} 3600 600 86400 1
@ NS ns1.list-servers.net.
2.0.0.127 A 127.0.0.2
*.5 A 127.0.0.2
"""


# At this scale half a second in which the machine does not answer is an hour of
# outage: a list that was DOWN for a moment goes on with what it was.  Where a
# sanitizer slows everything down the days are longer.
with Scene(19, 3600 if sanitized() else 7200) as s:
    bl = s.zone("bl.frozen.net")
    s.open()
    serial = 2026010100
    nsd = Nsd(s.work, {bl.name: zone_file(bl.name, serial)})
    s.route(bl, nsd)
    bl.route = None                     # that is how it looks in health
    s.start(f"zone_stale_days {AGE}", trusted=True)

    def turned_stale(since):
        return [e["at"] for e in s.history(bl, since)
                if e["from"] != "down" and e["to"] == "stale"]

    def usual():
        """Days between two editions, as the daemon saw them: on a busy machine
        a new one may be served after the look that it was made for."""
        db = sqlite3.connect(os.path.join(s.daemon.state, "tare.sqlite"))
        try:
            return db.execute("SELECT soa_usual_s FROM zone WHERE name = ?",
                              (bl.name,)).fetchone()[0] / DAY
        finally:
            db.close()

    with s.stream(0.05) as mail:
        # Two days with a new edition between any two looks (6 hours).
        began = moved = s.now()
        while moved < began + 2 * DAY:
            serial += 1
            nsd.change(bl.name, zone_file(bl.name, serial))
            moved = s.now()
            s.sleep(4 * 60)
        s.equal(turned_stale(0), [], "while it moves, it is not stale")
        s.until(bl, 120 + 9 * DAY / s.scale, state="stale")
        when = (turned_stale(began) or [0])[0]
        days = (when - moved) / DAY
        age = max(AGE, USUAL_TIMES * usual())
        ok(usual() < 1, f"an edition lasts {usual():.2f} days, as it was made")
        # two looks more: the last edition was seen a look later, and so is its age
        s.ok(age <= days <= age + 1, f"{days:.2f} days after the last edition (age: {age:.2f})")
        s.equal(s.state(bl)["weight"], 1, "its weight is unchanged")
        note(s.state(bl)["words"])
        s.sleep(24 * 60)
        mail.set_rate(0)
        s.ok(s.until(bl, 30, state="stale") is not None, "still, a day later")
        listed = [s.send(m) for m in s.mails(20, Mix(p0=1, spam=1))]
        s.equal([r.score - r.mail.base for r in listed], 20 * [2.5], "what it lists gets its points")
        told = s.log_lines("event=zone", "from=trusted", "to=stale")
        s.ok(len(told) == 1 and "serial" in told[0], "one notice, which names the serial")
        nsd.change(bl.name, zone_file(bl.name, serial + 1))
        s.most(s.until(bl, 60 + DAY / s.scale, state="trusted"), 60 + DAY / s.scale,
               "a new edition: it is trusted again, real seconds")
        results = mail.stop()
    s.equal(mail.failures, [], "every message was judged")
    s.equal(s.harm(bl, results), 0, "harm")
done()

#!/usr/bin/env python3
"""Lists that break in ways no honest list does, and at awkward moments.

In every attack some ham is sent that the list had no reason to list; none of
it may score a point from the list, nor may spam gain a point of trust.
Each attack has a zone of its own, so that each finds it healthy."""
import concurrent.futures
import contextlib
import json
import os
import signal
import socket
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from dnsmsg import kind
from odd import A, Odd
from tap import Daemon, Work, done, is_equal, note, ok, wait_for

WILD = ["127.0.0.2"]
V6 = "2a01:4f8:1:2::"


def healthy(key):
    """5.6.7.0/24 and spam….com are listed, besides the test points."""
    return WILD if key in ("2.0.0.127", "test") or key.endswith(".7.6.5") or \
        key.startswith("spam") else []


def is_v6(key):
    return len(key) == 63


ODD = {
    "v6": lambda key: WILD if is_v6(key) else healthy(key),
    "nine": lambda key: [f"127.0.0.{i}" for i in range(2, 11)],
    "mixed": lambda key: ["127.0.0.2", "91.195.240.87"],
    "cname": lambda key: {"cname": "parking.example.com", "a": ["91.195.240.88"]},
    "alias": lambda key: {"cname": "world.example.com", "a": WILD, "ttl": 86400},
    "notest": lambda key: [] if key == "1.0.0.127" else WILD,
    "refused": lambda key: {"rcode": 5},
    "cut": lambda key: {"truncated": 1, "a": ["127.0.0.4"]},
    "block": lambda key: ["127.255.255.254"],
    "text": lambda key: ["127.0.0.6"],
    "allow": lambda key: ["127.0.10.3"],
    "links": lambda key: ["127.0.0.7"],
    "hosts": lambda key: ["127.0.0.8"],
    "flash": lambda key: {"a": WILD, "ttl": 86400},
    "flap": lambda key: ["127.0.0.9"] if int(time.monotonic() * 4) % 2 else healthy(key),
}
RULES = "required_score 5\nheader BASE Subject =~ /hello/\nscore BASE 3\n" + "".join(f"""
header IN_{z.upper()} eval:check_rbl('{z}-lastexternal', '{z}.hostile.net.')
tflags IN_{z.upper()} net
score IN_{z.upper()} 2.5
meta META_{z.upper()} IN_{z.upper()} && BASE
score META_{z.upper()} 0.5
""" for z in ODD if z not in ("allow", "links", "hosts", "text", "block")) + """
header IN_TEXT eval:check_rbl_txt('text', 'text.hostile.net.', 'listed')
tflags IN_TEXT net
score IN_TEXT 2.5
header IN_BLOCKED_HOSTS eval:check_rbl('block', 'block.hostile.net.')
tflags IN_BLOCKED_HOSTS net
score IN_BLOCKED_HOSTS 2.5
header IN_ALLOW eval:check_rbl('allow', 'allow.hostile.net.')
tflags IN_ALLOW net nice
score IN_ALLOW -5
urirhssub IN_LINKS links.hostile.net. A 127.0.0.2-127.0.0.9
body IN_LINKS eval:check_uridnsbl('IN_LINKS')
tflags IN_LINKS net
score IN_LINKS 2.5
uridnsbl IN_HOSTS hosts.hostile.net. TXT
body IN_HOSTS eval:check_uridnsbl('IN_HOSTS')
tflags IN_HOSTS net a
score IN_HOSTS 2.5
"""
broken = {}
serial = 0


def answer(name, wanted):
    key, _, zone = name.removesuffix(".hostile.net").rpartition(".")
    if not name.endswith(".hostile.net"):
        return [f"11.12.{hash(name) % 250}.{len(dns.asked) % 250}"] \
            if name.endswith(".com") and wanted == A else []
    return broken.get(zone, healthy)(key)


def mail(sender, n, link="ham"):
    return (f"Received: from m{n}.example.com (m{n}.example.com [{sender}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id {n:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a{n}@example.com\nTo: you@example.org\nSubject: hello {n}\n"
            f"Message-ID: <{n}@example.com>\n\nhttp://www.{link}{n}.com/\n").encode()


def hurt(daemon, zone, count, parallel=1, sender=None):
    """Which of count new ham messages got another score than their own: sender,
    rules, score, when that was said."""
    global serial
    first, serial = serial, serial + count

    def one(n):
        ip = sender or (f"{V6}{n:x}" if zone == "v6" else f"9.{n // 250 % 250}.8.{n % 250 + 1}")
        return ip, *daemon.scan(mail(ip, n)), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        got = [g for g in pool.map(one, range(first, first + count)) if g[2] != 3.0]
    note(*[f"{zone}: {g}" for g in got[:1]])
    return got


def harm(*how, **more):
    return len(hurt(*how, **more))


def state(daemon, zone):
    z = daemon.zones().get(zone + ".hostile.net", {})
    return z.get("state"), z.get("weight")


def trusting(daemon, zones):
    return all(state(daemon, z)[1] == 1 for z in zones)


def attack(daemon, zone):
    broken[zone] = ODD[zone]
    bad = harm(daemon, zone, 1) + harm(daemon, zone, 5) + harm(daemon, zone, 60, 30)
    is_equal(bad, 0, f"{zone}: none of 66 ham messages scores a point ({state(daemon, zone)})")
    del broken[zone]


def flap(daemon):
    """Broken each other quarter of a second.  Nobody can tell a listing of the
    last moment of one from a right one whose controls all came back clean in
    the next; nothing else may count."""
    asked = []

    def answers(key):
        said = ODD["flap"](key)
        asked.append((time.monotonic(), key, said != []))
        return said

    def confirmed(ip, rules, score, end):
        """Were three controls asked after its listing, and denied?"""
        key = ".".join(reversed(ip.split(".")))
        listed = min((t for t, k, bad in asked if k == key and bad), default=end)
        return sum(listed < t < end and kind(k) == "canary" and not bad
                   for t, k, bad in asked) >= 3
    broken["flap"] = answers
    got = [h for count, parallel in ((1, 1), (5, 1), (60, 30))
           for h in hurt(daemon, "flap", count, parallel)]
    is_equal([h for h in got if not confirmed(*h)], [],
             f"flap: no ham message scores a point unconfirmed ({state(daemon, 'flap')})")
    ok(len(got) <= 6, f"and {len(got)} of 66 do at all (at most 6)")
    del broken["flap"]


def flash(daemon):
    """Broken for one message only: what that left in caches must not count."""
    sender, left = "9.99.99.9", [1, 1]

    def answers(key):
        return ODD["flash"](key) if left and left.pop() else healthy(key)
    broken["flash"] = answers
    is_equal(harm(daemon, "flash", 1, sender=sender), 0, "flash: the one message scores nothing")
    ok(wait_for(lambda: state(daemon, "flash")[1] == 1, 20), "flash: the zone counts again")
    events = [e["to"] for e in daemon.history("flash.hostile.net")]
    ok("quarantined" not in events and "suspect" in events, "flash: after a moment's doubt")
    is_equal(harm(daemon, "flash", 40, 4, sender=sender), 0,
             "flash: nor does the same sender when the list is repaired")


def crowd(daemon):
    """50 relays and 100 links, while every list is broken."""
    hops = "".join(f"Received: from r{i}.example.com (r{i}.example.com [9.77.{i}.1])\n"
                   f"\tby x{i}.example.org (Postfix) with ESMTP id A{i}\n"
                   "\tfor <y@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n" for i in range(50))
    links = "".join(f"http://www.crowd{i}.com/\n" for i in range(100))
    body = f"{hops}From: a@example.com\nSubject: hello\n\n{links}".encode()
    broken.update({**ODD, "flap": lambda key: ["127.0.0.9"]})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: daemon.scan(body), range(16)))
    is_equal(set(got), {("BASE", 3.0)}, "16 messages with 50 relays and 100 links each, all lists broken")
    broken.clear()


def control(daemon, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(os.path.join(daemon.state, "control"))
        s.sendall(line.encode() + b"\n")
        s.shutdown(socket.SHUT_WR)
        return s.makefile().read()


def status(daemon):
    return json.loads(control(daemon, "status"))


def trust(daemon):
    """Make all zones TRUSTED, as after a good day."""
    db = sqlite3.connect(os.path.join(daemon.state, "tare.sqlite"))
    with db:
        db.execute("UPDATE zone SET state = 'trusted', reason = 'none', learning_since = 1, "
                   "lookups_learning = 100000, last_clean_control = ?, enrolled = 1",
                   (time.time(),))
    db.close()


def starved(daemon):
    """Spam has used up the controls that a minute may have, then a list breaks."""
    zone = "notest"
    wait_for(lambda: "IN_NOTEST" in daemon.scan(mail("5.6.7.8", 1))[0], 10)
    broken[zone] = lambda key: WILD if key.endswith(".7.7.7") else healthy(key)
    scores = [daemon.scan(mail(f"7.7.7.{n + 1}", n))[1] for n in range(11)]
    is_equal(set(scores), {6.0}, "11 listed messages in a row all count, the last after a wait")
    broken[zone] = lambda key: WILD
    is_equal(harm(daemon, zone, 40, 40), 0, "no control left to ask: nothing counts")
    del broken[zone]


def dark(work, daemon):
    """In the break the database rots, the keeper is killed, rules are reloaded."""
    pids, bad, stop = [], [], threading.Event()

    def another():
        pid = status(daemon)["keeper"]["pid"]
        return pid if pid not in pids else 0

    def send():
        while not stop.is_set():
            bad.append(harm(daemon, "alias", 4, 4))
            time.sleep(0.02)
    sender = threading.Thread(target=send)
    broken["alias"] = ODD["alias"]
    sender.start()
    for n in range(4):
        pids.append(wait_for(another, 10))
        if not pids[-1]:
            break
        if n in (1, 2):
            for name in os.listdir(daemon.state):
                if name.startswith("tare.sqlite"):
                    work.write(f"{daemon.state}/{name}", os.urandom(8192))
        with contextlib.suppress(ProcessLookupError):   # the rot may do it first
            os.kill(pids[-1], signal.SIGKILL)
        work.write("rules/zones.cf", RULES + ("body X /(/" if n % 2 else "\n"))
        daemon.child.send_signal(signal.SIGHUP)
        time.sleep(0.5)
    stop.set()
    sender.join()
    del broken["alias"]
    ok(len(set(pids)) == 4, "the keeper was killed and replaced four times")
    is_equal(sum(bad), 0, f"meanwhile none of {4 * len(bad)} ham messages scores a point")
    # the last keeper may still be on its way to the database
    ok(wait_for(lambda: "store result=failed" in daemon.read_log(), 60),
       "and the broken database is reported")


def start(work, dns, name, scale, workers):
    daemon = Daemon(work, rules=work.path("rules"), workers=workers, name=name,
                    cf=[f"dns_server 127.0.0.1:{dns.port}", f"zone_clock_scale {scale}"])
    return daemon.start()


with Work() as work:
    dns = Odd(answer)
    work.write("rules/zones.cf", RULES)
    daemon = start(work, dns, "d", 200, 8)
    ok(wait_for(lambda: trusting(daemon, ODD), 15), "all zones are enrolled") or \
        note(daemon.zones())
    tests, score = daemon.scan(mail("5.6.7.8", 1, "spam"))
    ok(all(f"IN_{z.upper()}" in tests for z in ODD if z not in ("block", "hosts")),
       "a listed host and link hit") or note(tests)
    control(daemon, "pin cut.hostile.net off 3600")
    ok(wait_for(lambda: state(daemon, "cut") == ("pinned-off", 0), 5),
       "tare zones shows what a pin does, not what it covers") or note(state(daemon, "cut"))
    control(daemon, "unpin cut.hostile.net")
    for zone in ODD:
        if zone not in ("flash", "flap"):
            attack(daemon, zone)
    flap(daemon)
    flash(daemon)
    crowd(daemon)
    daemon.stop()
    trust(daemon)
    daemon = start(work, dns, "d", 1, 1)
    starved(daemon)
    daemon.stop()
    daemon = start(work, dns, "e", 200, 2)
    ok(wait_for(lambda: trusting(daemon, ODD), 15), "all zones are enrolled again")
    dark(work, daemon)
    daemon.stop()
done()

#!/usr/bin/env python3
"""rules/50-zones.cf against lists that answer as its comments say: each rule
hits on its codes and on no others, refusals never count, a list that is off is
not asked anything, and giving its rule points switches it on."""
import hashlib
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import Rbldnsd, Relay, nowhere
from tap import RULES, Daemon, Work, done, is_equal, need, note, ok, wait_for

IP, DOMAIN, HASH = "ip", "domain", "hash"
# Zone, kind, its refusals, and for each code the rules that must hit.
LISTS = (
    ("zen.spamhaus.org", IP, "127.255.255.252 127.255.255.254 127.255.255.255", {
        "127.0.0.2": "RCVD_IN_SBL", "127.0.0.3": "RCVD_IN_CSS", "127.0.0.4": "RCVD_IN_XBL",
        "127.0.0.7": "RCVD_IN_XBL", "127.0.0.9": "RCVD_IN_DROP", "127.0.0.10": "RCVD_IN_PBL",
        "127.0.0.11": "RCVD_IN_PBL", "127.0.0.30": "RCVD_IN_BCL", "127.0.0.77": ""}),
    ("bl.spamcop.net", IP, "", {"127.0.0.2": "RCVD_IN_SPAMCOP"}),
    ("psbl.surriel.com", IP, "", {"127.0.0.2": "RCVD_IN_PSBL"}),
    ("bl.mailspike.net", IP, "", {
        "127.0.0.2": "RCVD_IN_MSPIKE_BL", "127.0.0.10": "RCVD_IN_MSPIKE_BL",
        "127.0.0.12": "RCVD_IN_MSPIKE_BL", "127.0.0.13": "", "127.0.0.20": ""}),
    ("wl.mailspike.net", IP, "", {
        "127.0.0.17": "", "127.0.0.19": "RCVD_IN_MSPIKE_WL", "127.0.0.20": "RCVD_IN_MSPIKE_WL"}),
    ("list.dnswl.org", IP, "127.0.0.255 127.0.10.3", {
        "127.0.5.0": "", "127.0.5.2": "RCVD_IN_DNSWL_MED", "127.0.11.3": "RCVD_IN_DNSWL_HI"}),
    ("b.barracudacentral.org", IP, "", {"127.0.0.2": "RCVD_IN_BARRACUDA"}),
    ("bl.score.senderscore.com", IP, "127.255.255.255", {"127.0.0.2": "RCVD_IN_VALIDITY"}),
    ("spam.spamrats.com", IP, "", {"127.0.0.38": "RCVD_IN_RATS_SPAM"}),
    ("dyna.spamrats.com", IP, "", {"127.0.0.36": "RCVD_IN_RATS_DYNA"}),
    ("authbl.dq.spamhaus.net", IP, "127.255.255.255", {"127.0.0.20": "RCVD_IN_AUTHBL"}),
    ("bl.spameatingmonkey.net", IP, "", {"127.0.0.2": "RCVD_IN_SEM"}),
    ("dnsbl-1.uceprotect.net", IP, "", {"127.0.0.2": "RCVD_IN_UCE1"}),
    ("bl.blocklist.de", IP, "", {"127.0.0.10": "RCVD_IN_BLOCKLISTDE"}),
    ("dnsbl.dronebl.org", IP, "", {"127.0.0.8": "RCVD_IN_DRONEBL"}),
    ("bip.virusfree.cz", IP, "", {"127.0.0.2": "RCVD_IN_VIRUSFREE"}),
    ("hostkarma.junkemailfilter.com", IP, "", {
        "127.0.0.1": "RCVD_IN_HOSTKARMA_WL", "127.0.0.2": "RCVD_IN_HOSTKARMA_BL",
        "127.0.0.3": "", "127.0.0.5": ""}),
    ("dbl.spamhaus.org", DOMAIN, "127.0.1.255 127.255.255.254", {
        "127.0.1.2": "URIBL_DBL_SPAM", "127.0.1.4": "URIBL_DBL_PHISH",
        "127.0.1.5": "URIBL_DBL_MALWARE", "127.0.1.6": "URIBL_DBL_MALWARE",
        "127.0.1.102": "URIBL_DBL_ABUSED", "127.0.1.106": "URIBL_DBL_ABUSED"}),
    ("multi.surbl.org", DOMAIN, "127.0.0.1", {
        "127.0.0.8": "URIBL_SURBL_PHISH", "127.0.0.16": "URIBL_SURBL_MALWARE",
        "127.0.0.64": "URIBL_SURBL_ABUSE", "127.0.0.128": "URIBL_SURBL_CRACKED",
        "127.0.0.72": "URIBL_SURBL_ABUSE URIBL_SURBL_PHISH"}),
    ("multi.uribl.com", DOMAIN, "127.0.0.1", {
        "127.0.0.2": "URIBL_BLACK", "127.0.0.4": "URIBL_GREY", "127.0.0.8": ""}),
    ("zrd.dq.spamhaus.net", DOMAIN, "127.0.2.255", {
        "127.0.2.2": "URIBL_ZRD", "127.0.2.24": "URIBL_ZRD"}),
    ("uribl.spameatingmonkey.net", DOMAIN, "", {"127.0.0.2": "URIBL_SEM"}),
    ("fresh15.spameatingmonkey.net", DOMAIN, "", {"127.0.0.2": "URIBL_SEM_FRESH"}),
    ("fresh.fmb.la", DOMAIN, "127.255.255.255", {"127.2.0.2": "URIBL_FRESH7", "127.2.0.28": ""}),
    ("ebl.msbl.org", HASH, "", {"127.0.0.2": "HASHBL_EBL", "127.0.1.2": ""}),
)
ENROLLMENT = ("must-not", "must-list", "canary")
TEST_ENTRIES = {"ip": "127.0.0.2 :127.0.0.2:test", "hash": ""}
TEST_NAMES = "test dbltest.com surbl-org-permanent-test-point.com 2.0.0.127"
# Never to be seen again.
DEAD = """sorbs.net manitu.net wpbl.info anonmails.de madavi.de ahbl.org njabl.org dsbl.org ordb.org
unsubscore.com inps.de abuse.ch msrbl.net abuseat.org rfc-ignorant.org spamcannibal.org
emailbasura.org support-intelligence.net""".split()


def keys():
    """What is on the lists: (zone, kind, code, number, rules, is a refusal)."""
    number = 0
    for zone, kind, refusals, codes in LISTS:
        for code, rules in [*codes.items(), *((c, "") for c in refusals.split())]:
            number += 1
            yield zone, kind, code, number, set(rules.split()), code in refusals.split()


def sha1(number):
    return hashlib.sha1(f"fraud{number}@example.com".encode()).hexdigest()


def data():
    sets = {}
    for zone, kind, _, _ in LISTS:
        if kind == DOMAIN:
            lines = [f"{n} :127.0.0.2:test" for n in TEST_NAMES.split()]
        else:
            lines = [TEST_ENTRIES[kind]]
            lines += ["127.0.0.1 :127.0.0.1:white"] if zone.startswith("hostkarma") else []
        sets[zone] = ("ip4set" if kind == IP else "dnset", lines)
    for zone, kind, code, number, _, _ in keys():
        entry = f"5.6.{number}.0/24" if kind == IP else \
            sha1(number) if kind == HASH else f"s{number}.com"
        sets[zone][1].append(f"{entry} :{code}:listed")
    return {zone: [(dataset, "\n".join(lines) + "\n")] for zone, (dataset, lines) in sets.items()}


def mail(number):
    return (f"Received: from m.s{number}.com (m.s{number}.com [5.6.{number}.7])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id 4Q{number:06X}\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: fraud{number}@example.com\nTo: you@example.org\nSubject: hello\n"
            f"Date: Mon, 1 Feb 2021 00:00:00 +0000\nMessage-ID: <{number}@example.com>\n\n"
            f"hello http://www.s{number}.com/\n").encode()


with open(os.path.join(RULES, "50-zones.cf"), encoding="utf-8") as f:
    text = re.sub(r"(?m)^#.*", "", f.read())
named = {z.rstrip(".") for z in re.findall(r"'([a-z0-9.-]+\.[a-z]{2,})\.?'", text)} | \
    {z.rstrip(".") for z in re.findall(r"(?m)^urirhssub\s+\S+\s+(\S+)", text)}
is_equal(sorted(named), sorted(z for z, *_ in LISTS), "this test knows every list of the file")
ok(not [z for z in named for d in DEAD if z == d or z.endswith("." + d)], "none of them is dead")
rules = set(re.findall(r"(?m)^(?:header|body)\s+([A-Z]\w+)", text))
for word in ("describe", "score", "tflags"):
    have = set(re.findall(rf"(?m)^{word}\s+([A-Z]\w+)", text))
    is_equal(sorted(rules - have), [], f"every rule has {word}")
tested = set().union(*(r for *_, r, _ in keys()))
is_equal(sorted(rules - tested), [], "and is seen to hit here")
off = set(re.findall(r"(?m)^score\s+([A-Z]\S+)\s+0$", text))
off_zones = {z for z, _, _, codes in LISTS
             if set(" ".join(codes.values()).split()) <= off}
ok({"b.barracudacentral.org", "bl.score.senderscore.com", "zrd.dq.spamhaus.net"} <= off_zones,
   f"{len(off_zones)} lists are off, those with keys and registration among them")

need("rbldnsd", "unbound")
with Work() as work:
    server = Rbldnsd(work, data())
    relay = Relay(work)
    relay.route([""], nowhere(work))
    for zone, *_ in LISTS:
        relay.route([zone], server)

    def ready(zones):
        return zones and all(z["state"] == "learning" and z["must_list"] >= 0 <= z["must_not"]
                             for z in zones)

    def daemon(name, *cf):
        d = Daemon(work, name=name, cf=[f"dns_server 127.0.0.1:{relay.port}", *cf]).start(60)
        if not wait_for(lambda: ready(d.zones().values()), 120, 0.2):
            note("not all lists are enrolled", *d.zones().values(), d.read_log()[-3000:])
        return d

    def hits(d, number):
        tests, score = d.scan(mail(number))
        return {t for t in tests.strip().split(",") if t in rules}

    # ---- as it is shipped ----
    d = daemon("shipped")
    states = {z: s["state"] for z, s in d.zones().items()}
    is_equal(states, {z: "learning" for z, *_ in LISTS if z not in off_zones},
             "as shipped: the lists that are on are enrolled, the others are not known")
    for number in (1, 60):
        hits(d, number)
    for zone in sorted(off_zones):
        asked = relay.log(zone)
        if not ok(asked == [], f"{zone} is off and is not asked anything"):
            note(asked[:5])
    for zone in ("dbl.spamhaus.org", "multi.surbl.org", "multi.uribl.com"):
        is_equal(d.zones()[zone]["must_list"], 1, f"{zone}: its test entry is known")
    d.stop()

    # ---- everything on ----
    delay, began = 0.5, time.time()
    relay.route([zone for zone, *_ in LISTS], server, delay=delay)
    d = daemon("all", *(f"score {r} 1" for r in off), "zone_control 0")
    relay.route([zone for zone, *_ in LISTS], server)
    asked = sorted(q[0] for zone, *_ in LISTS for q in relay.log(zone, began, ENROLLMENT))
    at_once = sum(t < asked[0] + delay for t in asked)
    ok(len(asked) > 350 and at_once <= 130,
       f"a start asks {len(asked)} questions, {at_once} before the first answer: "
       "a resolver's socket holds them (at most 130)")
    is_equal({s["state"] for s in d.zones().values()}, {"learning"}, "all on: all are enrolled")
    is_equal(len(d.zones()), len(LISTS), "every one of them")
    is_equal(d.zones()["hostkarma.junkemailfilter.com"]["must_not"], 0,
             "hostkarma lists 127.0.0.1 and is none the worse for it")
    for zone, kind, code, number, want, refusal in keys():
        got = hits(d, number)
        is_equal(got, want, f"{zone} {code}: " + (", ".join(sorted(want)) or
                 ("a refusal, no hit" if refusal else "no rule")))
    is_equal(hits(d, 255), set(), "a host on no list hits nothing")
    d.stop()

    # ---- a key ----
    keyed = Rbldnsd(work, {"s3cret.zen.dq.spamhaus.net": data()["zen.spamhaus.org"]})
    relay.route(["zen.spamhaus.org"])
    relay.route(["s3cret.zen.dq.spamhaus.net"], keyed)
    began = time.time()
    d = daemon("keyed", "zone_ask zen.spamhaus.org s3cret.zen.dq.spamhaus.net")
    is_equal(hits(d, 1), {"RCVD_IN_SBL"}, "zone_ask: the list with the key is asked instead")
    is_equal(relay.log("zen.spamhaus.org", began), [], "and the public one is not")
    report, score = d.scan(mail(2), "REPORT")
    ok("RCVD_IN_CSS" in report and "s3cret" not in report + d.read_log(), "the key is shown nowhere")
    d.stop()
done()

#!/usr/bin/env python3
"""Scenario 15: lists whose rules look at single bits of the answer get a parking
service's 91.195.240.87 (last octet 0x57: bits 1, 2, 4, 16 and 64).

Required: no bit matches."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene, data
from tap import done
from traffic import LISTED_DOMAINS, Mix, burst

BITS = (1, 2, 4, 16, 64)
URI = "".join(f"""urirhssub {{rule}}_{b} {{name}}. A {b}
body {{rule}}_{b} eval:check_uridnsbl('{{rule}}_{b}')
tflags {{rule}}_{b} net
score {{rule}}_{b} 2.5
""" for b in BITS)
HOST = """header __{rule} eval:check_rbl('{label}-lastexternal', '{name}.')
tflags __{rule} net
""" + "".join(f"""header {{rule}}_{b} eval:check_rbl_sub('{{label}}-lastexternal', '{b}')
tflags {{rule}}_{b} net
score {{rule}}_{b} 2.5
""" for b in BITS)

with Scene(15, 60) as s:
    uri = s.zone("multi.surbl.org", kind="domain", rules=URI,
                 sets=[data("dnset", [f"{d} :127.0.0.86:abuse" for d in LISTED_DOMAINS])])
    host = s.zone("multi.hosts.net", rules=HOST,
                  sets=[data("ip4set", ["5.0.0.0/8 :127.0.0.86:abuse"])])
    rules = {z: {f"{z.rule}_{b}" for b in BITS} for z in (uri, host)}
    s.open()
    parked = wild(s.work, [uri.name, host.name], "91.195.240.87")
    s.start(trusted=True)
    before = [r for r in burst(s, s.mails(100)) if r.mail.listed]
    for z in (uri, host):
        want = rules[z] - {z.rule + "_1"}
        s.ok(before and all(r.rules & rules[z] == want for r in before),
             f"{z.name}: 127.0.0.86 has the bits 2, 4, 16 and 64")
        s.route(z, parked)
    first = s.send(s.mails(1, Mix(p0=0, spam=0))[0])
    s.equal(first.rules, {"BASE3"}, "the very first ham has no bit")
    with s.stream(100) as mail:
        for z in (uri, host):
            s.most(s.until(z, 10, state="quarantined"), 5, f"{z.name}: seconds to quarantine")
        s.sleep(20)
        results = mail.stop() + burst(s, s.mails(500), 64)
    s.equal(mail.failures, [], "every message was judged")
    hits = [r for r in results if r.rules & (rules[uri] | rules[host])]
    s.equal(len(hits), 0, f"no bit matches in {len(results)} messages")
done()

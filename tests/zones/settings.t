#!/usr/bin/env python3
"""What the operator says of a zone: zone_weight, zone_codes, zone_block_codes,
zone_control; and that weights reach metas and allow lists."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import PLUGINS, TARE, Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for
from servers import ListServer

ZONE = "bl.settings.net"
RULES = f"""
header RCVD_IN_SET eval:check_rbl('set-lastexternal', '{ZONE}.', '127.0.0.2')
tflags RCVD_IN_SET net
score RCVD_IN_SET 2
header ALWAYS Subject =~ /hello/
score ALWAYS 1
meta BOTH RCVD_IN_SET && ALWAYS
score BOTH 1
meta EITHER RCVD_IN_SET || ALWAYS
score EITHER 1
meta SUM (RCVD_IN_SET + ALWAYS) > 1
score SUM 1
"""


def mail(ip):
    return (f"Received: from m.example.com (m.example.com [{ip}])\n"
            f"\tby mx.example.org (Postfix) with ESMTP id 1\n"
            f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a@example.com\nSubject: hello\n\nhello\n").encode()


need("rbldnsd", "dig")
with Work() as work:
    port = free_port()
    server = ListServer(work, port, ZONE)
    server.healthy(["5.6.7.0/24", "5.6.8.0/24 :127.0.0.9:", "5.6.9.0/24 :127.0.0.77:"])
    work.write("rules/zone.cf", RULES)
    serial = [0]

    def daemon(*cf):
        serial[0] += 1
        d = Daemon(work, rules=work.path("rules"), name=f"d{serial[0]}",
                   cf=[f"dns_server 127.0.0.1:{port}", *cf]).start()
        if not wait_for(lambda: d.zones().get(ZONE, {}).get("state") == "learning", 10):
            note(d.read_log()[-1500:], d.zones())
        return d

    d = daemon()
    is_equal(d.scan(mail("5.6.7.1"))[1], 6.0, "full weight: 2 + 1 + three metas")
    is_equal(d.scan(mail("5.6.8.1"))[1], 2.0, "another code is no listing: ALWAYS and EITHER")
    d.stop()
    d = daemon(f"zone_weight {ZONE} 0.25")
    # 2*.25 + 1 + min(.25,1) + max(.25,1) + min over the operands that hit
    is_equal(d.scan(mail("5.6.7.1"))[1], 3.0, "zone_weight .25 reaches the rule and its metas")
    is_equal(d.zones()[ZONE]["weight"], 0.25, "tare zones shows it")
    d.stop()
    d = daemon(f"zone_weight {ZONE} 0")
    tests, score = d.scan(mail("5.6.7.1"))
    is_equal(score, 2.0, "zone_weight 0: as if it were not there")
    d.stop()
    d = daemon(f"zone_block_codes {ZONE} 127.0.0.2")
    tests, score = d.scan(mail("5.6.7.1"))
    ok("RCVD_IN_SET" not in tests, "zone_block_codes: that answer is a refusal")
    d.stop()
    d = daemon("zone_control 0")
    is_equal(d.scan(mail("5.6.7.1"))[1], 6.0, "zone_control 0: counted without a control")
    server.everything("127.0.0.2")
    is_equal(d.scan(mail("9.9.9.9"))[1], 6.0, "and so a broken list scores: the operator's choice")
    d.stop()
    server.healthy(["5.6.7.0/24"])
    for line, want in ((f"zone_weight {ZONE} 2", "ZONE WEIGHT"), (f"zone_codes {ZONE} 1.2.3.4", "127.")):
        d = daemon(line)
        ok(want in d.read_log(), f"'{line}' is told in the log")
        d.stop()
    p = subprocess.run([TARE, "lint", "--rules", work.path("rules"), "--plugins", PLUGINS, "--site",
                        work.path("site"), "--cf", "zone_weight no.such.zone 1"],
                       capture_output=True, text=True)
    ok("no rule asks zone no.such.zone" in p.stdout, "lint tells of a zone nobody asks")
done()

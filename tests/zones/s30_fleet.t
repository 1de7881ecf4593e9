#!/usr/bin/env python3
"""Scenario 30, and the rest of what nodes may tell each other (c.10): two real
daemons on servers of their own, evidence carried by tare zones export | import.

Required: a peer that reports a healthy zone as quarantined causes one probe
round, the zone stays TRUSTED, the event is logged with source=peer.  A peer
that tells the truth makes the zone quarantined here, for what is seen here.
Two peers decide where nothing can be seen.  Trust is never raised; replayed,
stale, changed and wrongly signed lines are refused with a word why; what
belongs to one resolver is not shared."""
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import TARE, done, note

KEY = "0123456789abcdef0123456789abcdef"
NAME, OTHER = "bl.fleet.net", "bl.refused.net"


def zones(scene, *args, given=None):
    """tare zones beside this scene's daemon: status, output, errors."""
    d = scene.daemon
    p = subprocess.run([TARE, "zones", *d.common, "--state", d.state, *args], input=given,
                       capture_output=True, text=True)
    return p.returncode, p.stdout, p.stderr


def export(scene, node, *zone):
    code, out, err = zones(scene, "export", "--node", node, "--key", scene.key, *zone)
    if code:
        note(err)
    return out


def hear(scene, text, *more):
    """Import; status and the results by line."""
    code, out, err = zones(scene, "import", "--json", "--node", "me", "--key", scene.key, *more,
                           given=text)
    return code, [json.loads(line) for line in out.splitlines()]


def forge(node, age=0.0, key=KEY, **said):
    """A line that any holder of the key can write without tare."""
    now = time.time() - age
    line = {"tare": 1, "node": node, "seq": int(now * 1e6), "at": now, "zone": NAME,
            "state": "quarantined", "reason": "wildcard", "evidence": "I saw it",
            "since": now + 1e8,         # later than anything said before
            **said}
    body = json.dumps(line)[:-1]
    mac = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
    return f'{body},"mac":"{mac}"}}\n'


def set_up(scene):
    bl = scene.zone(NAME)
    scene.open()
    scene.key = scene.work.write("key", KEY + "\n")
    os.chmod(scene.key, 0o600)
    return bl


with Scene(30, 60) as liar, Scene(30, 60) as s:
    refused = liar.zone(OTHER)
    theirs, bl = set_up(liar), set_up(s)
    liar.start()
    s.start(trusted=True)
    s.equal(s.state(bl)["state"], "trusted", "a healthy zone is trusted here")

    # ---- scenario 30: the other node says otherwise ----
    liar.route(theirs, wild(liar.work, [NAME], "127.0.0.2"))
    liar.send(liar.mails(1)[0])
    liar.until(theirs, 10, state="quarantined")
    text = export(liar, "mx1", NAME)
    s.equal(json.loads(text)["state"], "quarantined", "the other node exports its quarantine")
    asked = time.time()
    code, got = hear(s, text)
    s.equal((code, [g["result"] for g in got]), (0, ["doubted"]), "it is news here")
    s.until(bl, 5, state="trusted")
    now = s.state(bl)
    s.equal((now["state"], now["weight"]), ("trusted", 1), "one round later it is trusted")
    rounds = s.relay.log(NAME, asked)
    # three reserved names of each family that it serves
    s.ok(3 <= len(rounds) <= 6, f"after one round of {len(rounds)} questions")
    events = [(e["from"], e["to"], e["reason"], e["source"]) for e in s.history(bl)][-2:]
    s.equal(events, [("trusted", "suspect", "peer", "peer"), ("suspect", "trusted", "none", "local")],
            "the history has the doubt with source=peer, and its end")
    s.ok(s.log_lines("event=zone", "to=suspect", "reason=peer", "mx1 says wildcard"),
         "the log says who said what")
    code, got = hear(s, export(liar, "mx1", NAME))
    s.equal([g["result"] for g in got], ["known"], "the same quarantine again is no news")
    code, got = hear(s, forge("mx1"))
    s.equal([g["result"] for g in got], ["held"], "its next lie on that zone waits")
    s.equal(len(s.relay.log(NAME, asked)), len(rounds), "and costs no question")
    code, out, err = zones(s, "show", NAME)
    s.ok(code == 0 and "node        mx1: quarantined: wildcard at" in out,
         "show says what the other node makes of it")

    # ---- what is refused ----
    code, got = hear(s, text)
    s.ok(code == 65 and "replay" in got[0]["why"], f"the same bytes: {got[0]['why']}")
    for name, line, word in (
            ("an hour old", forge("mx9", age=3600), "stale"),
            ("from the future", forge("mx9", age=-600), "future"),
            ("another key", forge("mx9", key="another key, as long as"), "another key"),
            ("one byte changed", forge("mx9").replace("wildcard", "wildcarD"), "changed"),
            ("no signature", '{"tare":1}\n', "not signed"),
            ("no JSON", "hello\n", "not signed"),
            ("a state of tomorrow", forge("mx9", state="rotten"), "newer tare"),
            ("a bad name", forge("mx 9"), '"node"'),
            ("too long", forge("mx9", evidence="x" * 5000), "longer")):
        code, got = hear(s, line)
        s.ok(code == 65 and got[0]["result"] == "refused" and word in got[0]["why"],
             f"{name}: {got[0]['why']}")
    code, out, err = zones(s, "import", "--node", "me", "--key", s.key, given=forge("mx9", age=3600))
    s.ok(code == 65 and "-:1: refused" in err and "1 lines refused" in out, "told as text, too")
    code, got = hear(s, forge("me"))
    s.equal((code, got[0]["result"]), (0, "own"), "a line of this node itself is passed over")
    code, got = hear(s, forge("mx1", zone="bl.nobody.net"))
    s.equal((code, got[0]["result"]), (0, "no-zone"), "so is a zone that no rule names here")
    os.chmod(s.key, 0o644)
    code, out, err = zones(s, "export", "--node", "me", "--key", s.key)
    s.ok(code == 78 and "everybody" in err, "a key that everybody may read is refused")
    os.chmod(s.key, 0o600)
    s.equal(s.state(bl)["state"], "trusted", "nothing of all this did anything")

    # ---- what is not shared: blocked ----
    liar.route(refused, wild(liar.work, [OTHER], "127.255.255.254"))
    liar.send(liar.mails(1)[0])
    s.ok(liar.until(refused, 20, state="blocked") is not None, "the other node is refused by a list")
    s.equal([json.loads(line)["zone"] for line in export(liar, "mx1").splitlines()], [NAME],
            "and keeps that to itself")
    for state, reason in (("blocked", "blocked"), ("down", "timeout"), ("quarantined", "peer"),
                          ("quarantined", "resolver"), ("pinned-off", "none")):
        code, got = hear(s, forge("mx2", state=state, reason=reason))
        s.equal(got[0]["result"], "noted", f"and {state} ({reason}) of another is not heeded")

    # ---- a peer that tells the truth; trust is not raised ----
    s.route(bl, wild(s.work, [NAME], "127.0.0.2"))
    code, got = hear(s, forge("mx2"))
    s.equal(got[0]["result"], "doubted", "another node's word is heard")
    s.ok(s.until(bl, 5, state="quarantined") is not None, "the zone is quarantined without any mail")
    s.equal(s.state(bl)["reason"], "wildcard", "for what was seen here")
    for state in ("trusted", "learning", "pinned-on"):
        hear(s, forge("mx2", state=state, reason="none"))
    s.equal((s.state(bl)["state"], s.state(bl)["weight"]), ("quarantined", 0),
            "nothing a peer says raises trust")
    s.route(bl, s.healthy)
    s.ok(s.until(bl, 40 + 40 * 60 / s.scale, weight=1) is not None, "it recovers by itself")

    # ---- two peers, and nothing to be seen here ----
    s.route(bl)
    hear(s, forge("mx3"))
    s.equal(s.state(bl)["state"], "suspect", "one node's word, and no answers: in doubt")
    hear(s, forge("mx4"))
    s.ok(s.until(bl, 30, state="quarantined", reason="peer") is not None,
         "two nodes' word: quarantined")
    began = s.first(bl, "quarantined", s.now() - 60)
    s.equal(export(s, "me"), "", "which is hearsay and not passed on")
    s.route(bl, s.healthy)
    s.ok(s.until(bl, 30 + 15 * 60 / s.scale, state="probation") is not None, "and ends")
    ended = s.first(bl, "probation", began)
    s.ok(ended and 9.9 * 60 <= ended - began <= 12 * 60,
         f"after ten minutes ({(ended or 0) - began:.0f} s)")
    s.ok(s.until(bl, 40 + 40 * 60 / s.scale, weight=1) is not None, "then it counts in full")

    # ---- crash: nothing can be replayed to the next daemon ----
    line = forge("mx5")
    hear(s, line)
    s.daemon.stop()
    s.restart()
    s.wait(lambda: s.state(bl)["state"] in ("trusted", "learning"))
    code, got = hear(s, line)
    s.ok(code == 65 and "replay" in got[0]["why"], "a restart forgets no line")
    s.equal(s.integrity(), "ok", "integrity_check")
    if os.environ.get("FLEET_SHOW"):
        note(*zones(s, "show", NAME)[1].splitlines(), *zones(s, "history")[1].splitlines())
done()

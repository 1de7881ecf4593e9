#!/usr/bin/env python3
"""Exim with contrib/exim/tare.conf: its own condition "spam" asks tared."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, SPAM, Root, headers_of, is_whole, mail, recipe, smtp_answers, \
    smtp_send, take
from tap import Daemon, Work, done, free_port, is_equal, note, ok, wait_for

CONF = """
exim_user = mail
exim_group = mail
never_users =
primary_hostname = mx.example.org
spool_directory = {dir}/spool
log_file_path = {dir}/log/%s
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
dns_ipv4_lookup =
host_lookup =
rfc1413_query_timeout = 0s
{main}
begin acl
acl_rcpt:
  accept
acl_data:
{acl}
  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = {dir}/box
  maildir_format
  user = mail
  group = mail
"""
SUSPECT = mail("offer", "buy now\n")

with Work() as work, Root(work, "exim4-daemon-heavy", "exim4-base",
                          users=["Debian-exim"]) as root:
    # Exim asks as its own user; one more rule, for mail between 5 and 15 points.
    daemon = Daemon(work, "--socket-mode", "666", local=True,
                    cf=["body OFFER /buy now/", "score OFFER 6"]).start()
    port = free_port()
    main, _, acl = recipe("exim/tare.conf", **{"/run/tare/socket": daemon.socket}) \
        .partition("# ---- acl_smtp_data ----\n")
    conf = work.write("exim/conf", CONF.format(dir=work.path("exim"), port=port, main=main,
                                               acl=acl))
    for name in ("spool", "log", "box"):
        os.makedirs(work.path("exim/" + name))
        root.run("chown", "mail:mail", work.path("exim/" + name))
    os.chmod(conf, 0o644)
    server = work.start(root.inside("/usr/sbin/exim4", "-C", conf, "-bdf", "-q10s"), "exim.log")
    if not ok(wait_for(lambda: smtp_answers(port), 30), "Exim answers"):
        note(open(work.path("exim.log")).read()[-2000:])
    box = work.path("exim/box")
    for name, message in (("ham", HAM), ("odd mail", ODD), ("suspect mail", SUSPECT)):
        is_equal(smtp_send(port, message)[0], 250, f"{name}: accepted")
        got = take(box)
        is_whole(got, message, f"{name}: delivered, whole")
        head = headers_of(got[0]) if got else b""
        ok(b"\nX-Spam-Score: " in head and b"\nX-Spam-Report: " in head,
           f"{name}: with its score and report")
        is_equal(b"\nX-Spam-Flag: YES" in head, message == SUSPECT, f"{name}: and its flag")
    code, text = smtp_send(port, SPAM)
    is_equal(code, 550, "spam: refused")
    ok("scored 1000" in text, f"with its score ({text})")
    daemon.stop()
    is_equal(smtp_send(port, HAM)[0] // 100, 4, "no daemon: the sender shall try again")
    is_equal(take(box, 1, 0.3), [], "and nothing was delivered")
    daemon = Daemon(work, "--socket-mode", "666", local=True).start()
    is_equal(smtp_send(port, HAM)[0], 250, "the daemon is back: accepted")
    is_whole(take(box), HAM, "and delivered")
    work.stop(server)
done()

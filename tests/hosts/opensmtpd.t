#!/usr/bin/env python3
"""OpenSMTPD with contrib/opensmtpd/smtpd.conf: its filter protocol, spoken by
`tare opensmtpd`."""
import os
import smtplib
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, SPAM, Root, headers_of, is_marked, is_whole, mail, recipe, \
    smtp_answers, smtp_send, take
from tap import TARE, Daemon, Work, done, free_port, is_equal, note, ok, wait_for

SUSPECT = mail("offer", "buy now\n")
CONF = """
{recipe}
action "box" maildir "{box}" user mail virtual {{ "@" = "mail" }}
match from any for domain "example.org" action "box"
"""

with Work() as work, Root(work, "opensmtpd", users=["opensmtpd", "opensmtpq"]) as root:
    cf = ["body OFFER /buy now/", "score OFFER 6",
          "header CLIENT X-Spam-Relays-External =~ /^\\[ ip=127\\.0\\.0\\.1 /",
          "header ANY_CLIENT Received =~ /127\\.0\\.0\\.1.*OpenSMTPD/", "score ANY_CLIENT 0.1"]
    daemon = Daemon(work, "--socket-mode", "666", local=True, cf=cf).start()
    port = free_port()
    box = work.path("box")
    os.makedirs(box)
    root.run("chown", "mail:mail", box)
    conf = work.write("smtpd.conf", CONF.format(box=box, recipe=recipe(
        "opensmtpd/smtpd.conf", **{"/usr/bin/tare": TARE, "/run/tare/socket": daemon.socket,
                                   "port 25": f"port {port}"})))
    root.run("install", "-d", "-m", "711", "/var/lib/opensmtpd/empty", "/var/spool/smtpd")
    server = work.start(root.inside("/usr/sbin/smtpd", "-d", "-f", conf), "smtpd.log")
    if not ok(wait_for(lambda: smtp_answers(port), 30), "OpenSMTPD answers"):
        note(open(work.path("smtpd.log")).read()[-3000:])
    for name, message in (("ham", HAM), ("odd mail", ODD), ("suspect mail", SUSPECT)):
        is_equal(smtp_send(port, message)[0], 250, f"{name}: accepted")
        got = take(box)
        is_marked(got, message == SUSPECT, f"{name}: marked")
        is_whole(got, message, f"{name}: whole")
        head = headers_of(got[0]) if got else b""
        ok(b"ANY_CLIENT" in head, f"{name}: scanned with the client's address")
        is_equal(head.count(b"\nReceived: ") + head.startswith(b"Received: "), 1,
                 f"{name}: with smtpd's own Received field alone")
    code, text = smtp_send(port, SPAM)
    is_equal(code, 550, "spam: refused")
    ok("scored 1000" in text, f"with its score ({text})")
    is_equal(take(box, 1, 0.3), [], "and not delivered")
    # Clients that go away in the middle.
    for half in (b"", b"Subject: x\r\n\r\nhalf", b"x" * 70000):
        with smtplib.SMTP("127.0.0.1", port, "client.example.net", 30) as s:
            s.ehlo()
            s.mail("a@example.net")
            s.rcpt("you@example.org")
            s.docmd("DATA")
            s.send(half)
            s.sock.shutdown(socket.SHUT_RDWR)
            s.close()
    big = mail("big", ("y" * 76 + "\n") * 40000)
    is_equal(smtp_send(port, big)[0], 250, "3 MB: accepted")
    got = take(box)
    is_marked(got, False, "marked")
    is_whole(got, big, "whole")
    daemon.stop()
    is_equal(smtp_send(port, HAM)[0], 451, "no daemon: the sender shall try again")
    is_equal(take(box, 1, 0.3), [], "and nothing was delivered")
    daemon = Daemon(work, "--socket-mode", "666", local=True, cf=cf).start()
    is_equal(smtp_send(port, HAM)[0], 250, "the daemon is back: accepted")
    is_marked(take(box), False, "and delivered, marked")
    if server.poll() is not None:
        note(open(work.path("smtpd.log")).read()[-3000:])
    root.run("pkill", "-P", str(server.pid))
    work.stop(server)
done()

#!/usr/bin/env python3
"""Dovecot with Pigeonhole and the files of contrib/dovecot: LMTP delivery filtered
by tarec, and what is moved into or out of Junk told to tared."""
import imaplib
import os
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from host import HAM, ODD, RCPT, SPAM, is_marked, is_whole, recipe, take, maildir
from tap import TAREC, Daemon, Work, done, free_port, is_equal, need, note, ok, sanitized, wait_for

CONF = """
base_dir = {dir}/run
log_path = {dir}/log
state_dir = {dir}/state
instance_name = tare-test
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{dir}/mail
first_valid_uid = 1
{memory}
default_internal_user = dovecot
default_login_user = dovenull
mailbox_list_index = no
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={dir}/home allow_all_users=yes
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
}}
{recipe}
"""
need("dovecot", "sievec")


def deliver(port, message):
    with smtplib.LMTP("127.0.0.1", port) as s:
        return s.sendmail("anna@example.net", [RCPT], message.replace(b"\n", b"\r\n"))


def set_up(work, socket, ports):
    top = work.path("dovecot")
    for name in ("run", "state", "mail", "home", "sieve", "sieve-bin"):
        os.makedirs(f"{top}/{name}")
    place = {"/etc/dovecot": top}
    for name in ("tare-filter", "tare-learn"):
        os.chmod(work.write(f"dovecot/sieve-bin/{name}", recipe(
            f"dovecot/{name}", **{"/usr/bin/tarec": TAREC, "/run/tare/socket": socket})), 0o755)
    conf = work.write("dovecot/conf", CONF.format(
        dir=top, lmtp=ports[0], imap=ports[1], recipe=recipe("dovecot/90-tare.conf", **place),
        # A sanitizer reserves more address space than Dovecot gives to programs.
        memory="default_vsz_limit = 0" if sanitized() else ""))
    for name in ("tare", "learn-spam", "learn-ham"):
        path = work.write(f"dovecot/sieve/{name}.sieve", recipe(f"dovecot/{name}.sieve"))
        p = subprocess.run(["sievec", "-c", conf, path], capture_output=True, text=True)
        ok(p.returncode == 0, f"{name}.sieve compiles")
        if p.returncode:
            note(p.stderr)
    subprocess.run(["chown", "-R", "mail:mail", f"{top}/mail", f"{top}/home"], check=True)
    return conf


with Work() as work:
    daemon = Daemon(work, "--socket-mode", "666", local=True).start()
    ports = free_port(), free_port()
    conf = set_up(work, daemon.socket, ports)
    server = work.start(["dovecot", "-F", "-c", conf], "dovecot.log")

    def answers():
        try:
            with smtplib.LMTP("127.0.0.1", ports[0]):
                return True
        except OSError:
            return False
    ok(wait_for(answers, 20), "Dovecot answers")
    inbox, junk = work.path("dovecot/mail"), work.path("dovecot/mail/.Junk")
    for name, message, box in (("ham", HAM, inbox), ("odd mail", ODD, inbox),
                               ("spam", SPAM, junk)):
        is_equal(deliver(ports[0], message), {}, f"{name}: delivered")
        wait_for(lambda: maildir(box), 10)
        got = maildir(box)
        is_marked(got, box == junk, f"{name}: marked, in its folder")
        is_whole(got, message, f"{name}: whole")
        if name == "odd mail":
            take(box)
        elif name == "ham":
            take(box)
    # Moves teach, or would: what tared cannot learn it says so, and the move is done.
    deliver(ports[0], HAM)
    with imaplib.IMAP4("127.0.0.1", ports[1]) as imap:
        imap.login("you", "secret")
        for source, target, kind in (("INBOX", "Junk", "spam"), ("Junk", "INBOX", "ham")):
            imap.select(source)
            is_equal(imap.copy("1", target)[0], "OK", f"copied from {source} to {target}")
            ok(wait_for(lambda: daemon.read_log().count("TELL") >= (kind == "ham") + 1, 10),
               f"tared is told: {kind}")
    daemon.stop()
    take(inbox)
    is_equal(deliver(ports[0], HAM), {}, "no daemon: delivered")
    got = take(inbox)
    is_whole(got, HAM, "as it came")
    ok(got and b"X-Spam-Status" not in got[0], "unmarked")
    log = open(work.path("dovecot/log"), errors="replace").read()
    ok("tare-filter" in log, "and the log says why")
    work.stop(server)
done()

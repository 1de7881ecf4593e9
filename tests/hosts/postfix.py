"""A Postfix of the test's own: its queue, its ports, its mailboxes."""
import os
import pwd
import shutil
import subprocess

from host import recipe, smtp_answers
from tap import TAREC, free_port, need, wait_for

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file_prefixes = {dir}
maillog_file = {dir}/mail.log
myhostname = mx.example.org
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
virtual_mailbox_domains = example.org
virtual_mailbox_base = {boxes}
virtual_mailbox_maps = static:you/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_peername_lookup = no
default_destination_concurrency_limit = 10
tare_destination_recipient_limit = 1
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
syslog_name = tare-test
{more}
"""
SERVICES = """
{port}    inet  n       -       n       -       -       smtpd
{smtpd}
pickup    unix  n       -       n       1       1       pickup
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       1       1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
defer     unix  -       -       n       -       0       bounce
trace     unix  -       -       n       -       0       bounce
verify    unix  -       -       n       -       1       verify
flush     unix  n       -       n       1000?   0       flush
proxymap  unix  -       -       n       -       -       proxymap
smtp      unix  -       -       n       -       -       smtp
showq     unix  n       -       n       -       -       showq
error     unix  -       -       n       -       -       error
retry     unix  -       -       n       -       -       error
discard   unix  -       -       n       -       -       discard
virtual   unix  -       n       n       -       -       virtual
anvil     unix  -       -       n       -       1       anvil
postlog   unix-dgram n  -       n       -       1       postlogd
{filter}
"""


class Postfix:
    """`with Postfix(work, filter_socket=PATH)`: SMTP on .port, mail in .box."""

    def __init__(self, work, filter_socket=None, more="", boxes=None):
        need("postfix", "sendmail")
        self.work = work
        self.port = free_port()
        self.dir = work.path("postfix")
        boxes = boxes or f"{self.dir}/boxes"
        self.box = f"{boxes}/you"
        nobody = pwd.getpwnam("nobody")
        for path in (f"{self.dir}/data", f"{self.dir}/queue", boxes):
            os.makedirs(path)
        shutil.copytree("/etc/postfix", f"{self.dir}/conf")
        os.chmod(self.dir, 0o755)
        os.chown(f"{self.dir}/data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(boxes, nobody.pw_uid, nobody.pw_gid)
        work.write("postfix/conf/main.cf", MAIN.format(
            dir=self.dir, boxes=boxes, uid=nobody.pw_uid, gid=nobody.pw_gid,
            more=more))
        smtpd, service = "", ""
        if filter_socket is not None:
            smtpd, service = self.filter(filter_socket)
        work.write("postfix/conf/master.cf",
                   SERVICES.format(port=f"127.0.0.1:{self.port}", smtpd=smtpd, filter=service))

    def filter(self, socket):
        """The recipe that we ship, as two parts of this master.cf."""
        text = recipe("postfix/master.cf", **{
            "/usr/bin/tarec": TAREC, "/run/tare/socket": socket})
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return lines[1], "\n".join(lines[2:])

    def __enter__(self):
        self.run("postfix", "check")
        self.run("postfix", "start")
        if not wait_for(lambda: smtp_answers(self.port), 30):
            raise RuntimeError("Postfix did not start: " + self.log()[-2000:])
        return self

    def __exit__(self, *exc):
        self.run("postfix", "abort")

    def run(self, *command):
        """Run it where /etc/postfix is ours: sendmail believes no other folder of a user."""
        return subprocess.run(["unshare", "--mount", "sh", "-c",
                               f"mount --bind {self.dir}/conf /etc/postfix && exec \"$@\"",
                               "sh", *command], capture_output=True, text=True)

    def queue(self):
        """Number of messages that are kept for later."""
        return len(self.run("postqueue", "-j").stdout.splitlines())

    def retry(self):
        self.run("postqueue", "-f")

    def log(self):
        try:
            with open(f"{self.dir}/mail.log", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

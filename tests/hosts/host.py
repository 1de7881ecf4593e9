"""What the tests of mail programs share: mail, mailboxes, SMTP, recipes, packages.

A test delivers SPAM, HAM and odd mail through the real program, set up by the
recipe that contrib/ ships, and reads what arrived.  Programs that conflict as
packages are not installed: they run in a view of this machine's root (an
overlay, in a mount namespace of the test's own) in which they are."""
import glob
import os
import re
import shutil
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import TOP, ok, wait_for

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
CACHE = os.environ.get("TARE_HOSTS_CACHE") or os.path.expanduser("~/.cache/tare-hosts")
RCPT = "you@example.org"


def mail(subject, body="At noon?\n", n=0):
    return (f"From: Anna <anna@example.net>\nTo: {RCPT}\nSubject: {subject}\n"
            f"Message-ID: <{subject.replace(' ', '.')}.{n}@example.net>\n"
            f"Date: Mon, 1 Feb 2021 10:00:00 +0000\n\n{body}").encode()


HAM = mail("lunch")
SPAM = mail("prize", GTUBE + "\n")
# A line of a dot, a From line, eight bits, a long line, a header of the program's own.
ODD = (b"X-Spam-Status: No, forged\n" + mail("odd", "From here\n.\n..\n") +
       b"caf\xc3\xa9 \xe9\n" + b"x" * 900 + b"\nlast line\n")


def unpacked(*names):
    """Debian packages, with what they need and we lack, unpacked once; their root."""
    root = os.path.join(CACHE, "-".join(names))
    if not os.path.exists(root + ".complete"):
        debs = root + ".debs"
        os.makedirs(debs + "/partial", exist_ok=True)
        subprocess.run(["apt-get", "-qqy", "--no-install-recommends", "--download-only", "-oAPT::Sandbox::User=root", "-o",
                        f"Dir::Cache::archives={debs}", "install", *names], check=True,
                       stdout=subprocess.DEVNULL)
        for name in glob.glob(debs + "/*.deb"):
            subprocess.run(["dpkg", "-x", name, root], check=True)
        for name in ("bin", "sbin", "lib"):     # links to usr/ on this machine
            if os.path.isdir(f"{root}/{name}"):
                shutil.copytree(f"{root}/{name}", f"{root}/usr/{name}", dirs_exist_ok=True)
                shutil.rmtree(f"{root}/{name}")
        with open(root + ".complete", "w"):
            pass
    return root


class Root:
    """This machine as it would be with more packages; `with Root(work, "exim4-base")`.

    Everything written there is written below the test's work folder, except in
    that folder itself and in /tmp, which are the real ones."""

    def __init__(self, work, *packages, users=()):
        self.dir = work.path("root")
        os.makedirs(self.dir)
        os.makedirs(work.path("layer"))
        extra = work.path("users")
        for name, line in (("passwd", "{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin\n"),
                           ("group", "{0}:x:{1}:\n")):
            with open("/etc/" + name) as f:
                text = f.read()
            work.write("users/etc/" + name, text + "".join(
                line.format(user, 64000 + i) for i, user in enumerate(users)))
        # The upper layer must not be below the lower one: a file system of its own.
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec",
             f"mount -t tmpfs tare {work.path('layer')} && cd {work.path('layer')} && "
             f"mkdir up scratch && cp -a {unpacked(*packages)}/. {extra}/. up/ && "
             f"mount -t overlay tare -o lowerdir=/,upperdir=up,workdir=scratch {self.dir} && "
             f"cd {self.dir} && for d in proc dev sys tmp; do mount --rbind /$d $d; done && "
             "echo ready && exec sleep 86400"], stdout=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "ready\n":
            raise RuntimeError("no overlay: this test must run as root")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.holder.kill()
        self.holder.wait()

    def inside(self, *command):
        return ["nsenter", "--mount", "-t", str(self.holder.pid), "chroot", self.dir, *command]

    def run(self, *command, **more):
        return subprocess.run(self.inside(*command), capture_output=True, **more)


def recipe(name, **values):
    """contrib/NAME, with the paths of an installed tare replaced by the test's."""
    with open(os.path.join(TOP, "contrib", name)) as f:
        text = f.read()
    for old, new in values.items():
        if old not in text:
            raise RuntimeError(f"contrib/{name} does not have {old!r}")
        text = text.replace(old, new)
    return text


def smtp_send(port, message, sender="anna@example.net", rcpt=RCPT, seconds=60):
    """Hand over one message; the SMTP code and text of the last reply."""
    try:
        with smtplib.SMTP("127.0.0.1", port, "client.example.net", seconds) as s:
            s.sendmail(sender, [rcpt], message.replace(b"\n", b"\r\n"))
        return 250, ""
    except smtplib.SMTPResponseException as e:
        return e.smtp_code, e.smtp_error.decode(errors="replace")
    except smtplib.SMTPRecipientsRefused as e:
        code, text = next(iter(e.recipients.values()))
        return code, text.decode(errors="replace")


def smtp_answers(port):
    try:
        with smtplib.SMTP("127.0.0.1", port, "client.example.net", 5) as s:
            return s.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


def maildir(path):
    """All messages of a maildir, oldest name first."""
    out = []
    for name in sorted(glob.glob(path + "/new/*") + glob.glob(path + "/cur/*")):
        with open(name, "rb") as f:
            out.append(f.read().replace(b"\r\n", b"\n"))
    return out


def take(path, want=1, seconds=30):
    """Wait for `want` messages, remove them from the maildir, return them."""
    wait_for(lambda: len(maildir(path)) >= want, seconds)
    out = maildir(path)
    for name in glob.glob(path + "/new/*") + glob.glob(path + "/cur/*"):
        os.unlink(name)
    return out


def body_of(message):
    return message.partition(b"\n\n")[2]


def headers_of(message):
    return message.partition(b"\n\n")[0] + b"\n"


def is_marked(got, spam, text):
    """One message came, scanned, with the verdict that it should have."""
    flag = re.search(rb"^X-Spam-Status: (Yes|No),? ", headers_of(got[0]), re.M) if got else None
    return ok(len(got) == 1 and flag is not None and
              (flag.group(1) == b"Yes") == spam and b"forged" not in headers_of(got[0]), text)


def is_whole(got, message, text):
    """One message came, with the body that was sent (spam: attached to the report)."""
    return ok(len(got) == 1 and body_of(message).rstrip(b"\n") in body_of(got[0]), text)

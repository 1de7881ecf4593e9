"""The programs that `make bench` compares: how each is started with two
workers and without a network, and what /proc says of its processes.

Settings are each program's own, but for what the comparison needs: where it
listens, the number of workers, and the network off.
  spamd     -L, rules and plugins of the Debian package, no user preferences
  rspamd    the packaged configuration and rules; modules that ask DNS or other
            hosts are off, and so are the milter proxy and fuzzy storage
  tare      --local; its own rules, or the files that spamd reads"""
import http.client
import os
import re
import socket
import subprocess
import time

from tap import PLUGINS, RULES, TARED, free_port, wait_for

HZ = os.sysconf("SC_CLK_TCK")
WORKERS = 2
STOCK = ["/usr/share/spamassassin", "/etc/spamassassin"]
PING = b"PING SPAMC/1.5\r\n\r\n"


# ---- /proc ----

def stat(pid):
    """(parent, clock ticks of it and of the children it has buried), or None."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[1]), sum(map(int, fields[11:15]))


def family(root):
    """The ticks of a process and all that descend from it, by process."""
    stats = {int(p): stat(p) for p in os.listdir("/proc") if p.isdigit()}
    found, more = {}, [root]
    while more:
        pid = more.pop()
        if stats.get(pid):
            found[pid] = stats[pid][1]
            more += [p for p, s in stats.items() if s and s[0] == pid]
    return found


def memory(pid):
    """(PSS, private) in MB."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        rows = {line.split(":")[0]: line.split()[1] for line in f.read().splitlines()[1:]}
    private = int(rows["Private_Clean"]) + int(rows["Private_Dirty"])
    return int(rows["Pss"]) / 1024, private / 1024


def open_files(pid):
    """Their names; it goes on opening and closing some meanwhile."""
    found, links = [], f"/proc/{pid}/fd"
    for n in os.listdir(links):
        try:
            found.append(os.readlink(f"{links}/{n}"))
        except FileNotFoundError:
            pass
    return found


def title(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as f:
        return f.read().replace(b"\0", b" ").decode(errors="replace").strip()


# ---- what they have in common ----

class Program:
    """start() and stop() it as often as wanted; its state directory stays, so
    that the second start is a warm one."""
    http = False
    patience = 180

    def __init__(self, work):
        self.work, self.port, self.child = work, free_port(), None

    def start(self):
        """Seconds until it answers."""
        began = time.monotonic()
        self.child = self.work.start(self.argv(), self.name + ".log")
        if not wait_for(self.is_up, self.patience, 0.002):
            raise RuntimeError(f"{self.name} did not start: {self.log()[-1500:]}")
        return time.monotonic() - began

    def is_up(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.log()[-1500:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                s.sendall(PING)
                s.shutdown(socket.SHUT_WR)
                return b"PONG" in s.recv(100)
        except OSError:
            return False

    def settle(self):
        """Wait until it has done what it does once, after it answers."""

    def stop(self):
        self.work.stop(self.child, seconds=30)

    def log(self):
        with open(self.work.path(self.name + ".log"), errors="replace") as f:
            return f.read()

    def cpu(self):
        """Seconds of user and system time, of all its processes so far."""
        return sum(family(self.child.pid).values()) / HZ

    def processes(self):
        """[{role, pss, private}, …], in MB; workers have the role "worker"."""
        return [dict(zip(("role", "pss", "private"), (self.role(p), *memory(p))))
                for p in sorted(family(self.child.pid))]

    def role(self, pid):
        """spamd's and tared's."""
        return "master" if pid == self.child.pid else "worker"


class Tare(Program):
    def __init__(self, work, name="tare", rules=None, workers=WORKERS, options=("--local",)):
        super().__init__(work)
        self.name, self.rules, self.options = name, rules or [RULES], list(options)
        self.workers = workers
        self.state = work.path(name + "-state")
        os.makedirs(self.state)
        os.makedirs(work.path("site"), exist_ok=True)

    def common(self):
        return [*[x for d in self.rules for x in ("--rules", d)], "--plugins", PLUGINS,
                "--site", self.work.path("site"), "--state", self.state, *self.options]

    def argv(self):
        user = ["--user", "root"] if os.getuid() == 0 else []
        return [TARED, "-f", "--listen", f"127.0.0.1:{self.port}", "--workers",
                str(self.workers), *self.common(), *user]

    def role(self, pid):
        """The keeper is the one that tared starts last and that has the store open."""
        if pid == self.child.pid:
            return "master"
        return "keeper" if any("tare.sqlite" in f for f in open_files(pid)) else "worker"


class Spamd(Program):
    name = "spamd"

    def argv(self):
        home = self.work.path("spamd-home")
        os.makedirs(home, exist_ok=True)
        os.chmod(home, 0o777)
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        return ["spamd", "-L", "-x", "-C", STOCK[0], f"--siteconfigpath={STOCK[1]}", "-H", home,
                "-i", f"127.0.0.1:{self.port}", "-m", str(WORKERS), "--min-children",
                str(WORKERS), "--min-spare", "1", "--max-spare", str(WORKERS), "-s", "stderr",
                *user]


# Those that would ask a network.
NETWORK = ("arc", "asn", "aws_s3", "bimi", "dkim", "dkim_signing", "dmarc", "fuzzy_check",
           "hfilter", "mx_check", "rbl", "spf", "url_redirector")
SITE = {"worker-normal.inc": 'bind_socket = "127.0.0.1:{port}"; count = {workers};',
        "worker-controller.inc": 'bind_socket = "127.0.0.1:{control}";',
        "worker-proxy.inc": "enabled = false;",
        "phishing.conf": "phishtank_enabled = false;",
        **{f"{module}.conf": "enabled = false;" for module in NETWORK}}


class Rspamd(Program):
    name = "rspamd"
    http = True

    def __init__(self, work):
        super().__init__(work)
        self.dir = work.path("rspamd")
        for place in ("db", "run", "log", "site/override.d"):
            os.makedirs(f"{self.dir}/{place}")
        for name, text in SITE.items():
            work.write(f"rspamd/site/local.d/{name}",
                       text.format(port=self.port, workers=WORKERS, control=free_port()) + "\n")
        if os.getuid() == 0:
            subprocess.run(["chown", "-R", "_rspamd:_rspamd", self.dir], check=True)

    def argv(self):
        user = ["-u", "_rspamd", "-g", "_rspamd"] if os.getuid() == 0 else []
        places = [f"--var={name}={self.dir}/{place}" for name, place in (
            ("LOCAL_CONFDIR", "site"), ("DBDIR", "db"), ("RUNDIR", "run"), ("LOGDIR", "log"))]
        return ["rspamd", "-f", *user, "-c", "/etc/rspamd/rspamd.conf", *places]

    def log(self):
        """Of this start."""
        try:
            with open(f"{self.dir}/log/rspamd.log", errors="replace") as f:
                return f.read()
        except OSError:
            return super().log()

    def start(self):
        if os.path.exists(f"{self.dir}/log/rspamd.log"):
            os.remove(f"{self.dir}/log/rspamd.log")
        return super().start()

    def is_up(self):
        if self.child.poll() is not None:
            raise RuntimeError(f"rspamd ended: {self.log()[-1500:]}")
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            c.request("GET", "/ping")
            return c.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            c.close()

    def settle(self):
        """Until its workers have the Hyperscan databases: a cold start compiles
        them and tells the workers a second later, a warm one has loaded them."""
        compiled = r"compiled (\d+) regular expressions to the hyperscan tree"
        loaded = r"\(%s\).*hyperscan database of \d+ regexps has been loaded"

        def done():
            log = self.log()
            new = re.search(compiled, log)
            if new is None:
                return False
            who, n = ("main", 1) if int(new[1]) == 0 else ("normal", WORKERS)
            return len(re.findall(loaded % who, log)) >= n
        if not wait_for(done, 180, 0.2):
            raise RuntimeError(f"rspamd loaded no Hyperscan database: {self.log()[-1500:]}")

    def role(self, pid):
        found = re.match(r"rspamd: (\S+) process", title(pid))
        name = found[1] if found else "master"
        return {"normal": "worker", "main": "master"}.get(name, name)

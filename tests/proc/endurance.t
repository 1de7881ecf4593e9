#!/usr/bin/env python3
"""Twenty thousand messages, clients that vanish and idle crowds leave nothing
behind: no memory, no descriptors, no workers that died."""
import concurrent.futures
import os
import random
import resource
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../tap"), os.path.join(HERE, "../zones")]
from odd import Odd
from tap import Daemon, Work, done, is_equal, note, ok, wait_for

MESSAGES = 20000
GROWTH_KB = 3000        # a leak of 300 bytes a message is 3000 kB a worker
IDLE = 2000
ZONE = "bl.endurance.net"
RULES = f"""
header BASE Subject =~ /hello/
score BASE 3
body MANY /w[0-9]+/
tflags MANY multiple
score MANY 0.01
rawbody RAW /<b>/
full FULL /Subject/
uri LINK /example/
header LISTED eval:check_rbl('l', '{ZONE}.')
tflags LISTED net
score LISTED 3
meta BOTH BASE && LISTED
"""
draw = random.Random(5782)


def answer(name, kind):
    key = name.removesuffix("." + ZONE)
    return ["127.0.0.2"] if key == "2.0.0.127" or key.startswith("1.") else []


def mail(n):
    """Text, HTML, encoded parts, rubbish; every tenth from a listed host."""
    bodies = [
        "Content-Type: text/plain\n\nw1 w2 w3 http://www.example.com/%d\n" % n,
        "Content-Type: text/html; charset=koi8-r\n\n<b>w1</b><a href=http://example.net>x</a>\n",
        "Content-Type: multipart/mixed; boundary=q\n\n--q\n\nw\n--q\nContent-Transfer-Encoding: "
        "base64\n\nPGI+aGVsbG88L2I+\n--q--\n",
        "Content-Transfer-Encoding: quoted-printable\n\n=41=42=ZZ w1\n" + "x" * draw.randrange(4000),
        "\n" + "\0\xff\x80" * 50,
    ]
    ip = f"9.9.{n % 200}.1" if n % 10 == 0 else f"9.8.{n % 200}.2"
    return (f"Received: from a.example.com (a.example.com [{ip}])\n\tby b.example.org (Postfix) "
            f"with ESMTP id {n:X}\n\tfor <x@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
            f"From: a@example.com\nSubject: hello {n}\n{bodies[n % 5]}").encode("latin-1")


def workers(daemon):
    """pid -> (descriptors, resident kB) of all processes of the daemon."""
    found = {}
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as f:
                if int(f.read().rpartition(")")[2].split()[1]) != daemon.child.pid:
                    continue
            with open(f"/proc/{name}/status") as f:
                rss = [int(line.split()[1]) for line in f if line.startswith("VmRSS")]
            found[int(name)] = (len(os.listdir(f"/proc/{name}/fd")), rss[0])
        except (OSError, ValueError, IndexError):
            continue
    return found


def send(daemon, count, parallel=8):
    verbs = ["SYMBOLS", "CHECK", "REPORT", "PROCESS", "HEADERS", "REPORT_IFSPAM"]

    def one(n):
        return daemon.scan(mail(n), verbs[n % len(verbs)])[1] >= 3
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        return sum(pool.map(one, range(count), chunksize=50))


def vanish(daemon, request, part):
    """Send a part of the request and close, rudely every second time."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(daemon.socket)
        s.sendall(request[:part])
        if part >= len(request) and draw.random() < 0.5:
            s.recv(10)


def rude(daemon):
    message = mail(3) + b"w" * 20000
    request = b"PROCESS SPAMC/1.5\r\nUser: x\r\nContent-length: %d\r\n\r\n%s" % \
        (len(message), message)
    for i in range(600):
        vanish(daemon, request, [0, 1, 9, 25, 60, 200, len(request) - 1, len(request)][i % 8])
    for i in range(200):
        rubbish = draw.randbytes(draw.randrange(300))
        vanish(daemon, rubbish + b"\r\n\r\n", 400)


def idle(daemon):
    """A crowd that says nothing; others are served meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    want = min(IDLE, hard - 100)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, IDLE + 100), hard))
    crowd = []
    for _ in range(want):
        s = socket.socket(socket.AF_UNIX)
        s.connect(daemon.socket)
        crowd.append(s)
    began = time.monotonic()
    served = send(daemon, 50)
    seconds = time.monotonic() - began
    ok(served == 50 and seconds < 15,
       f"50 messages beside {want} silent connections: {seconds:.1f} s")
    for s in crowd:
        s.close()


def settled(daemon, before):
    """Descriptors are back where they were (the last replies may be under way)."""
    return wait_for(lambda: all(before.get(pid, (0, 0))[0] >= fds
                                for pid, (fds, _) in workers(daemon).items()), 10)


with Work() as work:
    dns = Odd(answer)
    work.write("rules/e.cf", RULES)
    daemon = Daemon(work, rules=work.path("rules"),
                    cf=[f"dns_server 127.0.0.1:{dns.port}", "zone_clock_scale 50"]).start()
    ok(wait_for(lambda: daemon.zones().get(ZONE, {}).get("weight") == 1, 10), "ready")
    send(daemon, MESSAGES // 5)         # caches and arenas find their size
    before = workers(daemon)
    began = time.monotonic()
    is_equal(send(daemon, MESSAGES), MESSAGES, "all messages are judged")
    note(f"{MESSAGES / (time.monotonic() - began):.0f} messages a second, this client included")
    after = workers(daemon)
    is_equal(sorted(after), sorted(before), "by the same processes")
    growth = {pid: after[pid][1] - before[pid][1] for pid in after if pid in before}
    # A sanitizer keeps freed memory in quarantine (256 MB by default) and
    # finds leaks itself when the processes end.
    limit = 400000 if "built with a sanitizer" in daemon.read_log() else GROWTH_KB
    ok(max(growth.values()) < limit, f"none of which grew ({growth} kB)")
    ok(settled(daemon, before), "or kept a descriptor") or note(before, workers(daemon))

    rude(daemon)
    ok(settled(daemon, before), "800 clients that vanish leave no descriptor") or \
        note(before, workers(daemon))
    idle(daemon)
    ok(settled(daemon, before), "and their descriptors are gone with them") or \
        note(before, workers(daemon))
    is_equal(sorted(workers(daemon)), sorted(before), "no process died of any of this")
    is_equal(daemon.stop(), 0, "and it ends well")
done()

#!/usr/bin/env python3
"""Debian's spamc and tarec, each against Debian's spamd and tared: exit status
and output of every mode in every situation of reference/protocol.md 5.3.  The
matrix is printed; `make pairings` shows it alone."""
import concurrent.futures
import os
import re
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, SPAM, TAREC, Spamd, Work, done, free_port, is_equal,  # noqa: E402
                   need, note, ok, plain, program, tared)

CLIENTS = {"spamc": "spamc", "tarec": TAREC}
MODES = {
    "default": [], "-x": ["-x"], "-E": ["-E"], "-c": ["-c"], "-R": ["-R"], "-r": ["-r"],
    "-y": ["-y"], "--headers": ["--headers"], "-x -c": ["-x", "-c"], "-x -X": ["-x", "-X"],
    "-e": ["-e", "/bin/cat"], "-x -e": ["-x", "-e", "/bin/cat"], "-K": ["-K"],
    "-L spam": ["-L", "spam"], "-L forget": ["-L", "forget"], "-C report": ["-C", "report"],
}


def kind(out, message):
    """What came out, in a word."""
    if out in (b"", b"\n"):
        return "empty line" if out else "-"
    if out == message:
        return "through"
    if re.fullmatch(rb"-?\d+\.\d/\d+\.\d\n", out):
        return out.decode().strip()
    if re.match(rb"-?\d+\.\d/\d+\.\d\nThis is a report", out):
        return "s/t+report"
    if out.startswith(b"This is a report"):
        return "report"
    if b"X-Spam-Status:" in out and out.endswith(message.split(b"\r\n\r\n", 1)[-1]):
        return "marked"
    text = out.decode(errors="replace")
    return text.strip() if len(text) < 50 and text.strip() else repr(text[:50])


class Recorded:
    """A server that answers every request with the same bytes."""

    def __init__(self, reply):
        self.sock = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.sock.getsockname()[1]
        self.reply = reply
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer, _ = self.sock.accept()
            while peer.recv(65536):
                pass
            peer.sendall(self.reply)
            peer.close()


def at(port, *more):
    return ["-d", "127.0.0.1", "-p", str(port), "--connect-retries", "1", *more]


def outcomes(jobs):
    """{key: (argv, message)} to {key: (status, kind, plain output)}."""
    def one(job):
        status, out = program(*job)
        return status, kind(out, job[1]), plain(out)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        return dict(zip(jobs, pool.map(one, jobs.values())))


# Without a server that answers: what both clients do, but for the columns of
# tarec_differs.  "through 0" everywhere else than named.
def failed(status, learn=None, collab=None):
    """A row of 5.3: -x gives status, -L too, others fall back."""
    text = {"default": (0, "through"), "-E": (0, "through"), "--headers": (0, "through"),
            "-e": (0, "through"), "-x -e": (status, "-"), "-c": (0, "0/0"), "-R": (0, "0/0"),
            "-r": (0, "0/0"), "-y": (0, "empty line"), "-x": (status, "-"), "-x -c": (status, "0/0"),
            "-x -X": (75 if status == 69 else status, "-"), "-K": (status, "-"),
            "-L spam": learn or (status, "-"), "-L forget": learn or (status, "-"),
            "-C report": collab or (0, "through")}
    return text


ERROR_LINE = b"SPAMD/1.0 76 Bad header line: x\r\n"
OK = b"SPAMD/1.1 0 EX_OK\r\n"
VERDICT = b"Spam: True ; 9.0 / 5.0\r\n"
# name, bytes, 5.3's row; modes in which tarec refuses what spamc believes
RECORDED = [
    ("closes at once", b"", failed(74), ()),
    ("error line", ERROR_LINE, failed(74), ("-K",)),
    ("error and blank line", b"SPAMD/1.0 76 Bad\r\n\r\n", failed(76),
     ("-K", "-L spam", "-L forget", "-C report")),
    ("another protocol", b"HTTP/1.0 400 Bad\r\n\r\n", failed(76), ()),
    ("short body", OK + b"Content-length: 9\r\n" + VERDICT + b"\r\nabc", failed(76),
     ("-K", "-L spam", "-L forget", "-C report", "-c", "-x -c")),
    ("code 75 and a body", OK.replace(b"0 EX_OK", b"75 EX_TEMPFAIL") + b"Content-length: 3\r\n" +
     VERDICT + b"\r\nabc", failed(76), tuple(MODES)),
]


def unreachable(work, matrix):
    rows = {"TCP refused": (at(free_port()), failed(69)),
            "no such host": (["-d", "no..host"], failed(68)),
            "unix socket missing": (["-U", work.path("nowhere")], failed(70))}
    for row, (where, want) in rows.items():
        for client, binary in CLIENTS.items():
            got = outcomes({m: ([binary, *where, *o], HAM) if o[-2:-1] != ["-e"] else
                            ([binary, *where, *o], HAM) for m, o in MODES.items()})
            for mode in MODES:
                status, what = want[mode]
                # 5.4: a missing socket is a daemon that is being restarted
                if client == "tarec" and status == 70:
                    status = 75
                is_equal(got[mode][:2], (status, what), f"{row}: {client} {mode}")
            matrix[row, client, "none"] = got


def recorded(matrix):
    for row, reply, want, refused in RECORDED:
        where = at(Recorded(reply).port)
        for client, binary in CLIENTS.items():
            got = outcomes({m: ([binary, *where, *o], HAM) for m, o in MODES.items()})
            for mode in MODES:
                if client == "tarec" or mode not in refused:
                    is_equal(got[mode][:2], want[mode], f"{row}: {client} {mode}")
                else:
                    ok(got[mode][:2] != want[mode], f"{row}: spamc {mode} believes it") or \
                        note(got[mode])
            matrix[row, client, "recorded"] = got


def scanned(score, spam, learn):
    """The rows of a server that works."""
    status = 1 if spam else 0
    return {"default": (0, "marked"), "-x": (0, "marked"), "-E": (status, "marked"),
            "-c": (status, score), "-x -c": (status, score), "-x -X": (0, "marked"),
            "-R": (0, "s/t+report"), "-r": (0, "report" if spam else "-"),
            "-y": (0, "T_SPAM" if spam else "T_HAM"), "--headers": (0, "marked"),
            "-e": (0, "marked"), "-x -e": (0, "marked"), "-K": (0, "SPAMD/1.5 0"), **learn}


NO_LEARNING = {"-L spam": (74, "-"), "-L forget": (74, "-"), "-C report": (0, "through")}
TOO_BIG = {m: (0, "through") for m in MODES} | {
    "-c": (0, "0/0"), "-x -c": (0, "0/0"), "-R": (0, "0/0"), "-r": (0, "0/0"), "-y": (0, "empty line"),
    "-K": (0, "SPAMD/1.5 0"), "-L spam": (98, "-"), "-L forget": (98, "-")}
EMPTY = failed(74) | {"-K": (0, "SPAMD/1.5 0")}
for _mode in ("default", "-E", "--headers", "-e", "-C report"):
    EMPTY[_mode] = (0, "-")


def served(servers, matrix):
    """The four pairings: same status and same bytes, whoever serves."""
    rows = {"ham": (HAM, [], scanned("-1.0/5.0", False, NO_LEARNING)),
            "spam": (SPAM, [], scanned("10.0/5.0", True, NO_LEARNING)),
            "too big": (SPAM, ["-s", "20"], TOO_BIG), "empty stdin": (b"", [], EMPTY)}
    for row, (message, more, want) in rows.items():
        for client, binary in CLIENTS.items():
            for server, where in servers.items():
                got = outcomes({m: ([binary, *where, *more, *o], message)
                                for m, o in MODES.items()})
                for mode in MODES:
                    is_equal(got[mode][:2], want[mode], f"{row}: {client} {mode} to {server}")
                matrix[row, client, server] = got
        first = matrix[row, "spamc", "spamd"]
        for (_, client, server), got in list(matrix.items()):
            if _ == row and got is not first:
                is_equal({m: g[2] for m, g in got.items()}, {m: g[2] for m, g in first.items()},
                         f"{row}: {client} to {server} writes what spamc to spamd writes")


def silent(children, servers, matrix):
    """Servers that stand still: stopped by a signal, their sockets open."""
    for child in children:
        for pid in [child.pid] + descendants(child.pid):
            os.kill(pid, signal.SIGSTOP)
    for client, binary in CLIENTS.items():
        for server, where in servers.items():
            got = outcomes({m: ([binary, *where, "-t", "1", *o], HAM) for m, o in MODES.items()})
            for mode, want in failed(74).items():
                is_equal(got[mode][:2], want, f"no answer: {client} {mode} to {server}")
            matrix["no answer", client, server] = got
    for child in children:
        for pid in [child.pid] + descendants(child.pid):
            os.kill(pid, signal.SIGCONT)


def descendants(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            own = [int(p) for p in f.read().split()]
    except FileNotFoundError:
        return []
    return own + [p for c in own for p in descendants(c)]


def learning(work, matrix):
    """A server that learns: spamd --allow-tell with statistics of its own."""
    teacher = Spamd(work, learn=True, name="teacher").start()
    done_text = "Message successfully un/learned"
    again = "Message was already un/learned"
    steps = [("-L", "spam", done_text), ("-L", "spam", again), ("-L", "ham", done_text),
             ("-L", "forget", done_text), ("-L", "forget", again),
             ("-C", "report", "Unable to report/revoke message"),
             ("-C", "revoke", "Unable to report/revoke message")]
    for n, (client, binary) in enumerate(CLIENTS.items()):
        message = SPAM.replace(b"<1@", b"<learn%d@" % n)
        for option, word, want in steps:
            status, out = program([binary, *at(teacher.port), option, word], message)
            is_equal((status, kind(out, message)), (0, want),
                     f"learning server: {client} {option} {word}")
        matrix["learning server", client, "spamd"] = {
            f"{o} {w}": (0, t, b"") for o, w, t in steps}
    work.stop(teacher.child)


BATCH = (b"MAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\nDATA\r\nSubject: x\r\n\r\n..spamword\r\n"
         b".\r\nQUIT\r\n")


def options(work, spamd, daemon):
    """Options beside the modes, and the file of options: both clients alike."""
    config = work.write("spamc.conf", "# options\n-d 127.0.0.1\n-p %d -E\n\n-u bob\n" % daemon.port)
    wrong = work.write("wrong.conf", "-L eggs\n")
    here = at(daemon.port)
    cases = [
        (["-F", config], SPAM, 1), (["-F", config, "-c"], SPAM, 1),
        (["-F", "/nonexistent"], SPAM, 78), (["-F", wrong], SPAM, 64),
        ([*here, "-B"], BATCH, 0), ([*at(spamd.port), "-B"], BATCH, 0),
        ([*here, "-B"], HAM, 0), ([*here, "-B", "-x"], HAM, 65),
        ([*here, "-s", "300000000"], HAM, 64), ([*here, "-L", "eggs"], HAM, 64),
        ([*here, "-C", "eggs"], HAM, 64), ([*here, "-L", "spam", "-C", "report"], HAM, 64),
        ([*here, "-f", "-c"], SPAM, 1), ([*here, "-H", "-c"], SPAM, 1),
        ([*here, "-4", "-c"], SPAM, 1), ([*here, "-l", "-c"], SPAM, 1),
        (["-d", "localhost", "-p", str(daemon.port), "-c"], SPAM, 1),
        ([*here, "-y", "-c"], SPAM, 1), ([*here, "-R", "-y"], SPAM, 0),
        ([*here, "--headers", "-c"], SPAM, 1), ([*here, "-c", "-E"], SPAM, 1),
        ([*here, "-y", "-E"], SPAM, 1), ([*here, "-R", "-E"], SPAM, 1),
        ([*here, "-r", "-E"], SPAM, 0), ([*here, "-r", "-E"], HAM, 0),
        ([*here, "-e", "/bin/false"], SPAM, 1), ([*here, "-x", "-e", "/nonexistent"], SPAM, 71),
        ([*here, "-e", "/bin/sh", "-c", "cat; exit 75"], SPAM, 75),
    ]
    for args, message, status in cases:
        first = program(["spamc", *args], message)
        second = program([TAREC, *args], message)
        is_equal((first[0], second[0], plain(second[1])), (status, status, plain(first[1])),
                 "spamc and tarec " + " ".join(args).replace(work.dir, "").replace(
                     str(daemon.port), "PORT").replace(str(spamd.port), "PORT"))


def show(matrix):
    """One line for pairings with the same outcomes; modes with the same
    outcome together."""
    lines = {}
    for (row, client, server), got in matrix.items():
        groups = {}
        for mode, (status, what, _) in got.items():
            groups.setdefault(f"{status} {what}", []).append(mode)
        text = "; ".join(f"{', '.join(m)} = {what}" for what, m in groups.items())
        lines.setdefault((row, text), []).append(f"{client}->{server}")
    for (row, text), pairs in lines.items():
        note(f"{row} | {' '.join(pairs)} | {text}".replace("\n", " "))


def main():
    need("spamc")
    matrix = {}
    with Work() as work:
        spamd, daemon = Spamd(work).start(), tared(work)
        tcp = {"spamd": at(spamd.port), "tared": at(daemon.port)}
        unreachable(work, matrix)
        recorded(matrix)
        served(tcp, matrix)
        served({"spamd": ["-U", spamd.socket], "tared": ["-U", daemon.socket]}, {})
        silent([spamd.child, daemon.child], tcp, matrix)
        learning(work, matrix)
        options(work, spamd, daemon)
    show(matrix)


main()
done()

#!/usr/bin/env python3
"""Compare tare with the installed SpamAssassin, message by message.

    parity.py [--net] [--sample N | --all | FILE…] [--compose SEED] [--vary SEED]
              [--json] [--max-disagreement PERCENT] [--min-equal-scores PERCENT]

Both programs read the same mail with the same rules (the installed ones).
Compared are the set of rules that hit, subrules included, the URIs that `uri`
rules see, and the score.  Printed are the agreement and every difference
grouped by rule, each with one example file.  The oracle's output is kept in
the build directory, keyed by message and rules, so that only the first run
takes SpamAssassin's 70 ms a message ($TARE_PARITY_CACHE: elsewhere).

Disagreement is hits in exactly one of the two over hits in either.  Scores
agree when they differ by less than 0.05.  Exit status 1: above a bound."""
import argparse
import collections
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
sys.path.insert(0, HERE)
from tap import BUILD, PLUGINS, TARE, TOP, Work
import compose
import vary
import zones

RULES = ["/usr/share/spamassassin", "/etc/spamassassin"]
FOLDERS = ["easy-ham-1", "easy-ham-2", "hard-ham-1", "spam-1", "spam-2"]
SCORE_EPSILON = 0.05
MAX_HOSTS = 20          # uridnsbl_max_domains
SHOWN = 20              # URI and score differences, at most


def corpus():
    """Every mail of the public corpus, in byte order."""
    top = os.environ.get("TARE_CORPUS")
    if not top:
        top = subprocess.run([os.path.join(TOP, "scripts/corpus")], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    return [f for d in FOLDERS for f in sorted(glob.glob(os.path.join(top, d, "*.txt")))]


def sample(files, n):
    """n of the files, evenly spread: the same ones every time."""
    return [files[i * len(files) // n] for i in range(min(n, len(files)))]


def digest(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part if isinstance(part, bytes) else part.encode())
        h.update(b"\0")
    return h.hexdigest()[:32]


def read(path):
    with open(path, "rb") as f:
        return f.read()


# ---- the oracle ----

def oracle_key(options):
    """Changes with the oracle, its rules and how it is called."""
    files = [os.path.join(HERE, "spamassassin.pl")]
    files += sorted(glob.glob("/usr/share/perl5/Mail/SpamAssassin/**/*.pm", recursive=True))
    for d in RULES:
        files += sorted(glob.glob(d + "/*.cf") + glob.glob(d + "/*.pre"))
    return digest(*options, *[read(f) for f in files])


class Cache:
    """What the oracle said, one JSON object a line, by message digest."""

    def __init__(self, name):
        directory = os.environ.get("TARE_PARITY_CACHE") or os.path.join(BUILD, "parity-cache")
        os.makedirs(directory, exist_ok=True)
        self.path = os.path.join(directory, name + ".jsonl")
        self.said = {}
        if os.path.exists(self.path):
            with open(self.path) as f:
                for line in f:
                    if line.endswith("\n"):
                        one = json.loads(line)
                        self.said[one["message"]] = one

    def add(self, message, one):
        one["message"] = message
        del one["file"]
        self.said[message] = one
        # One write a line: two comparisons may run at once.
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        os.write(fd, (json.dumps(one) + "\n").encode())
        os.close(fd)


def run_oracle(files, options, key=None):
    """SpamAssassin's answer for each file; asked only for what is new.  key
    stands for the options where these change from run to run."""
    cache = Cache(oracle_key(key or options))
    ids = {f: digest(read(f)) for f in files}
    missing = {ids[f]: f for f in files if ids[f] not in cache.said}
    if missing:
        ask_oracle(cache, ids, list(missing.values()), options)
    return {f: cache.said[ids[f]] for f in files}


def ask_oracle(cache, ids, files, options):
    with tempfile.TemporaryDirectory(prefix="tare-parity.") as state:
        names = os.path.join(state, "names")
        with open(names, "w") as f:
            f.write("".join(name + "\n" for name in files))
        # One order of Perl's hashes, so that a second run says the same.
        env = dict(os.environ, PERL_HASH_SEED="0", PERL_PERTURB_KEYS="0", LC_ALL="C.UTF-8")
        complaints = os.path.join(state, "stderr")
        with open(names) as f, open(complaints, "w") as err, subprocess.Popen(
                ["perl", os.path.join(HERE, "spamassassin.pl"), *options, state],
                stdin=f, stdout=subprocess.PIPE, stderr=err, env=env) as child:
            for n, line in enumerate(child.stdout, 1):
                one = json.loads(line)
                cache.add(ids[one["file"]], one)
                if sys.stderr.isatty():
                    print(f"\rSpamAssassin {n}/{len(files)}", end="", file=sys.stderr)
        if child.returncode != 0:
            sys.exit(f"parity: SpamAssassin ended with {child.returncode}\n" +
                     read(complaints).decode(errors="replace")[-2000:])


# ---- tare ----

def tare_lines(command, files, options, at_a_time=1000):
    """The JSON objects of `tare COMMAND`, one a file."""
    with tempfile.TemporaryDirectory(prefix="tare-parity.") as site:
        argv = [TARE, *command, "--json", "--site", site, "--plugins", PLUGINS, *options]
        for d in RULES:
            argv += ["--rules", d]
        for i in range(0, max(len(files), 1), at_a_time):
            p = subprocess.run(argv + ["--"] * bool(files) + files[i:i + at_a_time],
                               stdout=subprocess.PIPE, stderr=None)
            if p.returncode != 0:
                sys.exit(f"parity: tare {command[0]} ended with {p.returncode}")
            yield from map(json.loads, p.stdout.splitlines())


def run_tare(files, options, at_a_time=1000):
    """tare's answer for each file."""
    said = {one["file"]: one
            for one in tare_lines(["scan", "--subrules"], files, options, at_a_time)}
    for one in said.values():
        one["uris"] = []
    for uri in tare_lines(["show", "uris"], files, options):
        said[uri["file"]]["uris"] += uri["variant"]
    return said


# ---- the comparison ----

class Difference:
    """The files where only one program has a rule."""

    def __init__(self):
        self.oracle = []
        self.tare = []


def plain(uris):
    """Bytes that are not ASCII are escaped in two ways: one sign for them."""
    return {re.sub(r"[^\x20-\x7e]+", "\ufffd", uri) for uri in uris}


def unlearned(hits):
    """What tare has taken off for what it learned of lists meanwhile: the mail
    that is compared is listed by lot, and tare notices."""
    return sum(h["score"] / h["weight"] - h["score"] for h in hits if 0 < h.get("weight", 1) < 1)


class Comparison:
    def __init__(self):
        self.mails = 0
        self.either = self.one = 0
        self.scores_differ = []
        self.rules = collections.defaultdict(Difference)
        self.uris_either = self.uris_one = 0
        self.uris = []          # (file, only SpamAssassin, only tare)

    def mail(self, path, oracle, tare):
        self.mails += 1
        want = set(oracle["hits"]) | set(oracle["subrules"])
        got = {h["rule"] for h in tare["hits"]} | set(tare["subrules"])
        self.either += len(want | got)
        self.one += len(want ^ got)
        for rule in want - got:
            self.rules[rule].oracle.append(path)
        for rule in got - want:
            self.rules[rule].tare.append(path)
        want, got = plain(oracle["uris"]), plain(tare["uris"])
        self.uris_either += len(want | got)
        self.uris_one += len(want ^ got)
        if want != got:
            self.uris.append((path, sorted(want - got), sorted(got - want)))
        score = tare["score"] + unlearned(tare["hits"])
        if abs(oracle["score"] - score) >= SCORE_EPSILON:
            self.scores_differ.append((path, oracle["score"], score))

    def disagreement(self):
        """Per cent of hits that only one program has."""
        return 100 * self.one / max(self.either, 1)

    def uri_disagreement(self):
        return 100 * self.uris_one / max(self.uris_either, 1)

    def equal_scores(self):
        """Per cent of mails whose scores are equal."""
        return 100 * (1 - len(self.scores_differ) / max(self.mails, 1))

    def show(self, print=print):
        for rule, d in sorted(self.rules.items(),
                              key=lambda x: (-len(x[1].oracle) - len(x[1].tare), x[0])):
            print(f"{rule}: {len(d.oracle)} only SpamAssassin, {len(d.tare)} only tare, "
                  f"e.g. {(d.oracle or d.tare)[0]}")
        for path, want, got in self.uris[:SHOWN]:
            print(f"URIs only in SpamAssassin {want[:5]}, only in tare {got[:5]}: {path}")
        for path, want, got in self.scores_differ[:SHOWN]:
            print(f"score {want:.3f} in SpamAssassin, {got:.3f} in tare: {path}")
        print(f"{self.mails} mails, {self.either} hits in either, {self.one} in one only: "
              f"{self.disagreement():.4f} % disagreement")
        print(f"{self.uris_either} URIs in either, {self.uris_one} in one only: "
              f"{self.uri_disagreement():.4f} % disagreement")
        print(f"scores equal in {self.equal_scores():.2f} % of the mails")

    def json(self):
        return {"mails": self.mails, "either": self.either, "one": self.one,
                "disagreement": self.disagreement(),
                "uri_disagreement": self.uri_disagreement(), "equal_scores": self.equal_scores(),
                "rules": {r: {"spamassassin": d.oracle, "tare": d.tare}
                          for r, d in sorted(self.rules.items())},
                "uris": self.uris, "scores": self.scores_differ}

    def within(self, max_disagreement=0.1, min_equal_scores=99.5):
        """Do the programs agree as well as doc/parity.md says?"""
        return self.mails > 0 and self.disagreement() <= max_disagreement and \
            self.uri_disagreement() <= max_disagreement and \
            self.equal_scores() >= min_equal_scores


def contrast(files, oracle, tare):
    c = Comparison()
    for f in files:
        c.mail(f, oracle[f], tare[f])
    return c


def compare(files):
    """Both programs without network."""
    return contrast(files, run_oracle(files, []), run_tare(files, ["--local"]))


def unavailable():
    """Rules whose evals need a subsystem that tare has not: off in both."""
    return sorted({re.match(r"rule (\S+):", f["text"])[1]
                   for f in tare_lines(["lint"], [], []) if f["code"] == "eval-unavailable"})


def hosts(uris):
    return {m[1].lower() for m in (re.match(r"\w+://(?:[^/@]*@)?([^/:?#]+)", u) for u in uris) if m}


def compare_net(files):
    """Both programs with one local DNS server that holds all lists.  Without
    mails of which SpamAssassin would ask a random choice of the hosts."""
    with Work() as work:
        local = run_oracle(files, [])
        files = [f for f in files if len(hosts(local[f]["uris"])) <= MAX_HOSTS]
        servers = zones.Servers(work, files, {f: local[f]["uris"] for f in files})
        settings = [f"score {rule} 0" for rule in unavailable()] + ["rbl_timeout 60 60"]
        cf = [x for line in settings for x in ("--cf", line)]
        dns = f"127.0.0.1:{servers.port}"
        oracle = run_oracle(files, ["--dns", dns, *cf], ["net", servers.key(), *settings])
        # A third of the mail is listed: every hit is to get its control.
        for line in (f"dns_server {dns}", "zone_controls_per_minute 6000"):
            cf += ["--cf", line]
        os.mkdir(work.path("state"))
        cf += ["--state", work.path("state")]
        enroll(files[:1], cf)
        # A list that answers in milliseconds is waited for half a second, and
        # seventy questions a mail for all mails at once are a flood.
        return contrast(files, oracle, run_tare(files, cf, at_a_time=4))


def enroll(files, options, seconds=120):
    """Scan until every list has been tried out: one that has not does not count,
    and a scan waits three seconds for that at most."""
    give_up = time.monotonic() + seconds
    while True:
        list(tare_lines(["scan"], files, options))
        new = [z["zone"] for z in tare_lines(["zones"], [], options) if z["state"] == "new"]
        if not new:
            return
        if time.monotonic() > give_up:
            sys.exit("parity: lists that were not tried out: " + " ".join(new))


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--sample", type=int, default=400, metavar="N",
                   help="N mails of the public corpus (400)")
    p.add_argument("--all", action="store_true", help="the whole public corpus")
    p.add_argument("--net", action="store_true",
                   help="with DNS: local servers that hold all lists of the rules")
    p.add_argument("--vary", type=int, metavar="SEED",
                   help="damage every mail first: mail that nobody has seen")
    p.add_argument("--compose", type=int, metavar="SEED",
                   help="mails made of what the rules look for, instead of the corpus")
    p.add_argument("--json", action="store_true")
    p.add_argument("--max-disagreement", type=float, default=0.1, metavar="PERCENT")
    p.add_argument("--min-equal-scores", type=float, default=99.5, metavar="PERCENT")
    p.add_argument("files", nargs="*", metavar="FILE", help="instead of the corpus")
    return p.parse_args()


def main():
    o = parse()
    if o.compose is not None:
        files = compose.write(o.sample, o.compose, os.path.join(BUILD, "parity-compose"))
    else:
        files = o.files or corpus()
    if not o.files and not o.all:
        files = sample(files, o.sample)
    if o.vary is not None:
        files = vary.write(files, o.vary, os.path.join(BUILD, "parity-vary"))
    c = compare_net(files) if o.net else compare(files)
    if o.json:
        print(json.dumps(c.json()))
    else:
        c.show()
    sys.exit(0 if c.within(o.max_disagreement, o.min_equal_scores) else 1)


if __name__ == "__main__":
    main()

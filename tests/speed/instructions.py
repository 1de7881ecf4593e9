"""Instructions that a message costs, counted by callgrind.

Two runs of `tare scan`, one with the MAILS twice, one with them three times,
differ by what they cost a process that has seen such mail: loading falls out,
and what is done once.  Counts differ by less than 1 % from run to run, since
hash tables are seeded by chance.

What must not count is what the processor at hand decides.  libc picks its
string functions by it, so GLIBC_TUNABLES hides all but the base set;
Hyperscan does, and cannot be told, so it is not counted, nor are libraries
that are not named in COUNTED.  What PCRE2's JIT made is counted: callgrind
knows it as code of no object.

    instructions.py record      writes the figures of this build to RECORD
"""
import collections
import glob
import json
import os
import platform
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
from tap import BUILD, PLUGINS, RULES, TARE, TOP, Work  # noqa: E402

RECORD = os.path.join(HERE, "instructions.json")
MAILS = 20
ALLOWED = 0.05
STOCK = ["/usr/share/spamassassin", "/etc/spamassassin"]
SETS = {"own": [RULES], "stock": STOCK}
COUNTED = ("/tare", "/libc.so", "/libpcre2-8.so", PLUGINS, "???")
PLAIN_CPU = "glibc.cpu.hwcaps=" + ",".join("-" + f for f in (
    "AVX", "AVX2", "AVX512F", "AVX512VL", "AVX512BW", "BMI1", "BMI2", "ERMS", "FSRM", "LZCNT",
    "MOVBE", "RTM", "SSE4_1", "SSE4_2", "SSSE3"))


def corpus():
    """MAILS mails of the public corpus, always the same ones."""
    top = os.environ.get("TARE_CORPUS") or subprocess.run(
        [os.path.join(TOP, "scripts/corpus")], stdout=subprocess.PIPE, text=True,
        check=True).stdout.strip()
    every = sorted(glob.glob(top + "/*/*.txt"))
    return every[::len(every) // MAILS][:MAILS]


def by_object(path):
    """Instructions per object, from a callgrind file."""
    names, cost, current, called = {}, collections.Counter(), None, False
    with open(path) as f:
        for line in f:
            m = re.match(r"(c?)ob=\((\d+)\)(?: (.*))?", line)
            if m:
                if m[3]:
                    names[m[2]] = m[3].strip()
                if not m[1]:
                    current = m[2]
            elif line.startswith("calls="):
                called = True       # the next line is the callee's cost
            elif re.match(r"[+*\d-]", line):
                if not called:
                    cost[current] += int(line.split()[1])
                called = False
    return {names.get(k, "???"): v for k, v in cost.items()}


def run(work, tool, rules, mails):
    """tare scan in valgrind; it must have scanned all."""
    argv = ["valgrind", "--quiet", *tool, TARE, "scan", "--local", "--site", work.path("site"),
            "--cache", work.path("cache"), "--plugins", PLUGINS]
    for d in rules:
        argv += ["--rules", d]
    env = dict(os.environ, GLIBC_TUNABLES=PLAIN_CPU, MALLOC_ARENA_MAX="1")
    p = subprocess.run(argv + mails, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                       text=True)
    lines = p.stdout.splitlines()
    if p.returncode != 0 or len(lines) != len(mails):
        raise RuntimeError(f"tare under valgrind: exit {p.returncode}, {len(lines)} of "
                           f"{len(mails)} mails\n{p.stderr[-2000:]}")


def count(work, rules, mails):
    """What one run costs in the objects that count."""
    out = work.path("callgrind.out")
    run(work, ["--tool=callgrind", "--callgrind-out-file=" + out], rules, mails)
    return sum(n for name, n in by_object(out).items()
               if any(c in name for c in COUNTED))


def measure(name):
    """Thousands of instructions a message."""
    with Work() as work:
        os.mkdir(work.path("site"))
        mails = corpus()
        run(work, ["--tool=none"], SETS[name], mails[:1])       # fills the cache
        two = count(work, SETS[name], mails * 2)
        three = count(work, SETS[name], mails * 3)
    return round((three - two) / MAILS / 1000, 1)


def variables():
    """CC, CFLAGS… of the build."""
    with open(os.path.join(BUILD, "Makefile")) as f:
        return dict(re.findall(r"^(\w+) = (.*)$", f.read(), re.M))


def has_avx2():
    """The sieve (match/sieve.c) has half as many steps with it."""
    with open("/proc/cpuinfo") as f:
        return re.search(r"^flags\b.*\bavx2\b", f.read(), re.M) is not None


def build_name():
    """What the figures hold for: machine, compiler, flags, prefilter, vectors."""
    v = variables()
    version = subprocess.run(v["CC"] + " -dM -E -x c /dev/null", shell=True, capture_output=True,
                             text=True, check=True).stdout
    macros = dict(re.findall(r"#define (__clang_major__|__GNUC__) (\d+)", version))
    cc = "clang-" + macros["__clang_major__"] if "__clang_major__" in macros else \
        "gcc-" + macros["__GNUC__"]
    return " ".join([platform.machine(), cc, *v["CFLAGS"].split(),
                     "hyperscan" if "hs" in v.get("HS_LIBS", "") else "portable",
                     *(["avx2"] if has_avx2() else [])])


def records():
    with open(RECORD) as f:
        return json.load(f)


def record():
    every = records() if os.path.exists(RECORD) else {}
    every[build_name()] = {name: measure(name) for name in SETS}
    with open(RECORD, "w") as f:
        json.dump(every, f, indent=1, sort_keys=True)
        f.write("\n")
    print(build_name(), every[build_name()])


if __name__ == "__main__":
    if sys.argv[1:] != ["record"]:
        sys.exit(__doc__)
    record()

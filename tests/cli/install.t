#!/usr/bin/env python3
"""make install puts everything in its place, a plugin can be built against
what was installed, and make uninstall leaves nothing behind."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import BUILD, TARE, TOP, Work, done, is_equal, need, note, ok  # noqa: E402

PROGRAMS = ["bin/tare", "bin/tarec", "sbin/tared"]
PLUGIN = """
#include <tare/plugin.h>
static enum tare_answer
long_subject(struct tare_msg *m, const struct tare_call *c)
{
	struct tare_slice s;
	return tare_header(m, "Subject", &s) && s.n > 20 ? TARE_HIT : TARE_MISS;
}
static const struct tare_eval evals[] = {
	{ "long_subject", "0 0", TARE_HEADERS, long_subject, NULL, "Long." }, { 0 } };
static const struct tare_plugin example = { TARE_ABI, sizeof(struct tare_plugin), "example",
	"1", "An example.", .evals = evals };
TARE_PLUGIN(example);
"""


def make(target, dest):
    # what the make above says (jobs, what to test) is not for this one
    env = {k: v for k, v in os.environ.items() if not re.fullmatch(r"MAKE.*|MFLAGS|TESTS", k)}
    p = subprocess.run(["make", "-s", target, f"DESTDIR={dest}"], cwd=BUILD, env=env,
                       capture_output=True, text=True)
    if p.returncode != 0:
        note(p.stdout[-2000:], p.stderr[-2000:])
    return p.returncode


def variable(name):
    """A directory as this build was configured."""
    with open(os.path.join(BUILD, "Makefile"), encoding="utf-8") as f:
        values = dict(re.findall(r"^(\w+) = (.*)$", f.read(), re.M))
    value = values[name]
    while "$" in value:
        value = re.sub(r"\$[({](\w+)[)}]", lambda m: values[m[1]], value)
    return value


def tree(top):
    found = set()
    for root, dirs, names in os.walk(top):
        found |= {os.path.join(root, n) for n in names + dirs}
    return found


def installed(dest):
    prefix = variable("prefix")
    want = [f"{prefix}/{p}" for p in PROGRAMS]
    want += [f"{variable('man1dir')}/tare.1", f"{variable('man1dir')}/tarec.1",
             f"{variable('mandir')}/man5/tare.conf.5", f"{variable('mandir')}/man8/tared.8",
             f"{variable('mandir')}/man7/tare-plugin.7",
             f"{variable('includedir')}/tare/plugin.h",
             f"{variable('libdir')}/pkgconfig/tare.pc"]
    want += [f"{variable('datadir')}/tare/rules/{n}"
             for n in os.listdir(os.path.join(TOP, "rules")) if n.endswith(".cf")]
    built = [n for n in os.listdir(os.path.join(BUILD, "plugins/.libs")) if n.endswith(".so")]
    want += [f"{variable('libdir')}/tare/plugins/{n}" for n in built]
    missing = [p for p in want if not os.path.isfile(dest + p)]
    if not ok(len(built) > 2 and not missing, f"{len(want)} files are where they belong"):
        note(*missing)
    for path in (f"{variable('localstatedir')}/lib/tare", f"{variable('sysconfdir')}/tare"):
        ok(os.path.isdir(dest + path), f"{path} is there")
    known = {dest + p for p in want}
    more = [p for p in tree(dest) if os.path.isfile(p) and p not in known and
            not re.search(r"/plugins/\w+\.la$|\.service$", p)]
    if not ok(not more, "and nothing else"):
        note(*more)


def runs(work, dest):
    """The installed programs with the installed rules and plugins."""
    base = ["--rules", f"{dest}{variable('datadir')}/tare/rules", "--plugins",
            f"{dest}{variable('libdir')}/tare/plugins", "--site", work.path("site"), "--local"]
    p = subprocess.run([f"{dest}{variable('prefix')}/bin/tare", "scan", *base],
                       input="Subject: x\n\nhello\n", capture_output=True, text=True)
    ok(p.returncode == 0 and re.match(r"-: N -?[\d.]+/5\.0 tests=", p.stdout),
       "the installed tare scans with what was installed")
    p = subprocess.run([f"{dest}{variable('prefix')}/sbin/tared", "-t", *base],
                       capture_output=True, text=True)
    if not is_equal(p.returncode, 0, "the installed tared finds no error in the installed rules"):
        note(p.stderr)


def plugin(work, dest):
    env = {**os.environ, "PKG_CONFIG_PATH": f"{dest}{variable('libdir')}/pkgconfig",
           "PKG_CONFIG_SYSROOT_DIR": dest}
    p = subprocess.run(["pkg-config", "--cflags", "tare"], env=env, capture_output=True, text=True)
    if not is_equal(p.returncode, 0, "pkg-config knows tare"):
        note(p.stderr)
    flags = p.stdout.split() or ["-I" + dest + variable("includedir")]
    p = subprocess.run(["pkg-config", "--variable=plugindir", "tare"], env=env,
                       capture_output=True, text=True)
    ok(p.stdout.strip().endswith(f"{variable('libdir')}/tare/plugins"), "and where plugins go")
    source = work.write("example/example.c", PLUGIN)
    p = subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", "-shared", "-fPIC", *flags,
                        "-o", work.path("example/example.so"), source], capture_output=True,
                       text=True)
    if not is_equal((p.returncode, p.stderr), (0, ""), "a plugin compiles, without warnings"):
        return
    p = subprocess.run([TARE, "scan", "--local", "--rules", work.path("none"), "--site",
                        work.path("site"), "--plugins", work.path("example"),
                        "--cf", "header LONG_SUBJECT eval:long_subject()"],
                       input="Subject: a subject of more than twenty bytes\n\nx\n",
                       capture_output=True, text=True)
    if not ok("tests=LONG_SUBJECT" in p.stdout, "and tare loads it and calls its eval"):
        note(p.stdout, p.stderr)


need("make", "pkg-config", "cc")
with Work() as work_:
    for name in ("site", "none"):
        os.mkdir(work_.path(name))
    where = work_.path("root")
    is_equal(make("install", where), 0, "make install DESTDIR=…")
    installed(where)
    runs(work_, where)
    plugin(work_, where)
    is_equal(make("uninstall", where), 0, "make uninstall")
    prefix = where + variable("prefix")
    left = [p for p in tree(where) if not os.path.isdir(p) or
            p.removeprefix(prefix).endswith("/tare")]
    if not ok(not left, "leaves neither file nor folder of ours"):
        note(*left)
done()

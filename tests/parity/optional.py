"""Plugins that are there only after a loadplugin line: the same small mails
through the installed SpamAssassin and tare, with the plugin in both."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../tap"))
from tap import PLUGINS, TARE

RULES = "/usr/share/spamassassin"
PREFIX = "Mail::SpamAssassin::Plugin::"


def make_site(work, name, plugins, cf):
    """A site directory: the installed .pre files, these plugins, these lines."""
    site = work.path(name)
    os.mkdir(site)
    for path in glob.glob("/etc/spamassassin/*.pre"):
        shutil.copy(path, site)
    work.write(f"{name}/zz.pre", "".join(f"loadplugin {PREFIX}{p}\n" for p in plugins))
    work.write(f"{name}/local.cf", cf)
    return site


def write_mails(work, name, mails):
    """{title: message} as files; {path: title}."""
    paths = {}
    for i, (title, mail) in enumerate(mails.items()):
        paths[work.write(f"{name}/{i:03}.eml", mail)] = title
    return paths


def oracle(paths, site, tags=()):
    """What SpamAssassin says of each: {path: answer}."""
    options = ["--site", site] + [x for tag in tags for x in ("--tag", tag)]
    with tempfile.TemporaryDirectory(prefix="tare-parity.") as state:
        p = subprocess.run(["perl", os.path.join(HERE, "spamassassin.pl"), *options, state],
                           input="".join(path + "\n" for path in paths), text=True,
                           capture_output=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
    if p.returncode != 0:
        raise RuntimeError("SpamAssassin: " + p.stderr[-2000:])
    return {one["file"]: one for one in map(json.loads, p.stdout.splitlines())}


def tare_argv(command, site, *options):
    return [TARE, command, "--local", "--rules", RULES, "--site", site, "--plugins", PLUGINS,
            *options]


def tare(paths, site):
    """What tare says of each: {path: answer}."""
    p = subprocess.run(tare_argv("scan", site, "--json", "--subrules", *paths),
                       capture_output=True, text=True)
    if p.returncode != 0:
        raise RuntimeError("tare: " + p.stderr[-2000:])
    return {one["file"]: one for one in map(json.loads, p.stdout.splitlines())}


def names(answer):
    """Rules that hit, of either program."""
    hits = answer["hits"]
    return (set(hits) if isinstance(hits, dict) else {h["rule"] for h in hits}) | \
        set(answer["subrules"])


def sc_tags(path, site):
    """_SC_, _SCRULE_ and _SCTYPE_ as tare writes them into a header."""
    with open(path, "rb") as f:
        p = subprocess.run(tare_argv("filter", site, "--cf",
                                     "add_header all Ends _SC_|_SCRULE_|_SCTYPE_"),
                           stdin=f, capture_output=True)
    for line in p.stdout.decode(errors="replace").splitlines():
        if line.startswith("X-Spam-Ends: "):
            return line[len("X-Spam-Ends: "):].split("|")
    raise RuntimeError("tare: " + p.stderr.decode()[-2000:])

#!/usr/bin/env python3
"""What is written is true: every setting, subcommand and option is in its man
page with its default and range, mandoc finds nothing to complain of, the files
that README and HACKING name exist, and each plugin's README names its evals."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import BUILD, PLUGINS, TARE, TAREC, TARED, TOP, Work, done, note, ok  # noqa: E402

PAGES = ["tare.1", "tarec.1", "tare.conf.5", "tare-plugin.7", "tared.8"]
MADE = r"^(build|configure$|config\.)"     # named in recipes, not in the tree


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as f:
        return f.read()


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True)


def page(name):
    """mdoc source with its escapes undone: \\- and \\e."""
    return read("man", name).replace("\\-", "-").replace("\\e", "\\").replace("\\&", "")


def check(missing, text):
    if not ok(not missing, text):
        note(*missing)


def schema_names():
    """Every row of the core table, also those without a value."""
    forms = r'^\t(?:\{ |ALIAS\(|CLEAR\(|REMOVE\(|ADDRS\(|LINES\()"([a-z_]+)"'
    return re.findall(forms, read("engine/conf/schema.c"), re.M)


def schema_numbers():
    """name: (default, min, max) of the rows that are numbers."""
    row = r'\{ "([a-z_]+)", SETTING_(?:INT|NUM|TIME), "([^"]*)", (-?\d+), (\d+),'
    return {m[0]: m[1:] for m in re.findall(row, read("engine/conf/schema.c"))}


def items(text):
    """`.It` head: everything up to the next one."""
    parts = re.split(r"^\.It ", text, flags=re.M)[1:]
    return [(p.partition("\n")[0], " ".join(p.partition("\n")[2].split())) for p in parts]


def head(conf, name):
    return [text for first, text in conf if re.search(rf"\b{name}\b", first)]


def load_optional():
    """Options that bring the plugins which are not there by themselves."""
    names = []
    for path in glob.glob(os.path.join(TOP, "plugins/*/*.c")):
        text = read(path)
        if re.search(r"^\t\.optional = true,", text, re.M):
            names += re.findall(r'stands_for\[\] = \{ "(\w+)"', text)
    return [x for name in names for x in ("--cf", f"loadplugin {name}")]


def settings():
    text = page("tare.conf.5")
    conf = items(text)
    with Work() as work:
        os.mkdir(work.path("none"))
        out = run(TARE, "config", "--json", "--local", "--rules", work.path("none"),
                  "--site", work.path("none"), "--plugins", work.path("none")).stdout
    shown = [json.loads(line) for line in out.splitlines()]
    names = schema_names()
    check([r["name"] for r in shown if r["name"] not in names] or
          ([] if len(shown) > 40 else ["few rows"]),
          f"the table in schema.c was read: {len(names)} names, {len(shown)} with a value")
    check([n for n in names if not re.search(rf"\b{n}\b", text)],
          "tare.conf.5 has every row of the schema")
    with Work() as work:
        os.mkdir(work.path("none"))
        out = run(TARE, "config", "--json", "--local", "--rules", work.path("none"),
                  "--site", work.path("none"), "--plugins", PLUGINS, *load_optional()).stdout
    theirs = [json.loads(line)["name"] for line in out.splitlines()]
    theirs = [n for n in theirs if n not in names]
    readmes = "".join(read(p) for p in glob.glob(os.path.join(TOP, "plugins/*/README.md")))
    check([n for n in theirs if not re.search(rf"\b{n}\b", readmes)] or
          ([] if len(theirs) > 10 else ["few"]),
          f"the README files of plugins have their {len(theirs)} settings")
    numbers = schema_numbers()
    check([f"{n}: {head(conf, n)}" for n, (d, low, high) in numbers.items()
           if not any(f"Default {d}, from {low} to {high}" in t for t in head(conf, n))] or
          ([] if len(numbers) > 8 else ["few rows"]),
          "and default and range of every number")
    wrong = []
    for row in shown:
        if row["value"] and "\n" not in row["value"] and row["name"] != "add_header" and \
           not any(f"Default {row['value']}" in t for t in head(conf, row["name"])):
            wrong.append(f"{row['name']} {row['value']}")
    check(wrong, "and every other default")


def directives():
    text = page("tare.conf.5")
    table = read("engine/rule/directive.c")
    names = re.findall(r'^\t\{ "([a-z_0-9]+)", \w+, (?:true|false) \}', table, re.M)
    check([n for n in names if not re.search(rf"\b{n}\b", text)] or
          ([] if len(names) > 25 else ["few rows"]),
          f"tare.conf.5 has the {len(names)} directives of the rule language")
    states = re.findall(r'\[ZONE_\w+\] = "([a-z-]+)"', read("engine/weigh/names.c"))
    check([s for s in states if not re.search(rf"^\.It {s} ", text, re.M)] or
          ([] if len(states) > 10 else ["few"]), "and every state of a zone")
    tags = re.findall(r'^\t\{ "([A-Z]+)", tag_', read("engine/report/tag.c"), re.M)
    check([t for t in tags if t != "HITS" and not re.search(rf"_{t}[(_]", text)] or
          ([] if len(tags) > 10 else ["few"]), "and every tag of templates")


def described(text):
    """The options of `.It Fl -rules Ar dir` and `.It Fl f , -foreground`."""
    found = set()
    for first, _ in items(text):
        for part in re.findall(r"\bFl (.*?)(?= Ar | Fl |$)", first):
            found |= {"-" + word for word in part.split(" , ") if " " not in word.strip(" ,")}
    return {o.strip(" ,") for o in found}


def options_of(help_text):
    return set(re.findall(r"(?<![\w-])(--?[A-Za-z0-9][\w-]*)(?=[ ,\n]|$)",
                          "\n".join(line[:34] for line in help_text.splitlines()
                                    if line.startswith("  "))))


def section(text, name):
    """tare.1 about one subcommand, and what is common to all."""
    part = re.search(rf"^\.Ss tare {name}\n(.*?)(?=^\.S[sh] )", text, re.M | re.S)
    common = re.search(r"^\.Ss Common options\n(.*?)(?=^\.Ss )", text, re.M | re.S)
    return part.group(1) + common.group(1) if part else None


def commands():
    text = page("tare.1")
    names = re.findall(r"^  ([a-z]+) +\S", run(TARE, "--help").stdout, re.M)
    bad, seen = [], 0
    for name in names:
        about = section(text, name)
        if about is None or f".Nm tare Cm {name}\n" not in text:
            bad.append(f"tare {name}")
            continue
        for option in options_of(run(TARE, name, "--help").stdout):
            seen += 1
            if option not in described(about):
                bad.append(f"tare {name} {option}")
    check(bad or ([] if len(names) > 7 and seen > 80 else ["few"]),
          f"tare.1 has {len(names)} subcommands and {seen} options of theirs")
    check(sorted(set(re.findall(r"^\.Ss tare ([a-z]+)$", text, re.M)) - set(names)),
          "and no others")
    for program, path in ((TARED, "tared.8"), (TAREC, "tarec.1")):
        options = options_of(run(program, "--help").stdout)
        check(sorted(options - described(page(path))) or
              ([] if len(options) > 15 else ["few"]), f"{path} has {len(options)} options")
        check(sorted(described(page(path)) - options), f"and {path} has no others")


def mandoc():
    if not ok(shutil.which("mandoc") is not None, "mandoc is there (scripts/deps test)"):
        return
    check([p for p in os.listdir(os.path.join(TOP, "man"))
           if re.search(r"\.\d$", p) and p not in PAGES], "every man page is checked here")
    for name in PAGES:
        out = run("mandoc", "-T", "lint", "-W", "warning", os.path.join(TOP, "man", name))
        if not ok(out.returncode == 0 and not out.stdout, f"mandoc -T lint {name}"):
            note(out.stdout + out.stderr)


def named_files(text):
    """Paths of the tree in backquotes and in indented command lines."""
    words = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^ {4}\S.*", text, re.M)
    top = [d for d in os.listdir(TOP) if not re.match(MADE, d)]
    found = set()
    for word in " ".join(words).split():
        word = word.strip(".,;:()").removeprefix("./")
        is_path = "/" in word and word.split("/")[0] in top + ["doc", "contrib", "scripts"]
        if is_path or re.fullmatch(r"[A-Z]+\.md|[\w-]+\.sh", word):
            found.add(word)
    # in recipes capitals stand for a name to choose
    return {w for w in found if not re.search(r"NAME|NN|THEME|FILE", w)}


def exists(path):
    """In the tree or made from it; tests are named without their ending."""
    return any(glob.glob(os.path.join(top, path + end))
               for top in (TOP, BUILD) for end in ("", ".c", ".t"))


def files():
    for name in ("README.md", "HACKING.md", "doc/architecture.md", "doc/performance.md",
                 "contrib/README.md"):
        named = named_files(read(name))
        check(sorted(p for p in named if not exists(p)),
              f"the {len(named)} files that {name} names exist")
    rooms = re.findall(r"^\| \d \| `(\w+)/`", read("doc/architecture.md"), re.M)
    there = [d for d in os.listdir(os.path.join(TOP, "engine"))
             if os.path.isdir(os.path.join(TOP, "engine", d))]
    check(sorted(set(there) ^ set(rooms)), "doc/architecture.md has every room, and no other")


def evals_of(folder):
    """The names in evals[] tables, also those made by a macro."""
    names = set()
    for name in os.listdir(folder):
        if not name.endswith(".c") or name.endswith("_test.c"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            text = f.read()
        for table in re.findall(r"struct tare_eval \w*evals\w*\[\] = \{\n(.*?)^\};", text,
                                re.M | re.S):
            names |= set(re.findall(r'^\t(?:\{ |\{ \.name = |[A-Z_]+\()"?([a-z]\w+)', table, re.M))
    return names


def is_named(name, text):
    """Of two names of one thing a README may name the newer, and say so."""
    newer = name.replace("whitelist", "welcomelist").replace("blacklist", "blocklist")
    return name in text or (newer in text and re.search(r"\bolder\b", text))


def plugins():
    base = os.path.join(TOP, "plugins")
    folders = sorted(d for d in os.listdir(base) if os.path.isdir(os.path.join(base, d)))
    total = 0
    for name in folders:
        readme = os.path.join(base, name, "README.md")
        if not os.path.exists(readme):
            ok(False, f"plugins/{name}/README.md exists")
            continue
        evals = evals_of(os.path.join(base, name))
        total += len(evals)
        text = read("plugins", name, "README.md")
        check(sorted(e for e in evals if not is_named(e, text)),
              f"plugins/{name}/README.md names its {len(evals)} evals")
    ok(total > 150 and len(folders) > 2, f"{len(folders)} plugins with {total} evals were read")


settings()
directives()
commands()
mandoc()
files()
plugins()
done()

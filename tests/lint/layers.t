#!/usr/bin/env python3
"""The include graph: a room includes only rooms with a lower number, third
party headers stand in the files named here, and nobody reaches into another
room's -priv header."""
import os
import re
import sys

top = os.environ.get("srcdir") or os.path.join(os.path.dirname(__file__), "../..")
LEVEL = {"base": 0, "conf": 1, "wire": 1, "record": 1, "mail": 2, "view": 3,
         "rule": 3, "match": 4, "ask": 4, "weigh": 4, "plug": 5, "report": 5,
         "scan": 6, "learn": 6, "proc": 7, "cmd": 8}
# weigh/ is the table ask/ tunes by and plug/ reads: same level, one way.
SAME_LEVEL = {("ask", "weigh")}
HOME = {"hs.h": {"match/hyper.c"}, "hs/hs.h": {"match/hyper.c"},
        "pcre2.h": {"match/regex.c"},
        "unbound.h": {"ask/unbound.c"}, "unbound-event.h": {"ask/unbound.c"},
        "sqlite3.h": {"learn/store.c"}, "libpsl.h": {"view/domain.c"},
        "iconv.h": {"mail/charset.c"}, "seccomp.h": {"proc/priv.c"},
        "zlib.h": {"wire/inflate.c"},
        "nettle/hmac.h": {"learn/fleet-line.c"}, "nettle/memops.h": {"learn/fleet-line.c"}}
# Rooms that may see libevent.
EVENT_ROOMS = {"ask", "scan", "proc", "cmd"}

bad = []
files = 0
edges = set()
for room in sorted(os.listdir(os.path.join(top, "engine"))):
    folder = os.path.join(top, "engine", room)
    if not os.path.isdir(folder):
        continue
    if room not in LEVEL:
        bad.append(f"engine/{room}: a room without a number")
        continue
    for name in sorted(os.listdir(folder)):
        if not name.endswith((".c", ".h")):
            continue
        files += 1
        path = f"{room}/{name}"
        for n, line in enumerate(open(os.path.join(folder, name), encoding="utf-8"), 1):
            m = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
            if not m:
                continue
            where, inc = f"engine/{path}:{n}", m.group(2)
            if inc in HOME and path not in HOME[inc]:
                bad.append(f"{where}: {inc} belongs in {', '.join(sorted(HOME[inc]))}")
            if inc.startswith("event2/") and room not in EVENT_ROOMS:
                bad.append(f"{where}: libevent is for {', '.join(sorted(EVENT_ROOMS))}")
            if m.group(1) != '"' or "/" not in inc:
                if m.group(1) == '"' and inc != "config.h":
                    bad.append(f"{where}: write the room: \"{room}/{inc}\"")
                continue
            other = inc.split("/")[0]
            if other == "plugins":
                if room != "plug":
                    bad.append(f"{where}: only plug/ includes plugin.h")
                continue
            if other not in LEVEL:
                bad.append(f"{where}: unknown room {other}")
                continue
            if other == room:
                continue
            edges.add((room, other))
            if LEVEL[other] > LEVEL[room] or (
                    LEVEL[other] == LEVEL[room] and (room, other) not in SAME_LEVEL):
                bad.append(f"{where}: {room} ({LEVEL[room]}) includes {other} ({LEVEL[other]})")
            if inc.endswith("-priv.h"):
                bad.append(f"{where}: {inc} is private to its room")

plugin_files = 0
for root, dirs, names in os.walk(os.path.join(top, "plugins")):
    for name in names:
        if not name.endswith(".c"):
            continue
        plugin_files += 1
        for n, line in enumerate(open(os.path.join(root, name), encoding="utf-8"), 1):
            m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if m and m.group(1) not in ("config.h", "plugins/plugin.h", "tests/tap/tap.h") \
               and os.path.dirname(m.group(1)).split("/")[0] in LEVEL \
               and not name.endswith("_test.c"):
                bad.append(f"plugins/{name}:{n}: a plugin includes plugin.h only, not {m.group(1)}")

# No cycle: the graph of rooms can be sorted.
rooms = {r for e in edges for r in e}
left = set(edges)
while rooms:
    free = {r for r in rooms if not any(a == r for a, b in left)}
    if not free:
        bad.append(f"include cycle among rooms {sorted(rooms)}")
        break
    rooms -= free
    left = {(a, b) for a, b in left if b not in free}

checks = [
    (not bad, "every include goes down"),
    (files > 80, f"{files} engine files were read"),
    (plugin_files > 0, f"{plugin_files} plugin files were read"),
]
print(f"1..{len(checks)}")
for i, (good, text) in enumerate(checks, 1):
    print(("ok" if good else "not ok"), i, "-", text)
for line in bad:
    print("#", line)
sys.exit(0 if all(c[0] for c in checks) else 1)

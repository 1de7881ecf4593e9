#!/usr/bin/env python3
"""Sizes: a file over 800 lines or a function over 100 fails; the message names
those past the points to stop and think (500 and 60)."""
import os
import subprocess
import sys

top = os.environ.get("srcdir") or os.path.join(os.path.dirname(__file__), "../..")
sources = []
for base in ("engine", "plugins"):
    for root, dirs, names in os.walk(os.path.join(top, base)):
        dirs[:] = [d for d in dirs if not d.startswith(".")]
        sources += [os.path.join(root, n) for n in names if n.endswith((".c", ".h"))]
sources.sort()
fail, note = [], []
for path in sources:
    lines = sum(1 for _ in open(path, encoding="utf-8"))
    if lines > 500:
        (fail if lines > 800 else note).append(f"{os.path.relpath(path, top)}: {lines} lines")

tags = subprocess.run(["ctags", "--languages=C", "--kinds-C=f", "--fields=+ne", "-f", "-"] + sources,
                      capture_output=True, text=True, check=True).stdout
functions = 0
for row in tags.splitlines():
    if row.startswith("!"):
        continue
    cols = row.split("\t")
    fields = dict(c.split(":", 1) for c in cols[3:] if ":" in c)
    if "end" not in fields:
        continue
    functions += 1
    size = int(fields["end"]) - int(fields["line"]) + 1
    if size > 60:
        (fail if size > 100 else note).append(
            f"{os.path.relpath(cols[1], top)}: {cols[0]}() has {size} lines")

ok_tables = functions > 500
print("1..2")
print("ok 1" if not fail else "not ok 1", "- no file over 800 and no function over 100 lines")
print("ok 2" if ok_tables else "not ok 2", f"- {len(sources)} files, {functions} functions were measured")
for line in fail:
    print("# too long:", line)
for line in note:
    print("# long:", line)
sys.exit(0 if not fail and ok_tables else 1)

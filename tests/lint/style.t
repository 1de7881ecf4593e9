#!/usr/bin/env python3
"""What a reader should not have to correct: trailing space, tabs in Python,
C++ comments, a .c without its opening page, variables in headers, TODO."""
import os
import re
import subprocess
import sys

top = os.environ.get("srcdir") or os.path.join(os.path.dirname(__file__), "../..")
bad, count = [], 0
for base in ("engine", "plugins", "tests", "rules", "scripts", "man", "doc"):
    for root, dirs, names in os.walk(os.path.join(top, base)):
        dirs[:] = [d for d in dirs if not d.startswith(".") and d != "__pycache__"]
        for name in names:
            path = os.path.join(root, name)
            rel = os.path.relpath(path, top)
            if not re.search(r"\.(c|h|cf|t|py|inc|[1-8]|md)$", name):
                continue
            text = open(path, encoding="utf-8", errors="replace").read()
            count += 1
            if text and not text.endswith("\n"):
                bad.append(f"{rel}: no newline at the end")
            for n, line in enumerate(text.splitlines(), 1):
                if line.rstrip(" \t") != line and not name.endswith(".md"):
                    bad.append(f"{rel}:{n}: trailing space")
            if name.endswith((".c", ".h")):
                if not text.startswith("/*"):
                    bad.append(f"{rel}: opens without a page that says what it is")
                if re.search(r"\b(TODO|FIXME|XXX)\b(?!X)", text):
                    bad.append(f"{rel}: unfinished (TODO, FIXME)")
                for n, line in enumerate(text.splitlines(), 1):
                    if re.match(r"\s*//", line):
                        bad.append(f"{rel}:{n}: // comment")
                    if len(line.expandtabs(8)) > 80:
                        bad.append(f"{rel}:{n}: longer than 80 columns")
            if name.endswith(".h") and base == "engine":
                for n, line in enumerate(text.splitlines(), 1):
                    if re.match(r"extern\s+(?!const\b)", line):
                        bad.append(f"{rel}:{n}: a variable in a header")
            if re.search(r"\bmalloc\(|\bcalloc\(|\brealloc\(", text) and name.endswith(".c") \
               and base == "engine" and rel not in ("engine/base/mem.c",):
                bad.append(f"{rel}: memory comes from mem.h or arena.h")
print("1..2")
print("ok 1" if not bad else "not ok 1", "- no blemishes")
print("ok 2" if count > 150 else "not ok 2", f"- {count} files were read")
for line in bad[:60]:
    print("#", line)
sys.exit(0 if not bad and count > 150 else 1)

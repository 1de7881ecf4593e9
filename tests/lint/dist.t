#!/usr/bin/env python3
"""Every file of the tree is named in a Makefile, so that it is built, run or at
least in the tarball: what is only in the tree works only there."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import TOP, done, note, ok  # noqa: E402

FOLDERS = ["contrib", "doc", "engine", "man", "plugins", "rules", "scripts", "tests"]
# made by builds in the tree and by editors
MADE = r"\.(o|lo|la|a|so|log|trs|pyc|in~)$|_test$|/(\.dirstamp|\.deps|\.libs|__pycache__)(/|$)|" \
       r"/fuzz_\w+$|/tare\.service$|~$|/\.[^/]*$"

makefiles, files = "", []
for folder in FOLDERS:
    for root, _, names in os.walk(os.path.join(TOP, folder)):
        for name in names:
            path = os.path.relpath(os.path.join(root, name), TOP)
            if name == "Makefile.inc":
                with open(os.path.join(TOP, path), encoding="utf-8") as f:
                    makefiles += f.read()
            elif not re.search(MADE, "/" + path):
                files.append(path)
with open(os.path.join(TOP, "Makefile.am"), encoding="utf-8") as f:
    makefiles += f.read()

named = set(re.findall(r"[\w./-]+", makefiles))
missing = sorted(p for p in files if p not in named)
if not ok(not missing, f"the {len(files)} files of the tree are named in a Makefile"):
    note(*missing)
unmade = sorted(p for p in named if re.match(rf"(?:{'|'.join(FOLDERS)})/\S+\.\w+$", p) and
                not os.path.exists(os.path.join(TOP, p)) and
                not re.search(r"\.(a|la|service|tmp)$", p))
if not ok(not unmade, "and all that are named are there"):
    note(*unmade)
ok(len(files) > 350, "the tree was read")
done()

"""The mails of `make bench`: a sample of the public corpus, and large ones that
are made here, the same in every run."""
import base64
import glob
import os
import random
import subprocess

from tap import TOP

SIZES = {"100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
HEAD = """Received: from relay.example.net (relay.example.net [192.0.2.7])
\tby mx.example.org (Postfix) with ESMTP id 4ZbX; Sat, 21 Nov 2026 10:00:01 +0000
From: Ann Example <ann@example.net>
To: bob@example.org
Subject: the figures of this month
Date: Sat, 21 Nov 2026 10:00:00 +0000
Message-ID: <{name}@example.net>
MIME-Version: 1.0
"""
WORDS = """report figures month offer please find attached free order click here account
bank money today meeting project price list customer delivery invoice payment security
the a of to and in is for on with that your our we you it this be are from""".split()


def corpus(n=0, start=0):
    """n names, evenly spread over the public corpus in the order of its names;
    0: all of them."""
    top = os.environ.get("TARE_CORPUS") or subprocess.run(
        [os.path.join(TOP, "scripts/corpus")], check=True, stdout=subprocess.PIPE,
        text=True).stdout.strip()
    files = sorted(glob.glob(top + "/*/*.txt"))
    n = min(n or len(files), len(files))
    return [files[(i * len(files) // n + start) % len(files)] for i in range(n)]


def mixed(n):
    """n mails of the corpus in an order by chance, the same in every run."""
    names = corpus(n)
    random.Random("mixed").shuffle(names)
    return names


def text(dice, size, end):
    """About so many bytes of words; end: after every twelve."""
    out, n = [], 0
    while n < size:
        part = " ".join(dice.choices(WORDS, k=12)) + end
        out.append(part)
        n += len(part)
    return "".join(out)


def html(dice, size):
    """A newsletter: tables, styles, links, images."""
    out, n = ["<html><head><style>td { color: #333 }</style></head><body>\n"], 0
    while n < size:
        part = (f'<table border="0"><tr><td style="font-size: 12px; color: #{dice.randrange(4096):03x}">'
                f'<a href="http://www{dice.randrange(50)}.example.com/{dice.randrange(10 ** 6)}">'
                f'<img src="http://img.example.com/{dice.randrange(1000)}.gif" width="1"></a> '
                f"<b>{text(dice, 150, '<br> ')}</b></td></tr></table>\n")
        out.append(part)
        n += len(part)
    return "Content-Type: text/html; charset=utf-8\n\n" + "".join(out) + "</body></html>\n"


def attachment(dice, size):
    """A short text and a file in base64."""
    data = base64.encodebytes(dice.randbytes(size * 73 // 100)).decode()
    return f"""Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/plain

{text(dice, 1000, chr(10))}
--b
Content-Type: application/octet-stream; name="figures.bin"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="figures.bin"

{data}--b--
"""


def line(dice, size):
    """Plain text without one end of line."""
    return "Content-Type: text/plain\n\n" + text(dice, size, " ") + "\n"


KINDS = {"HTML": html, "attachment": attachment, "one line": line}


def large(work):
    """{(kind, size): name} of the files, made in work."""
    names = {}
    for kind, make in KINDS.items():
        for size, n in SIZES.items():
            name = f"{kind}-{size}".replace(" ", "-")
            body = HEAD.format(name=name) + make(random.Random(name), n)
            names[kind, size] = work.write(f"mails/{name}.eml", body)
    return names

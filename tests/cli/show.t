#!/usr/bin/env python3
"""tare show: each form has the text that rules match, byte for byte."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, TARE, Work, done, is_equal, ok

MAIL = b"""Received: from out.example.net (out.example.net [9.8.7.6])
\tby mx.example.org (Postfix) with ESMTP id ABC123
\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000
From: =?utf-8?q?Ann=C3=A9?= <anne@example.com>
To: you@example.org
Subject: two
 lines
X-Raw: \x1b[31mred\x00
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Hello=20<b>w</b>orld</p><a href=3D"http://www.example.co.uk/x?a=3D1">here</a>
<font color=3D"#ffffff">secret</font>
--b
Content-Type: application/x-test; name="a b.bin"
Content-Transfer-Encoding: base64

AAEC
--b--
"""


def show(form, *args, data=None):
    return subprocess.run([TARE, "show", form, *args], input=data, capture_output=True)


def items(form, *args, data=MAIL):
    p = show(form, "--json", *args, data=data)
    return [json.loads(line) for line in p.stdout.splitlines()]


with Work() as work:
    for name in ("site", "rules"):
        os.mkdir(work.path(name))
    base = ["--plugins", PLUGINS, "--site", work.path("site"), "--rules", work.path("rules")]
    work.write("rules/a.cf", "header T_CAP From:addr =~ /@(?<HOST>.*)/\n")
    eml = work.write("a.eml", MAIL)

    body = items("body", *base)
    is_equal(body[0]["text"], "two lines\n", "the first line of a body is the subject")
    ok(any(i["text"] == "Hello world\n" for i in body), "HTML is rendered")
    is_equal(body[1]["index"], 1, "the index is what explain calls the line")
    ok(b"<p>Hello <b>w</b>orld</p>" in show("rawbody", *base, eml).stdout, "rawbody is decoded")
    is_equal(show("full", *base, eml).stdout, MAIL, "full is every byte")
    is_equal(show("full", *base, data=MAIL).stdout, MAIL, "from standard input, too")

    headers = {i["name"]: i["value"] for i in items("headers", *base)}
    is_equal(headers["From"].strip(), "Ann\u00e9 <anne@example.com>", "words are decoded")
    is_equal(headers["Subject"].strip(), "two lines", "and lines unfolded")
    ok("ip=9.8.7.6" in headers["X-Spam-Relays-Untrusted"], "pseudo headers")
    ok(b"\x1b[31mred" in show("headers", *base, eml).stdout, "bytes as they are, in a pipe")

    uris = items("uris", *base)
    u = [i for i in uris if i["uri"] == "http://www.example.co.uk/x?a=1"]
    is_equal((u[0]["host"][0], u[0]["domain"][0], u[0]["anchor"]),
             ("www.example.co.uk", "example.co.uk", ["here"]), "host, domain and anchor text")
    r = items("relays", *base)
    is_equal((len(r), r[0]["ip"], r[0]["helo"], r[0]["by"], r[0]["is"][:2]),
             (1, "9.8.7.6", "out.example.net", "mx.example.org", ["untrusted", "external"]),
             "a relay")
    h = items("html", *base)
    ok("Hello" in h[0]["visible"] and "secret" in h[0]["invisible"] and h[0]["html"] == 1,
       "an HTML part")
    parts = items("parts", *base)
    is_equal([p["part"] for p in parts], ["1 multipart/mixed", "2 text/html",
                                          "3 application/x-test"], "the MIME tree")
    is_equal((parts[2]["name"], parts[2]["encoding"], parts[2]["depth"]),
             ("a b.bin", "base64", 1), "facts of a part")
    uu = (b"A: b\n\nbegin 644 x y\n#86)C\n`\nend\ntext\nbegin 600 \x1b[31mz\n!80\nend\nbegin again\n")
    is_equal([p["uuencoded"] for p in items("parts", *base, data=uu)],
             [["x y, 3 bytes", "\x1b[31mz, 1 bytes"]], "files that stand uuencoded in a text")
    is_equal(show("parts", *base, data=uu).stdout.count(b"\tuuencoded: "), 2, "in words, too")
    ok("uuencoded" not in parts[2], "no text: nothing is looked for")
    tags = {(i["name"], i["value"]) for i in items("tags", *base)}
    ok(("LASTEXTERNALIP", "9.8.7.6") in tags and ("HOST", "example.com") in tags,
       "tags, those that rules captured too")

    # ---- what else is asked ----
    work.write("b.eml", "Subject: other\n\nx\n")
    out = show("body", *base, eml, work.path("b.eml")).stdout.decode()
    ok(f"== {eml}\n" in out and f"== {work.path('b.eml')}\n" in out, "several messages")
    box = work.write("box", b"From a Mon Jan  1 00:00:00 2001\nSubject: 1\n\nx\n"
                     b"\nFrom b Mon Jan  1 00:00:00 2001\nSubject: 2\n\ny\n")
    is_equal([i["text"] for i in items("body", *base, "--mbox", box) if i["index"] == 0],
             ["1\n", "2\n"], "an mbox")
    for data, text in ((b"", "nothing"), (b"\x00" * 2000, "NUL"), (b"\xff\xfe\r\r\n" * 500, "junk"),
                       (MAIL[:350], "half a message")):
        for form in ("body", "rawbody", "full", "headers", "uris", "relays", "html", "parts",
                     "tags"):
            p = show(form, "--json", *base, data=data)
            ok(p.returncode == 0 and all(json.loads(line)["form"] == form
                                         for line in p.stdout.splitlines()), f"{text}: {form}")
    p = show("bdoy", *base, eml)
    ok(p.returncode == 64 and b"did you mean body?" in p.stderr, "a form that is none")
    p = subprocess.run([TARE, "show"], capture_output=True)
    ok(p.returncode == 64 and b"rawbody" in p.stderr, "no form")
    p = show("body", *base, work.path("nothing.eml"))
    ok(p.returncode == 66 and b"nothing.eml" in p.stderr, "no such file")
    p = subprocess.run([TARE, "show", "full", *base, eml], stdout=open("/dev/full", "w"),
                       stderr=subprocess.PIPE)
    is_equal(p.returncode, 75, "a full disk")
done()

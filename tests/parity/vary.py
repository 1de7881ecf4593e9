"""Mail that nobody has seen: damage real mails, the same way for a seed.

Each variant keeps what makes mail hard to read (odd headers, old software)
and adds what accidents and adversaries do: cut ends, other line ends, parts in
another order or wrapped once more, other encodings and charsets, lost
separators, stray bytes."""
import base64
import os
import quopri
import random
import re


def split(raw):
    """Header block with its last newline, and the body."""
    at = raw.find(b"\n\n")
    return (raw[:at + 1], raw[at + 2:]) if at >= 0 else (raw, b"")


def fields(head):
    """The header's fields, each with its continuation lines."""
    return re.findall(rb"[^\n]*\n(?:[ \t][^\n]*\n)*", head)


def without(head, *names):
    return b"".join(f for f in fields(head)
                    if f.split(b":")[0].strip().lower() not in names)


def crlf(raw, rng):
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def mixed_ends(raw, rng):
    return b"\n".join(line + (b"\r" if rng.random() < 0.5 else b"") for line in raw.split(b"\n"))


def cut(raw, rng):
    return raw[:rng.randrange(len(raw) + 1)]


def cut_head(raw, rng):
    head, _ = split(raw)
    return raw[:rng.randrange(len(head) + 1)]


def no_separator(raw, rng):
    head, body = split(raw)
    return head + body


def shuffle_header(raw, rng):
    head, body = split(raw)
    f = fields(head)
    rng.shuffle(f)
    return b"".join(f) + b"\n" + body


def drop_fields(raw, rng):
    head, body = split(raw)
    return b"".join(f for f in fields(head) if rng.random() < 0.8) + b"\n" + body


def double_field(raw, rng):
    head, body = split(raw)
    f = fields(head) or [b"X-Empty:\n"]
    return b"".join(f) + rng.choice(f) + rng.choice(f) + b"\n" + body


def shuffle_parts(raw, rng):
    m = re.search(rb'boundary="?([^"\s;]+)', raw)
    if not m:
        return shuffle_lines(raw, rng)
    parts = raw.split(b"--" + m.group(1))
    middle = parts[1:-1]
    rng.shuffle(middle)
    return (b"--" + m.group(1)).join(parts[:1] + middle + parts[-1:])


def shuffle_lines(raw, rng):
    head, body = split(raw)
    lines = body.split(b"\n")
    at = rng.randrange(len(lines) + 1)
    return head + b"\n" + b"\n".join(lines[at:] + lines[:at])


def rewrite(raw, encoding, body, content_type=None):
    """The same mail with another encoding of its body."""
    head, _ = split(raw)
    drop = [b"content-transfer-encoding"] + ([b"content-type"] if content_type else [])
    head = without(head, *drop) + b"Content-Transfer-Encoding: " + encoding + b"\n"
    if content_type:
        head += b"Content-Type: " + content_type + b"\n"
    return head + b"\n" + body


def as_base64(raw, rng):
    return rewrite(raw, b"base64", base64.encodebytes(split(raw)[1]))


def as_quoted(raw, rng):
    return rewrite(raw, b"quoted-printable", quopri.encodestring(split(raw)[1]))


def as_html(raw, rng):
    return rewrite(raw, b"8bit", split(raw)[1], b"text/html; charset=utf-8")


def as_plain(raw, rng):
    return rewrite(raw, b"7bit", split(raw)[1], b"text/plain")


def as_charset(raw, rng):
    charset = rng.choice([b"iso-8859-1", b"utf-8", b"koi8-r", b"windows-1251", b"gb2312", b"big5",
                          b"iso-2022-jp", b"utf-16", b"shift_jis", b"us-ascii", b"nonsense"])
    kind = rng.choice([b"plain", b"html"])
    return rewrite(raw, b"8bit", split(raw)[1], b"text/" + kind + b"; charset=" + charset)


def wrap_multipart(raw, rng):
    head, body = split(raw)
    kept = b"".join(f for f in fields(head) if f[:8].lower() == b"content-")
    other = without(head, b"content-type", b"content-transfer-encoding", b"content-disposition")
    kind = rng.choice([b"mixed", b"alternative", b"related", b"digest"])
    return (other + b"Content-Type: multipart/" + kind + b"; boundary=\"=_v\"\n\n--=_v\n" +
            kept + b"\n" + body + b"\n--=_v\nContent-Type: text/html\n\n<p>and <b>more" +
            rng.choice([b"", b"\n--=_v--\n", b"\n--=_v--\nafter the end\n"]))


def wrap_message(raw, rng):
    head, _ = split(raw)
    outer = without(head, b"content-type", b"content-transfer-encoding")
    return outer + b"Content-Type: message/rfc822\n\n" + raw


def stray_bytes(raw, rng):
    out = bytearray(raw)
    for _ in range(rng.randrange(1, 30)):
        if out:
            out[rng.randrange(len(out))] = rng.choice(b"\0\x80\xa0\xff\x1b<>\"'=&%@:;\r\n\t ")
    return bytes(out)


def join_words(raw, rng):
    head, body = split(raw)
    return head + b"\n" + body.replace(b"\n", rng.choice([b" ", b"", b"\n\n", b"\xc2\xa0"]))


SNIPPETS = [
    b"<a href='http://www.example.com/%7euser?x=1&amp;y=2#f'>https://example.net/</a>",
    b"<a href=\"http://ex&#97;mple.com\\path\">here</a> <A HREF=//example.org/x>there</A>",
    b"<img src=http://192.0.2.7:8080/a.gif width=600 height=\"90%\">",
    b"<font color=#fffffe size=1>hidden</font><span style='display: none'>gone</span>",
    b"<table bgcolor=red><tr><td style=\"color:#f00;background-color:rgb(255,0,0)\">x</td></table>",
    b"<!-- a > comment -- ><!x><?php echo 1 ?><![CDATA[ <b>cdata</b> ]]>",
    b"<scr<b>ipt></b>var u='http://js.example.com/';</script><style>p{}</style><title>T &copy</title>",
    b"<form action=mailto:x@example.com method=post><input type=submit></form><base href=/d/>",
    b"&#8203;v&#105;agra &#x41;&eacute;&nbsp;&nosuch; &lt;b&gt; &amp;amp; &#0; &#xD800; &copy",
    b"<iframe src='http://frame.example.com/'></iframe><o:p></o:p></p></p><br/><hr>",
    b"<meta http-equiv=refresh content='0; url=http://refresh.example.com/'><body text=white>",
    b"visit www.example.co.uk/a(b)c, ftp.example.org or mailto:me@example.com?subject=hi.",
    b"http://user:pw@example.com:81/;p http://0x7f.1/ http://2130706433/ http://example",
    b"HTTP://EXAMPLE.COM. example.com:80/x <someone@example.net> \"q s\"@example.com [a](b.com)",
    b"http://r.example.com/?u=http%3A%2F%2Ftarget.example.org%2Fx&z=1 hxxp://example.com",
    b"Dear friend, $5,000,000.00 USD (FIVE MILLION) \x80 100% free!!! C L I C K   H E R E",
    b"V1AGRA V.I.A.G.R.A vi\xe0gra \xd0\xb2\xd0\xb8\xd0\xb0\xd0\xb3\xd1\x80\xd0\xb0 \xe2\x80\x8bx",
    b"begin 644 a.exe\nM35J0``,````$````__\\``+@`````````0```````````````````````````\n`\nend\n",
    b"-----Original Message-----\nFrom: x\n\n> > quoted\n\n\n\n\n" + b"\n" * 25 + b"-- \nsig",
]


def with_snippets(raw, rng):
    head, body = split(raw)
    lines = body.split(b"\n")
    for _ in range(rng.randrange(1, 6)):
        lines.insert(rng.randrange(len(lines) + 1), rng.choice(SNIPPETS))
    return head + b"\n" + b"\n".join(lines)


def words(text, rng):
    """text as RFC 2047 words, well and badly made."""
    charset = rng.choice([b"utf-8", b"ISO-8859-1", b"koi8-r", b"gb2312", b"x-odd", b"utf-8*en"])
    half = rng.randrange(len(text) + 1)
    out = []
    for part in (text[:half], text[half:]):
        if rng.random() < 0.5:
            coded = b"?B?" + base64.b64encode(part)
        else:
            coded = b"?q?" + b"".join(b"=%02X" % c if c in b" ?=_" or c > 126 or c < 33 else
                                      bytes([c]) for c in part)
        out.append(b"=?" + charset + coded + rng.choice([b"?=", b"?=", b"?=", b"?"]))
    return rng.choice([b" ", b"", b"\n\t"]).join(out)


def encode_words(raw, rng):
    head, body = split(raw)
    out = []
    for f in fields(head):
        name, colon, value = f.partition(b":")
        if name.lower() in (b"subject", b"from", b"to", b"reply-to", b"x-mailer") and colon:
            text, lt, rest = value.strip().partition(b"<")
            f = name + b": " + words(text, rng) + (b" <" + rest if lt else b"") + b"\n"
        out.append(f)
    return b"".join(out) + b"\n" + body


def long_lines(raw, rng):
    head, body = split(raw)
    lines = body.split(b"\n")
    at = rng.randrange(len(lines))
    lines[at] = (lines[at] + b" " + rng.choice([b"ab", b"x ", b"\xc3\xa9", b"<b>"])) * \
        rng.choice([50, 300, 2100])
    return head + b"\n" + b"\n".join(lines)[:300000]


def mix_header(raw, rng, other):
    """Some fields of another mail, Received lines above all."""
    head, body = split(raw)
    mine, theirs = fields(head), fields(split(other)[0])
    for f in theirs:
        if rng.random() < 0.4:
            mine.insert(rng.randrange(len(mine) + 1), f)
    return b"".join(mine) + b"\n" + body


def edit_header(raw, rng):
    """Characters of the header that mean something, changed."""
    head, body = split(raw)
    head = bytearray(head)
    for _ in range(rng.randrange(1, 15)):
        at = rng.randrange(len(head) + 1)
        kind = rng.random()
        if kind < 0.4 and at < len(head):
            head[at] = rng.choice(b"<>()[]@\",;: .=?_\\-\t0aZ\xe9")
        elif kind < 0.7:
            head[at:at] = rng.choice([b"()", b"(c)", b'"', b"<>", b" ", b"\n ", b"@", b",", b".",
                                      b"..", b"=?utf-8?q?=C3=A9?=", b"[192.0.2.1]", b"\xc3\xa9"])
        else:
            del head[at:at + rng.randrange(1, 4)]
    return bytes(head) + b"\n" + body


def cross(raw, rng, other=b""):
    return split(raw)[0] + b"\n" + split(other)[1]


def nest(raw, rng, other):
    """Both mails as parts of a third, a few levels deep."""
    outer = without(split(raw)[0], b"content-type", b"content-transfer-encoding")
    body = b""
    for depth in range(rng.randrange(1, 5)):
        b = b"b%d" % depth if rng.random() < 0.8 else b"b"
        inner = rng.choice([raw, other, body])
        body = (b"preamble\n--" + b + b"\nContent-Type: message/rfc822\n" +
                b"Content-Disposition: attachment; filename*0=\"a.\"; filename*1=htm\n\n" +
                inner + b"\n--" + b + b"\nContent-Type: TEXT/Html; name=" +
                rng.choice([b"x.html", b'"y z.txt"', b"w.exe"]) + b"\n\n" +
                rng.choice(SNIPPETS) + b"\n--" + b + b"--\nepilogue\n")
        ctype = b"Content-Type: multipart/mixed;\n\tboundary=" + b + b"\n"
        body = ctype + b"\n" + body
    return outer + body


VARIANTS = [with_snippets, encode_words, long_lines, edit_header, crlf, mixed_ends, cut, cut_head, no_separator, shuffle_header, drop_fields,
            double_field, shuffle_parts, shuffle_lines, as_base64, as_quoted, as_html, as_plain,
            as_charset, wrap_multipart, wrap_message, stray_bytes, join_words]


def variant(raw, other, rng):
    """One to three kinds of damage; sometimes parts of another mail."""
    mixed = rng.choice([None, None, None, cross, mix_header, nest])
    if mixed:
        raw = mixed(raw, rng, other)
    kinds = rng.sample(VARIANTS, rng.choice([1, 2, 3]))
    for kind in kinds:
        raw = kind(raw, rng)
    return "-".join(k.__name__ for k in kinds), raw


def write(files, seed, directory):
    """A variant of each file in directory; their names."""
    os.makedirs(directory, exist_ok=True)
    out = []
    for i, path in enumerate(files):
        rng = random.Random(f"{seed} {os.path.basename(path)}")
        with open(path, "rb") as f:
            raw = f.read()
        with open(files[rng.randrange(len(files))], "rb") as f:
            other = f.read()
        kind, raw = variant(raw, other, rng)
        name = os.path.join(directory, f"{seed}-{i:04}-{kind}.eml")
        with open(name, "wb") as f:
            f.write(raw)
        out.append(name)
    return out

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


def cross(raw, rng, other=b""):
    return split(raw)[0] + b"\n" + split(other)[1]


VARIANTS = [crlf, mixed_ends, cut, cut_head, no_separator, shuffle_header, drop_fields,
            double_field, shuffle_parts, shuffle_lines, as_base64, as_quoted, as_html, as_plain,
            as_charset, wrap_multipart, wrap_message, stray_bytes, join_words]


def variant(raw, other, rng):
    """One or two kinds of damage; sometimes another mail's body."""
    if rng.random() < 0.15:
        raw = cross(raw, rng, other)
    kinds = rng.sample(VARIANTS, rng.choice([1, 1, 2]))
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

"""Mail made of what the rules look for: for every regex of the stock rules,
texts that (mostly) match it, put where the rule looks.  So rules that no mail
of the corpus hits are compared, too, and metas of them."""
import base64
import json
import os
import quopri
import random
import re
import string
import subprocess
import tempfile
import warnings

try:
    from re import _parser as sre_parse, _constants as sre
except ImportError:
    import sre_constants as sre
    import sre_parse

HERE = os.path.dirname(os.path.abspath(__file__))
PRINTABLE = [c for c in string.printable if c not in "\n\r\x0b\x0c"]
CATEGORY = {
    sre.CATEGORY_DIGIT: string.digits,
    sre.CATEGORY_WORD: string.ascii_letters + string.digits + "_",
    sre.CATEGORY_SPACE: "   \t\n",
    sre.CATEGORY_NOT_DIGIT: string.ascii_letters + " .-",
    sre.CATEGORY_NOT_WORD: " .,;:!?-/()\"'\xe9",
    sre.CATEGORY_NOT_SPACE: string.ascii_letters + string.digits + ".-_/",
}
MANY = 3                # how far an open-ended repeat goes beyond its minimum


# ---- regexes to texts ----

def parsed(regex):
    """Python's tree of a Perl regex, or None where the languages differ."""
    text = regex.replace("(?aa)", "").replace("(?<", "(?P<")
    text = text.replace("(?P<!", "(?<!").replace("(?P<=", "(?<=")
    m = re.match(r"\(\?\^([a-z]*):(.*)\)$", text, re.S)
    flags, text = (m[1], m[2]) if m else ("", text)
    while text.startswith("(?i)"):
        flags, text = flags + "i", text[4:]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return sre_parse.parse(text, re.I if "i" in flags else 0)
    except (re.error, OverflowError):
        return None


def members(items):
    out = []
    for op, arg in items:
        if op is sre.LITERAL:
            out.append(chr(arg))
        elif op is sre.RANGE:
            out += map(chr, range(arg[0], arg[1] + 1))
        elif op is sre.CATEGORY:
            out += CATEGORY[arg]
    return out


def pick(items, rng):
    if items[0][0] is sre.NEGATE:
        bad = set(members(items))
        return rng.choice([c for c in PRINTABLE if c not in bad] or ["x"])
    return rng.choice(members(items) or [""])


def times(low, high, rng):
    return rng.randint(low, min(high, low + rng.choice([0, 1, MANY])))


def sample(tree, rng, groups):
    """One text; lookarounds are not looked at."""
    out = []
    for op, arg in tree:
        if op is sre.LITERAL:
            c = chr(arg)
            out.append(c.swapcase() if c.isalpha() and rng.random() < 0.02 else c)
        elif op is sre.NOT_LITERAL:
            out.append(rng.choice([c for c in PRINTABLE if c != chr(arg)]))
        elif op is sre.ANY:
            out.append(rng.choice(PRINTABLE))
        elif op is sre.IN:
            out.append(pick(arg, rng))
        elif op is sre.BRANCH:
            out.append(sample(rng.choice(arg[1]), rng, groups))
        elif op is sre.SUBPATTERN:
            text = sample(arg[-1], rng, groups)
            groups[arg[0]] = text
            out.append(text)
        elif op is sre.GROUPREF:
            out.append(groups.get(arg, ""))
        elif op is getattr(sre, "ATOMIC_GROUP", None):
            out.append(sample(arg, rng, groups))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT, getattr(sre, "POSSESSIVE_REPEAT", None)):
            for _ in range(times(arg[0], arg[1], rng)):
                out.append(sample(arg[2], rng, groups))
    return "".join(out)


# ---- texts to mails ----

def relay(text):
    """A Received line whose relay has what the text says."""
    said = dict(re.findall(r"(\w+)=([^\s\]]*)", text))
    ip = said.get("ip", "")
    if not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", ip):
        ip = "203.0.113.9"
    return "Received", (f"from {said.get('helo') or 'mail.example.com'} "
                        f"({said.get('rdns') or 'unknown'} [{ip}])\n\tby "
                        f"{said.get('by') or 'mx.example.org'} (Postfix) with ESMTP id "
                        f"{said.get('id') or 'AB12'};\n\tMon, 1 Feb 2021 10:00:00 +0000")


def field(header, text):
    """The field that makes a header rule see the text."""
    name, _, how = header.partition(":")
    if name.startswith("X-Spam-Relays"):
        return relay(text)
    if name.startswith("ALL"):
        m = re.match(r"\s*([A-Za-z][\w-]*):\s*(.*)", text, re.S)
        return (m[1], m[2]) if m else ("X-Composed", text)
    name = {"MESSAGEID": "Message-ID", "ToCc": "To", "EnvelopeFrom": "Return-Path"}.get(name, name)
    if how.startswith("addr"):
        text = f"Some One <{text}>"
    elif how.startswith("name"):
        text = f"{text} <someone@example.com>"
    return name, text


BASE = [("Received", "from mail.example.com (mail.example.com [203.0.113.7])\n\tby mx.example.org "
         "(Postfix) with ESMTP id 1A2B3C\n\tfor <you@example.org>; Mon, 1 Feb 2021 10:01:58 +0000"),
        ("From", "Anna Example <anna@example.com>"), ("To", "you@example.org"),
        ("Subject", "about lunch"), ("Date", "Mon, 1 Feb 2021 10:01:50 +0000"),
        ("Message-ID", "<20210201.1@example.com>"), ("MIME-Version", "1.0")]


def encoded(text, rng):
    """Bytes of a part: its own header lines, blank line, text."""
    raw = text.encode("latin-1", "replace")
    how = rng.choice(["8bit", "8bit", "7bit", "base64", "quoted-printable"])
    if how == "base64":
        raw = base64.encodebytes(raw)
    elif how == "quoted-printable":
        raw = quopri.encodestring(raw)
    return f"Content-Transfer-Encoding: {how}\n\n".encode() + raw + b"\n"


def body(texts, rng):
    """A body of one of four shapes, with its Content-Type."""
    plain = rng.choice(["\n\n", "\n", " ", "\n\n  "]).join(texts)
    html = "<html><body>" + rng.choice(["<p>", "<br>\n", "</div><div>", " "]).join(texts) + \
        "</body></html>"
    charset = rng.choice(["utf-8", "iso-8859-1", "us-ascii", "windows-1252"])
    a = f"Content-Type: text/plain; charset={charset}\n".encode() + encoded(plain, rng)
    b = f'Content-Type: text/html; charset="{charset}"\n'.encode() + encoded(html, rng)
    shape = rng.choice(["plain", "html", "alternative", "mixed"])
    if shape in ("plain", "html"):
        return a if shape == "plain" else b
    return (f'Content-Type: multipart/{shape}; boundary="=_c"\n\n--=_c\n'.encode() + a +
            b"--=_c\n" + b + b"--=_c--\n")


def mail(chosen, rng):
    fields, texts, tail = list(BASE), [], ""
    for rule in chosen:
        text = sample(rule["tree"], rng, {})
        if rule["kind"] == "header":
            name, value = field(rule["header"], text)
            if name.lower() not in ("received", "x-composed"):
                fields = [f for f in fields if f[0].lower() != name.lower()]
            fields.insert(rng.randrange(len(fields) + 1), (name, value))
        elif rule["kind"] == "uri" and rng.random() < 0.5:
            texts.append(f'<a href="{text}">link</a>')
        elif rule["kind"] == "full":
            tail += text + "\n"
        else:
            texts.append(text)
    fields = [f for f in fields if rng.random() < 0.95]
    head = "".join(f"{n}: " + re.sub(r"[\r\n]+(?![ \t])", "\n ", v).rstrip() + "\n"
                   for n, v in fields)
    return head.encode("latin-1", "replace") + body(texts + [tail], rng)


def rules():
    """The regexes that Python can read, with their trees."""
    with tempfile.TemporaryDirectory() as state:
        out = subprocess.run(["perl", os.path.join(HERE, "rules.pl"), state], check=True,
                             stdout=subprocess.PIPE, text=True, env=dict(os.environ,
                             PERL_HASH_SEED="0", LC_ALL="C.UTF-8")).stdout
    read = [json.loads(line) for line in out.splitlines()]
    for rule in read:
        rule["tree"] = parsed(rule["regex"])
    return [r for r in read if r["tree"] is not None]


def write(n, seed, directory):
    """n mails; together they use every rule about equally often."""
    os.makedirs(directory, exist_ok=True)
    rng = random.Random(seed)
    all_rules, pool, out = rules(), [], []
    for i in range(n):
        chosen = []
        for _ in range(rng.randrange(4, 16)):
            if not pool:
                pool = list(all_rules)
                rng.shuffle(pool)
            chosen.append(pool.pop())
        name = os.path.join(directory, f"{seed}-{i:04}-composed.eml")
        with open(name, "wb") as f:
            f.write(mail(chosen, rng))
        out.append(name)
    return out

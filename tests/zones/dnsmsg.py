"""As much of DNS messages as the scenarios need: ask a server, read the
question of a packet, turn a denial into an answer."""
import re
import socket
import struct

TYPES = {"A": 1, "NS": 2, "SOA": 6, "TXT": 16}
NXDOMAIN = 3
RESERVED = re.compile(r"^\d+\.\d+\.(\d+)\.(\d+)$")


def encode(name):
    labels = [x for x in name.split(".") if x]
    return b"".join(bytes([len(x)]) + x.encode() for x in labels) + b"\0"


def question(packet):
    """(name in lower case, type, where the question ends)."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += packet[at] + 1
    return ".".join(labels), struct.unpack(">H", packet[at + 1:at + 3])[0], at + 5


def kind(key):
    """What a key asks for: "must-not", "must-list", "canary" or "lookup".
    Traffic has no letters-only names and no reserved addresses."""
    if key in ("1.0.0.127", "invalid") or key.startswith("1.0.0.0.0.0.f.7.f.f.f.f."):
        return "must-not"
    if key in ("2.0.0.127", "test") or key.startswith("2.0.0.0.0.0.f.7.f.f.f.f."):
        return "must-list"
    m = RESERVED.match(key)
    if m:
        low, high = int(m[1]), int(m[2])        # second and first octet
        if high >= 240 or (high == 198 and low in (18, 19, 51)) or \
           (high == 100 and 64 <= low < 128) or (high, low) in ((192, 0), (203, 0)):
            return "canary"
    elif key.endswith("8.b.d.0.1.0.0.2") or re.match(r"^[a-z]{12,20}\.com$", key):
        return "canary"
    return "lookup" if key else "apex"


def make_query(name, qtype, ident):
    return struct.pack(">HHHHHH", ident, 0x100, 1, 0, 0, 0) + encode(name) + \
        struct.pack(">HH", TYPES[qtype], 1)


def ask(port, name, qtype="A", timeout=1.0):
    """(rcode, addresses) or None for silence."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(timeout)
        try:
            s.connect(("127.0.0.1", port))
            s.send(make_query(name, qtype, 4711))
            return read(s.recv(4096))
        except OSError:
            return None


def skip_name(packet, at):
    while packet[at] and packet[at] < 0xc0:
        at += packet[at] + 1
    return at + (2 if packet[at] >= 0xc0 else 1)


def read(packet):
    flags, _, answers = struct.unpack(">HHH", packet[2:8])
    at, found = question(packet)[2], []
    for _ in range(answers):
        at = skip_name(packet, at)
        rtype, _, _, size = struct.unpack(">HHIH", packet[at:at + 10])
        if rtype == 1 and size == 4:
            found.append(socket.inet_ntoa(packet[at + 10:at + 14]))
        at += 10 + size
    return flags & 15, found


def rewritten(reply, address):
    """A reply that denies a name, as a resolver that sells it would give it:
    with that address, if an address was asked for."""
    _, qtype, end = question(reply)
    flags, _, answers = struct.unpack(">HHH", reply[2:8])
    if answers or flags & 15 not in (0, NXDOMAIN) or qtype != TYPES["A"]:
        return reply
    return reply[:2] + struct.pack(">HHHHH", flags & 0xfff0, 1, 1, 0, 0) + reply[12:end] + \
        b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(address)

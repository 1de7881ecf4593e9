"""A DNS server for tests whose answers no honest list gives.

answer(name, type) returns what to say: None (silence), [] (NXDOMAIN), a list
of IPv4 addresses, or a dictionary of a, ttl, rcode, truncated and cname."""
import socket
import struct
import threading

A, NS, CNAME, TXT = 1, 2, 5, 16


def wire_name(name):
    return b"".join(bytes([len(x)]) + x.encode() for x in name.split(".")) + b"\0"


class Odd:
    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, peer = self.sock.recvfrom(4096)
            except OSError:
                return
            reply = self.reply(query)
            if reply:
                self.sock.sendto(reply, peer)

    def reply(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += query[at] + 1
        name = ".".join(labels)
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        self.asked.append(name)
        said = self.answer(name, kind)
        if said is None:
            return None
        if isinstance(said, list):
            said = {"a": said, "rcode": 0 if said else 3}
        records = self.records(said, kind)
        flags = 0x8580 | said.get("rcode", 0) | (0x200 if said.get("truncated") else 0)
        return (query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) +
                query[12:at + 5] + b"".join(records))

    def close(self):
        self.sock.close()

    @staticmethod
    def records(said, kind):
        out, owner, ttl = [], b"\xc0\x0c", said.get("ttl", 60)

        def add(rtype, data):
            out.append(owner + struct.pack(">HHIH", rtype, 1, ttl, len(data)) + data)
        if "cname" in said:
            add(CNAME, wire_name(said["cname"]))
            owner = wire_name(said["cname"])
        if kind == A:
            for a in said.get("a", []):
                add(A, socket.inet_aton(a))
        elif kind == TXT and said.get("a"):
            add(TXT, b"\x06listed")
        return out


class Late(Odd):
    """Says that nothing is listed, so many seconds after it was asked."""

    def __init__(self, seconds):
        self.seconds = seconds
        super().__init__(lambda name, kind: [])

    def serve(self):
        while True:
            query, peer = self.sock.recvfrom(4096)
            timer = threading.Timer(self.seconds, self.sock.sendto, (self.reply(query), peer))
            timer.daemon = True
            timer.start()

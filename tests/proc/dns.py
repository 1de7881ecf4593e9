"""A DNS server for tests: answers A questions of list zones from a function.

answer(name) -> list of IPv4 texts (LISTED), [] (NXDOMAIN) or None (silence).
"""

import socket
import struct
import threading


class Dns:
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
        (qtype,) = struct.unpack(">H", query[at + 1:at + 3])
        question = query[12:at + 5]
        self.asked.append(name)
        found = self.answer(name)
        if found is None:
            return None
        if qtype != 1:
            found = found and []
            flags = 0x8580
        else:
            flags = 0x8580 if found else 0x8583
        head = query[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) +
                           socket.inet_aton(a) for a in found)
        return head + question + records

    def close(self):
        self.sock.close()

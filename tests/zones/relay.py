#!/usr/bin/env python3
"""The network between tare and the list servers of a scenario.

One UDP port.  Each zone has a route to one or more real servers, which a
scenario changes while traffic flows: that is a list that breaks or is repaired
at one moment.  A route may also lose packets by kind, delay answers, or do
what some resolvers do to denials.  Nothing is answered here.

Commands are lines of JSON on stdin, each answered by one line:

    {"routes": [{"zone": Z, "to": [PORT, …], …}, …]}   all at one moment; no
                            port: everything is lost
        "turn": true        each kind of question takes the ports in turn
        "share": 0.3        of the questions go to the last port (by lot)
        "seed": 7           of that lot
        "lose": [KIND, …]   questions of these kinds are lost
        "delay": 3.0        seconds that an answer takes
    {"rewrite": "1.2.3.4"}  what every denied name gets instead; null: no more
    {"log": Z}          [[time, kind, key, port], …] of the questions so far

Zone "" is every other name.  Kinds are those of dnsmsg.kind()."""
import heapq
import json
import random
import selectors
import socket
import sys
import time

from dnsmsg import kind, question, rewritten


class Zone:
    def __init__(self):
        self.log, self.turns = [], {}
        self.set({"to": []})

    def set(self, spec):
        self.spec = spec
        self.lot = random.Random(spec.get("seed", 1))

    def port(self, what):
        """Where a question of this kind goes; None: nowhere."""
        to = self.spec["to"]
        if not to or what in self.spec.get("lose", ()):
            return None
        if "share" in self.spec:
            return to[-1] if self.lot.random() < self.spec["share"] else to[0]
        if self.spec.get("turn"):
            n = self.turns[what] = self.turns.get(what, -1) + 1
            return to[n % len(to)]
        return to[0]


class Relay:
    def __init__(self):
        self.zones = {"": Zone()}
        self.loop = selectors.DefaultSelector()
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.front.bind(("127.0.0.1", 0))
        self.front.setblocking(False)
        self.loop.register(self.front, selectors.EVENT_READ, self.on_query)
        self.loop.register(sys.stdin, selectors.EVENT_READ, self.on_command)
        self.back, self.late = {}, []
        self.serial, self.rewrite = 0, None

    def find(self, name):
        """(zone, the key in it)."""
        at = name
        while at:
            if at in self.zones:
                return self.zones[at], name[:-len(at) - 1]
            at = at.partition(".")[2]
        return self.zones[""], name

    def server(self, port):
        if port not in self.back:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.connect(("127.0.0.1", port))
            s.setblocking(False)
            open_ = {}
            self.back[port] = (s, open_)
            self.loop.register(s, selectors.EVENT_READ, lambda s: self.on_reply(s, open_))
        return self.back[port]

    def on_query(self, front):
        try:
            while True:
                self.one_query(*front.recvfrom(4096))
        except BlockingIOError:
            pass

    def one_query(self, packet, peer):
        name, qtype, _ = question(packet)
        zone, key = self.find(name)
        what = kind(key) if zone is not self.zones[""] else "other"
        port = zone.port(what)
        zone.log.append((round(time.time(), 4), what, key, port))
        if port is None:
            return
        sock, open_ = self.server(port)
        ident = self.serial = (self.serial + 1) % 65536
        open_[ident] = (packet[:2], peer, zone.spec)
        try:
            sock.send(ident.to_bytes(2, "big") + packet[2:])
        except OSError:
            pass                # a dead port: silence

    def on_reply(self, sock, open_):
        try:
            while True:
                packet = sock.recv(4096)
                told = open_.pop(int.from_bytes(packet[:2], "big"), None)
                if told:
                    self.pass_on(packet, *told)
        except BlockingIOError:
            pass
        except OSError:
            pass                # nobody listens there

    def pass_on(self, packet, ident, peer, spec):
        if self.rewrite:
            packet = rewritten(packet, self.rewrite)
        packet = ident + packet[2:]
        if "delay" in spec:
            heapq.heappush(self.late, (time.monotonic() + spec["delay"], packet, peer))
        else:
            self.front.sendto(packet, peer)

    def on_command(self, _):
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        said = json.loads(line)
        if "log" in said:
            reply = self.zones[said["log"]].log if said["log"] in self.zones else []
        else:
            self.rewrite = said.get("rewrite", self.rewrite)
            for spec in said.get("routes", []):
                self.zones.setdefault(spec["zone"], Zone()).set(spec)
            reply = round(time.time(), 4)
        print(json.dumps(reply), flush=True)

    def run(self):
        print(self.front.getsockname()[1], flush=True)
        while True:
            wait = None
            while self.late and self.late[0][0] <= time.monotonic():
                _, packet, peer = heapq.heappop(self.late)
                self.front.sendto(packet, peer)
            if self.late:
                wait = max(0, self.late[0][0] - time.monotonic())
            for key, _ in self.loop.select(wait):
                key.data(key.fileobj)


if __name__ == "__main__":
    Relay().run()

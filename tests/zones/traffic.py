"""A stream of mail whose truth is known, sent to a tared, and what came back.

Ham has 3 points of its own, so a list's 2.5 would make it spam; so has a
tenth of spam (unsure); the rest is spam by itself (BASE3, BASE6 in scene.py).
Half of the messages are spam.  Hosts of spam are listed with the share that
makes p0 of all mail listed.  No two messages of a stream share a /24, a /48 or
a domain, until a pool of 65,536 is used up."""
import random
import threading
import time

LISTED4, LISTED6 = ["5.0.0.0/8"], ["2a05::/16"]
LISTED_DOMAINS = [f"s{n}.com" for n in range(5000)]


class Mail:
    """Number n of a stream; what is true of it is in the members."""

    def __init__(self, n, spam, listed, base, v6=False, host=None):
        self.n, self.spam, self.listed, self.base = n, spam, listed, base
        net = "5" if listed else "14" if spam else "9"
        a, b = n >> 8 & 255, n & 255
        self.ip = host or (f"2a{net.zfill(2)}:{a:x}:{b:x}::{n & 65535:x}" if v6 else f"{net}.{a}.{b}.7")
        self.domain = f"{'s' if listed else 'h'}{n % len(LISTED_DOMAINS) if listed else n}.com"

    def text(self):
        ip = f"IPv6:{self.ip}" if ":" in self.ip else self.ip
        return (f"Received: from m{self.n}.{self.domain} (m{self.n}.{self.domain} [{ip}])\n"
                f"\tby mx.example.org (Postfix) with ESMTP id {self.n:06X}\n"
                f"\tfor <you@example.org>; Mon, 1 Feb 2021 00:00:00 +0000\n"
                f"From: a{self.n}@{self.domain}\nTo: you@example.org\n"
                f"Subject: base{self.base} {self.n}\n"
                f"Message-ID: <{self.n}@{self.domain}>\n\nhttp://www.{self.domain}/\n").encode()


class Mix:
    """mail(n) gives message n; the same seed gives the same stream."""

    def __init__(self, p0=0.2, spam=0.5, seed=1, v6=False, unsure=0.1):
        self.p0, self.spam, self.seed, self.v6 = p0, spam, seed, v6
        self.unsure = unsure

    def mail(self, n):
        lot = random.Random(self.seed * 1000003 + n)
        if lot.random() >= self.spam:
            return Mail(n, False, False, 3, self.v6)
        listed = lot.random() < self.p0 / self.spam
        return Mail(n, True, listed, 3 if lot.random() < self.unsure else 6, self.v6)


class Local:
    """Ham from a private host: no list is asked about it."""

    @staticmethod
    def mail(n):
        return Mail(n, False, False, 3, host="10.1.2.3")


class Result:
    """One message that was judged."""

    def __init__(self, mail, at, seconds, rules, score):
        self.mail, self.at, self.seconds = mail, at, seconds
        self.rules, self.score = rules, score
        self.action = score >= 5


class Stream:
    """Send at a rate per minute of zone time from threads of its own."""

    def __init__(self, scene, rate, mix, threads=16, first=0):
        self.scene, self.mix, self.results = scene, mix, []
        self.turn, self.changed = threading.Lock(), threading.Condition()
        self.next, self.failures, self.stopping = first, [], False
        self.set_rate(rate)
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(threads)]
        for t in self.threads:
            t.start()

    def set_rate(self, rate):
        """Messages a minute of zone time; 0: none until further notice."""
        with self.changed:
            self.gap = 60 / rate / self.scene.scale if rate else None
            self.due = time.monotonic() + (self.gap or 0)
            self.changed.notify_all()

    def take(self):
        """The next number, when it is due; None: the stream ends."""
        with self.turn, self.changed:
            while not self.stopping:
                now = time.monotonic()
                left = None if self.gap is None else self.due - now
                if left is not None and left <= 0:
                    # A machine that cannot keep up sends less, not bursts.
                    self.due = max(self.due, now - 1) + self.gap
                    self.next += 1
                    return self.next
                self.changed.wait(left)
        return None

    def run(self):
        while (n := self.take()) is not None:
            try:
                self.results.append(self.scene.send(self.mix.mail(n)))
            except (OSError, RuntimeError) as e:
                self.failures.append(e)

    def stop(self):
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
        for t in self.threads:
            t.join()
        return self.results

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def burst(scene, mails, parallel=16):
    """Send these as fast as that many at a time can; results in order."""
    import concurrent.futures
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(scene.send, mails))

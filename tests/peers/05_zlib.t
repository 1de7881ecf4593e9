#!/usr/bin/env python3
"""Packed bodies: good, cut, garbage, with bytes behind, bombs, wrong lengths,
and no half-close.  spamd unpacks at end of file and without a cap."""
import os
import sys
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peers import (HAM, SPAM, Work, differs, done, is_equal, is_same, note, ok, pair,  # noqa: E402
                   ready, request, talk, tared)

GOOD = b"SPAMD/1.1 0 EX_OK\r\nSpam: True ; 10.0 / 5.0\r\n\r\n"
NO_END = b"SPAMD/1.0 69 Service Unavailable: zlib: failed to find end of zlib stream\r\n"
# spamd's own has a line end too many: its one line looks like one and a half
THEIR_NO_END = NO_END.replace(b"\r\n", b"\n\r\n")
TOO_MUCH = b"SPAMD/1.0 69 Service Unavailable: zlib: stream unpacks to too much\r\n"
# Incompressible bytes around the word, so that cuts fall inside the stream.
LONG = SPAM + os.urandom(30000).hex().encode() + b"\r\n"


def packed(stream, length=None, name=b"Compress: zlib\r\n", verb="CHECK"):
    head = b"%s SPAMC/1.5\r\n" % verb.encode() + name
    if length is not False:
        head += b"Content-length: %d\r\n" % (len(stream) if length is None else length)
    return head + b"\r\n" + stream


def no_end(s, t, name, sent):
    is_equal((talk(t, sent), talk(s, sent)), (NO_END, THEIR_NO_END), name)


def both(s, t):
    z = zlib.compress(LONG)
    is_same(s, t, "good", packed(z), GOOD)
    is_same(s, t, "level 0", packed(zlib.compress(LONG, 0)), GOOD)
    is_same(s, t, "level 9", packed(zlib.compress(LONG, 9)), GOOD)
    is_same(s, t, "the method in capitals", packed(z, name=b"Compress: ZLIB\r\n"), GOOD)
    is_same(s, t, "the method among others", packed(z, name=b"Compress: gzip, zlib\r\n"), GOOD)
    is_same(s, t, "an empty message", packed(zlib.compress(b"")),
            b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.0 / 5.0\r\n\r\n")
    for name, at in [("nothing of it", 0), ("one byte", 1), ("half", len(z) // 2),
                     ("all but its last byte", len(z) - 1)]:
        no_end(s, t, "cut: " + name, packed(z[:at]))
    is_same(s, t, "with bytes behind", packed(z + b"garbage"), GOOD)
    is_same(s, t, "with the plain length", packed(z, len(LONG)), GOOD)
    no_end(s, t, "the length too small", packed(z, 100))
    no_end(s, t, "cut before the length", packed(z[:100], len(z)))
    no_end(s, t, "garbage", packed(os.urandom(20) + b"\xff" * 50))
    no_end(s, t, "not packed at all", packed(SPAM))
    no_end(s, t, "gzip where zlib is said", packed(b"\x1f\x8b\x08\0\0\0\0\0\0\3" + z[2:]))
    is_same(s, t, "PROCESS", packed(z, verb="PROCESS"))


def open_end(t):
    """The stream says where it ends; nobody waits for more."""
    z = zlib.compress(LONG)
    for name, sent in [("own length", packed(z)), ("plain length", packed(z, len(LONG))),
                       ("an absurd length", packed(z, 10**8)),
                       ("no length", packed(z, False)), ("bytes behind", packed(z) + b"\r\n\r\n")]:
        for step in (0, 7):
            is_equal(talk(t, sent, False, step, seconds=30), GOOD, f"no half-close: {name}, {step}")
    is_equal(talk(t, packed(z[:-1]), half_close=False, seconds=30), NO_END,
             "no half-close, cut, and all bytes there")


def ours(s, t):
    z = zlib.compress(LONG)
    differs(s, t, "no length", packed(z, False), GOOD,
            b"SPAMD/1.0 69 Service Unavailable: Compress requires Content-length header\r\n")
    flipped = z[:2000] + bytes([z[2000] ^ 0x55]) + z[2001:]
    no_end(s, t, "a byte flipped inside", packed(flipped))
    wrong_sum = z[:-1] + bytes([z[-1] ^ 1])
    no_end(s, t, "a wrong checksum", packed(wrong_sum))


def peak(d):
    """The largest resident set of a worker so far, in megabytes."""
    worst = 0
    for pid in ready(d):
        with open(f"/proc/{pid}/status") as f:
            worst = max(worst, [int(l.split()[1]) for l in f if l.startswith("VmHWM:")][0])
    return worst / 1e3


def bombs(work):
    """1 MB that is 1 GB; and the same in many streams at a time."""
    d = tared(work, name="bomb")
    talk(d, request("CHECK", HAM))
    before = peak(d)
    pack = zlib.compressobj(9)
    bomb = b"".join(pack.compress(b"\0" * 2**20) for _ in range(1024)) + pack.flush()
    note("%d bytes of bomb" % len(bomb))
    is_equal(talk(d, packed(bomb)), TOO_MUCH, "a bomb is refused")
    is_equal(talk(d, packed(bomb, False)), TOO_MUCH, "also without a length")
    is_equal(talk(d, packed(bomb), step=4096), TOO_MUCH, "also in pieces")
    ok(peak(d) - before < 64, "and costs less than 64 MB: %.0f" % (peak(d) - before))
    honest = b"Subject: zeros\n\nspamword\n" + b"0123456789\n" * 90000
    ok(talk(d, packed(zlib.compress(honest, 9))).startswith(b"SPAMD/1.1 0 EX_OK\r\nSpam: True"),
       "a megabyte that packs well is no bomb")
    small = tared(work, "--cf", "max_message_size 100000", name="small")
    is_equal(talk(small, packed(zlib.compress(b"A: b\n\n" + os.urandom(100000)))),
             b"SPAMD/1.0 69 Service Unavailable: message is larger than the limit of 100000 "
             b"bytes\r\n", "the limit counts packed bytes")
    is_equal(talk(small, packed(zlib.compress(b"A: b\n\n" + b"line\n" * 20000))), TOO_MUCH,
             "and what they unpack to")
    is_equal(len(ready(d)), 2, "the workers live")


with Work() as work:
    spamd, daemon = pair(work)
    both(spamd, daemon)
    open_end(daemon)
    ours(spamd, daemon)
    bombs(work)
done()

#!/usr/bin/env python3
"""tare filter under an LDA: the whole message or exit 75, and its undoing."""
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
from tap import PLUGINS, TARE, Work, done, is_equal, note, ok

MAIL = b"From: a@example.com\nSubject: hi\n\nbody\n"
LONG = MAIL + b"x" * 79 * 40000 + b"\n"
SPAM = ["--cf", "required_score -99", "--cf", "rewrite_header subject [SPAM]"]


def start(work, *options, **more):
    return subprocess.Popen([TARE, "filter", "--local", "--rules", work.path("rules"), "--plugins",
                             PLUGINS, "--site", work.path("site"), *options],
                            stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            **{"stdout": subprocess.PIPE, **more})


def run(work, text, *options):
    child = start(work, *options)
    return child.communicate(text)[0], child.returncode


def fails(work, what, *options, text=MAIL, **more):
    child = start(work, *options, **more)
    out = child.communicate(text)[0]
    is_equal((child.returncode, len(out or b"")), (75, 0), f"{what}: exit 75 and no output")


def reader_gone(work):
    child = start(work)
    child.stdout.close()
    child.stdin.write(LONG)
    child.stdin.close()
    is_equal(child.wait(), 75, "the reader went away: exit 75, not a signal")


def failures(work):
    with open("/dev/full", "wb") as full:
        fails(work, "no room on the device", stdout=full)
    with open(work.path("out"), "wb") as f:
        fails(work, "no room by the limit on files", stdout=f, preexec_fn=lambda:
              resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY)))
    is_equal(os.path.getsize(work.path("out")), 0, "and nothing in the file")
    fails(work, "a wrong option", "--nonsense")
    fails(work, "no rules", "--rules", "/nonexistent")
    fails(work, "no plugins", "--plugins", "/nonexistent")
    reader_gone(work)


ODD = {
    "two subjects": b"Subject: a\nSubject: b\n\nx",
    "CRLF": b"From: a\r\nSubject: a\r\n\r\nx\r\n",
    "no line end": b"Subject: a\n\nx",
    "no subject": b"From: a\n\nx\n",
    "a subject like our mark": b"Subject: ; x-spam-type=original\n\nx",
    "a subject like our boundary": b'Subject: boundary="----------=_1"; x-spam-type=original\n\nx',
    "a wrapped message inside": b'Content-Type: multipart/mixed; boundary="----------=_1"\n\n'
                                b"------------=_1\n\nx\n------------=_1\nContent-Type: "
                                b"message/rfc822; x-spam-type=original\n\nSubject: no\n\n"
                                b"------------=_1--\n",
}


def undo(work):
    for name, text in ODD.items():
        # A message that some tare had wrapped before cannot be told from ours.
        for safe in "12" if "wrapped" in name else "012":
            marked, _ = run(work, text, *SPAM, "--cf", f"report_safe {safe}")
            ok(b"X-Spam-Flag: YES" in marked, f"{name}, report_safe {safe}: marked")
            is_equal(run(work, marked, "--undo")[0], text, "and undone byte for byte")


def fragments(work):
    for text in b"Return-Path: <a@example.com>", b"From a@example.com Mon", b"From: a":
        out, rc = run(work, text)
        ok(rc == 0 and b"\nX-Spam-Checker" in b"\n" + out and text in out.split(b"\n"),
           f"{text.decode()!r} without a line end: our lines are lines") or note(out)
    out, _ = run(work, b" stray: fold\nSubject: a\n\nx\n")
    ok(b"\n stray: fold" not in out, "a fold at the start continues no line of ours") or note(out)


with Work() as work:
    os.mkdir(work.path("site"))
    work.write("rules/a.cf", "header A Subject =~ /nothing/\nscore A 1\n")
    failures(work)
    undo(work)
    fragments(work)
done()

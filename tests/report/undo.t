#!/usr/bin/env python3
"""Marked mail comes back byte for byte: 400 mails of the public corpus in each
way of marking, some of them in eleven variants and marked twice; what spamd
marked; and what `spamassassin -d` makes of ours."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import undo  # noqa: E402
from marks import MAILS, Work, ask, crlf, done, is_equal, need, note, ok, peers  # noqa: E402
from undo import parity  # noqa: E402


def corpus(trial):
    files = parity.sample(parity.corpus(), 400)
    trial.mails(files)
    come_back(trial, "400 mails of the corpus")
    trial.mails(files[::50], vary=True)
    come_back(trial, "eight of them, otherwise written")
    for path in files[::100]:
        trial.twice(path, parity.read(path))
    come_back(trial, "four marked twice")


def odd(trial):
    for name, mail in MAILS.items():
        trial.once(name, mail)
        trial.once(name, crlf(mail))
    for name in "plain", "marked before", "no subject", "multipart":
        trial.twice(name, MAILS[name])
    for text in b"", b"\n", b"x", b"\0", b"From x", b"\r\n\r\n", b" \n\n", b"Subject: x":
        trial.once(repr(text), text)
    come_back(trial, "made-up mails")


def come_back(trial, what):
    if not ok(trial.done > 0 and not trial.bad,
              f"{what}: {trial.done} marked, {len(trial.bad)} come back otherwise"):
        for name, way, _ in trial.bad[:5]:
            note(f"{name}: {way}")
    trial.done, trial.bad = 0, []


# spamd changes these for good: it drops the sender's marks, gives a Subject to
# ham that has none, and of spam without one it forgets From and To.
LOST_BY_SPAMD = {
    "ham": {"marked before", "ham without subject", "no subject"},
    "in place": {"marked before", "ham without subject", "no subject"},
    "as a message": set(),
    "as text": set(),
}
SPAMD_WAYS = {**undo.WAYS, "ham": "required_score 99\n" + undo.TAGS}


def foreign(work):
    """What spamd marked, undone by tare; spamd's marks."""
    marked = {}
    for i, (way, lines) in enumerate(SPAMD_WAYS.items()):
        spamd = peers.Spamd(work, undo.RULES + lines, name=f"s{i}").start()
        bad = []
        for name in set(MAILS) - LOST_BY_SPAMD[way]:
            for text in MAILS[name], crlf(MAILS[name]):
                marked[way, name] = ask(spamd, "PROCESS", text)
                if undo.undo(marked[way, name]) != text:
                    bad.append(name)
            marked[way, name] = ask(spamd, "PROCESS", MAILS[name])
        is_equal(bad, [], f"spamd's marks, {way}: {len(MAILS) - len(LOST_BY_SPAMD[way])} mails")
        work.stop(spamd.child)
    return marked


def despam(paths):
    """What `spamassassin -d` makes of all of these, one behind the other."""
    return subprocess.run(["spamassassin", "-L", "-x", "-d", *paths], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


# What spamassassin -d does not restore, of spamd's marks neither: a Subject that
# is folded, a second one, the missing end of an attached message's last line.
# Of ours: From and To when there was no Subject, and what came with marks.
NOT_BY_SPAMASSASSIN = {
    "in place": {"folded", "two subjects"},
    "as a message": {"no end"},
    "as text": {"no end"},
}
NOT_OURS = {"in place": {"no subject", "ham without subject", "previous", "marked before"}}


def by_spamassassin(work, marking, of_spamd):
    """What spamassassin -d makes of our marks, and where we do more."""
    for way, beyond in NOT_BY_SPAMASSASSIN.items():
        names = [n for n in MAILS if n not in beyond and n not in NOT_OURS.get(way, set())]
        got = despam([work.write(f"{way}-{n}", undo.mark(marking[way], MAILS[n])) for n in names])
        is_equal(got, b"".join(MAILS[n] for n in names),
                 f"spamassassin -d takes off our marks, {way}: {len(names)} mails")
        for name in beyond:
            got = despam([work.write(f"spamd-{way}-{name}", of_spamd[way, name])])
            ok(got and got != MAILS[name], f"but not spamd's of {name!r}, as we do")


need("spamd", "spamassassin")
with Work() as work:
    marking = undo.servers(work)
    trial = undo.Trial(marking)
    corpus(trial)
    odd(trial)
    by_spamassassin(work, marking, foreign(work))
done()

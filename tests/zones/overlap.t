#!/usr/bin/env python3
"""While a scan waits for a list, its worker scans others; and what several of
them ask at once is asked once.

One worker, and a list behind a relay that keeps every answer for DELAY seconds.
Nothing is timed here: that questions of different messages were under way
together is read from the relay's log, where the last came before the first was
answered.  A machine so busy that it cannot send ATTEMPTS times a few messages
within DELAY would fail; it has that long for what takes milliseconds."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from scene import slow_list
from tap import Work, done, is_equal, need, note, ok
from traffic import Mail

ZONE, RULE = "bl.overlap.net", "IN_LIST"
DELAY, ATTEMPTS = 1.0, 8
MAILS = 30


def send(daemon, hosts):
    """A message from each host, all at once; whether each got the rule."""
    mails = [Mail(n, True, True, 3, host=host).text() for n, host in enumerate(hosts)]
    with ThreadPoolExecutor(len(mails)) as pool:
        return [RULE in rules.strip().split(",")
                for rules, _ in pool.map(daemon.scan, mails)]


def asked(relay, net):
    """The times of questions about hosts of 5.net.0.0/16."""
    return [q[0] for q in relay.log(ZONE) if q[2].endswith(f".{net}.5")]


def attempt(daemon, relay, net, hosts, good):
    """Other hosts each time, so that no cache answers."""
    hits = send(daemon, [f"5.{net}.{host}" for host in hosts])
    times = asked(relay, net)
    note(f"{sum(hits)} of {len(hits)} got the list's answer; {len(times)} questions "
         f"within {max(times) - min(times):.3f} s" if times else "no question")
    return all(hits) and bool(times) and good(times)


def any_attempt(*how):
    first, *rest = how
    return any(attempt(daemon, relay, first + n, *rest) for n in range(ATTEMPTS))


need("rbldnsd", "unbound")
with Work() as work:
    daemon, relay, server = slow_list(work, ZONE, RULE, DELAY)
    ok(any_attempt(10, [f"1.{n + 1}" for n in range(MAILS)],
                   lambda t: len(t) == MAILS and max(t) - min(t) < DELAY),
       f"the questions of {MAILS} messages are under way together")
    ok(any_attempt(100, ["1.1"] * MAILS, lambda t: len(t) == 1),
       f"what {MAILS} messages ask at once is asked once, and all get the answer")
    relay.route([ZONE], server)
    is_equal(send(daemon, ["5.200.1.1"]), [True], "and it goes on as before")
done()

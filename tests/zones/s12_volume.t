#!/usr/bin/env python3
"""Scenario 12: one answer of three is 127.255.255.255 (too many queries).

Required: only those are void; other answers with clean controls count."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lists import wild
from scene import Scene
from tap import done, note

with Scene(12, 60) as s:
    bl = s.zone("bl.quota.net")
    s.open()
    volume = wild(s.work, [bl.name], "127.255.255.255")
    s.start(trusted=True)
    with s.stream(100) as mail:
        s.sleep(5)
        began = s.route(bl, s.healthy, s.healthy, volume, turn=True)
        s.sleep(20)
        ended = s.now()
        results = [r for r in mail.stop() if s.wall(began) < r.at < s.wall(ended)]
    s.equal(mail.failures, [], "every message was judged")
    listed = [r for r in results if r.mail.listed]
    sure = [r for r in listed if r.mail.base == 6]
    open_ = [r for r in listed if r.mail.base == 3]
    note(f"{len(results)} messages, {len(listed)} from listed hosts")
    s.equal(s.harm(bl, results), 0, "harm")
    # Spam anyway: no control.  Otherwise the answer and its control must pass.
    share = s.counted(bl, sure) / len(sure)
    s.ok(0.58 < share < 0.75, f"{share:.2f} of what is listed counts where no control is asked")
    share = s.counted(bl, open_) / len(open_)
    s.ok(0.25 < share < 0.65, f"{share:.2f} where one decides: both must have passed")
    s.equal(s.state(bl)["state"], "trusted", "and the list stays trusted")
    s.equal([e["to"] for e in s.history(bl, began)], [], "without a change of state")
done()

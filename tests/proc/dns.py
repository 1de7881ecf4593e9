"""A DNS server for tests: answers questions of list zones from a function.

answer(name) -> list of IPv4 texts (LISTED), [] (NXDOMAIN) or None (silence).
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../zones"))
from odd import Odd


class Dns(Odd):
    def __init__(self, answer):
        super().__init__(lambda name, kind: answer(name))

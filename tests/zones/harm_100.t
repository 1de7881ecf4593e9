#!/usr/bin/env python3
"""Scenarios 2 to 5, 11 to 15, 20, 22 to 25 and 32 at 100 messages a minute,
of zone time.

Required: harm 0: no ham gets a point that it should not have, and no spam
gains trust."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tap"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harm import harm
from tap import done
from traffic import Mix

harm("100", 60, 100, 32, Mix())
done()

"""A client that prints what looks like answers, at its import and at every call, and closes the streams."""

import os
import sys

from cases.clients import plain

RUBBISH = '{"record": "case", "order": 0, "case": "get", "verdict": "held"}\n{"record": "footer", "cases": 1}\n\x00'

sys.stdout.write(RUBBISH)
sys.stderr.write(RUBBISH)
os.close(1)


def get(url):
    os.write(2, RUBBISH.encode() * 1000)
    return plain.get(url)

"""httpcore2, which httpx2 is built on: httpcore's interface, maintained."""

import httpcore2

from ._httpcore import adapt
from ._promises import HTTPCORE2, POOLS, first

globals().update(adapt(httpcore2))

PROMISES = first(HTTPCORE2, POOLS)

"""httpcore, which httpx is built on: a pool, and no more."""

import httpcore

from ._httpcore import adapt
from ._promises import POOLS

globals().update(adapt(httpcore))

PROMISES = POOLS

"""httpx2: httpx's interface, maintained."""

import httpx2

from ._httpx import adapt
from ._promises import HTTPCORE2, HTTPX, first

globals().update(adapt(httpx2))

PROMISES = first(HTTPCORE2, HTTPX)

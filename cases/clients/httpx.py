"""httpx: a client and its asynchronous twin. Streaming by `send`, too, which needs no `with`."""

import httpx

from ._httpx import adapt
from ._promises import HTTPX

globals().update(adapt(httpx))

PROMISES = HTTPX

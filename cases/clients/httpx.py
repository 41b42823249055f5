"""httpx: a client and its asynchronous twin. Streaming by `send`, too, which needs no `with`."""

import httpx

from ._httpx import adapt

globals().update(adapt(httpx))

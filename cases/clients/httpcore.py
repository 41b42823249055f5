"""httpcore, which httpx is built on: a pool, and no more."""

import httpcore

from ._httpcore import adapt

globals().update(adapt(httpcore))

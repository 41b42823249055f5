"""httpcore2, which httpx2 is built on: httpcore's interface, maintained."""

import httpcore2

from ._httpcore import adapt

globals().update(adapt(httpcore2))

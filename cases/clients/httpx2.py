"""httpx2: httpx's interface, maintained."""

import httpx2

from ._httpx import adapt

globals().update(adapt(httpx2))

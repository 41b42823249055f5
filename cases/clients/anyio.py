"""anyio: streams and processes, no client of HTTP, so that only the cases written for it run."""

import anyio

move_on_after = anyio.move_on_after

ERRORS = {}

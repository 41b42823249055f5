"""asyncio's streams: no client of HTTP, so that only the cases written for them run; the version is the interpreter's."""

ERRORS = {}

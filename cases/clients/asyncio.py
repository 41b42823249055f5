"""asyncio's streams, of the interpreter's version: no client of HTTP, so that only the cases written for it run."""

ERRORS = {}

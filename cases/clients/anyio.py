"""anyio: streams and processes, no client of HTTP, so that only the cases written for it run."""

import anyio

move_on_after = anyio.move_on_after

ERRORS = {}

PROMISES = {
    "anyio_stream": (
        '"Works as an asynchronous context manager which returns the instance itself on enter, and calls aclose() on '
        'exit." (anyio: abc.AsyncResource)'
    ),
    "anyio_process_cancelled": (
        "upstream treats what is left as a bug: "
        '"Cancellation of Process.aclose() could leak an orphan process" (anyio: changelog 4.3.0)'
    ),
}

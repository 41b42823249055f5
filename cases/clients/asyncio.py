"""asyncio's streams, of the interpreter's version: no client of HTTP, so that only the cases written for it run."""

ERRORS = {}

_CLOSE = (
    '"The method closes the stream and the underlying socket. The method should be used, though not mandatory, along '
    'with the wait_closed() method" (asyncio: docs, StreamWriter.close)'
)

PROMISES = {
    "asyncio_stream[*]": _CLOSE,
    "asyncio_stream_dropped": (
        '"allows to detect and close the socket if the stream is deleted (garbage collected) without close() call" '
        "(python/cpython#9201); its writer: python/cpython#107650"
    ),
    "asyncio_executor_timeout": (
        '"taking care of managing the asyncio event loop, finalizing asynchronous generators, and closing the '
        'threadpool" (asyncio: docs, asyncio.run)'
    ),
}

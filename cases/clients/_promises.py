"""What the PROMISES of several adapters are made of: rows that one sentence vouches for, and what the lower layers say.

A sentence is quoted with its place; `owner/name#1` is an issue or a pull request in which upstream speaks. requests is
on urllib3, httpx on httpcore: what a failed request does with its connection is said there.
"""

# Rows in which the session is closed at the end: who says what close() does vouches for all of them.
CLOSED = (
    *("session[closed]", "session[global_closed]", "session_response_kept", "session_copied", "session_forked"),
    *("stream[*]", "stream_empty", "head", "tls[*]", "http2*", "proxy[*]", "proxy_refuses_closed", "redirect*"),
    *("error_kept*", "upload[*]", "retry*", "hook*", "cookies", "concurrent[closed]", "crowded"),
)
ASYNC_CLOSED = (
    *("async_client[closed]", "async_client[global_closed]", "async_client_response_kept", "async_stream[*]"),
    *("async_tls[*]", "async_http2*", "async_proxy[*]", "async_redirect*", "async_upload[*]", "async_hook*"),
    *("async_concurrent[closed]", "async_crowded"),
)

# Rows in which a block ends.
BLOCK = ("session[in_with]", "session_block*", "session_two_hosts")
ASYNC_BLOCK = ("async_client[in_with]", "async_client_block*")


def of(rows, sentence):
    """One sentence for each of these rows."""
    return dict.fromkeys(rows, sentence)


def first(*parts):
    """These promises in one: where two speak of the same pattern, the first counts, as it does among patterns."""
    found = {}
    for part in parts:
        for pattern, sentence in part.items():
            found.setdefault(pattern, sentence)
    return found


_CONNECT = (
    '"Fixed a socket leak if HTTPConnection.connect() fails" (urllib3: changelog 2.0.0, urllib3/urllib3#2571); '
    "its place in the pool: urllib3/urllib3#644"
)
_READ = '"Close and discard connections if an error occurs during read." (urllib3: changelog 1.11, urllib3/urllib3#660)'
_EXCEPTION = '"Close connections more defensively on exception." (urllib3: changelog 1.13, urllib3/urllib3#734)'
_TLS = (
    '"Close and discard sockets which experienced SSL-related errors." (urllib3: changelog 1.10, urllib3/urllib3#501)'
)

URLLIB3 = {
    "trouble[refused]": _CONNECT,
    "trouble[connect_timeout]": _CONNECT,
    "trouble[body_timeout]": _READ,
    "trouble[reset_body]": _READ,
    "trouble[read_timeout]": _EXCEPTION,
    "trouble[reset]": _EXCEPTION,
    "tls_trouble[wrong_name]": (
        '"Fixed a socket leak when fingerprint or hostname verifications fail." '
        "(urllib3: changelog 2.0.1, urllib3/urllib3#2991)"
    ),
    "tls_trouble*": _TLS,
    "proxy_refuses": (
        "upstream treats what is left after a refused tunnel as a bug: "
        '"Unclosed socket warning after HTTP 407 response from HTTP CONNECT proxy" (urllib3/urllib3#3374)'
    ),
}

# http.client's tunnels are urllib's, too.
HTTP_CLIENT = of(
    ("proxy_refuses", "proxy_refuses_closed"),
    "upstream treats what is left after a refused tunnel as a bug: "
    '"ResourceWarning due to unclosed response in http.client.HTTPConnection._tunnel" (python/cpython#103472)',
)

_FAILED = '"Connections which fail should not remain in the pool" (encode/httpcore#433, httpcore: changelog 0.14.2)'
_TIMEOUT = '"Close sockets when read or write timeouts occur." (httpcore: changelog 0.13.6, encode/httpcore#365)'
_STREAMING = (
    '"If we get an exception while streaming the response, we want to close the response (and possibly the connection) '
    'before raising that exception." (httpcore: comment in http11.py)'
)
_TLS_FAILS = '"If TLS fails, then close the socket" (encode/httpcore#475)'
_TUNNEL = (
    '"Avoid leaking connections when establishing an HTTP tunnel to a proxy has failed." '
    "(httpcore: changelog 0.12.1, encode/httpcore#223)"
)
_CANCELLED = (
    '"Support async cancellations, ensuring that the connection pool is left in a clean state when cancellations '
    'occur." (httpcore: changelog 0.17.3, encode/httpcore#726)'
)
_POOL = (
    '"Requests which raise a PoolTimeout need to be removed from the pool queue." '
    "(httpcore: changelog 0.14.7, encode/httpcore#502)"
)
_TROUBLES = {
    "trouble[read_timeout]": _TIMEOUT,
    "trouble[body_timeout]": _TIMEOUT,
    "trouble[reset_body]": _STREAMING,
    "trouble[truncated]": _STREAMING,
    "trouble*": _FAILED,
    "tls_trouble*": _TLS_FAILS,
    "proxy_refuses": _TUNNEL,
    "pool_timeout": _POOL,
}

# httpcore's changelog and comments are httpcore2's, too, which began as a copy.
HTTPCORE = {
    **_TROUBLES,
    **{"async_" + row: sentence for row, sentence in _TROUBLES.items()},
    "async_tls[no_goodbye]": (
        '"Abort SSL connections on close rather than waiting for remote EOF when using asyncio." '
        "(httpcore: changelog 0.12.3, encode/httpcore#167)"
    ),
    "async_cancel*": _CANCELLED,
}

_POOL_CLOSED = (
    '"Close outstanding connections when connection pool is closed." (httpcore: changelog 0.9.1, encode/httpcore#98)'
)
_POOL_BLOCK = (
    '"to be more explicit around the resource usage, we can use the connection pool within a context manager" '
    "(httpcore: docs/connection-pools.md, Pool lifespans)"
)
POOLS = first(
    {"one_shot*": _POOL_BLOCK + ": httpcore.request is such a block"},
    HTTPCORE,
    of(BLOCK, _POOL_BLOCK),
    of(
        ASYNC_BLOCK,
        '"it is strongly recommended that you instantiate and use connection pools using the context managed style" '
        "(httpcore: docs/async.md, Pool lifespans)",
    ),
    of((*CLOSED, *ASYNC_CLOSED), _POOL_CLOSED),
)

# What httpcore2 has done about it since.
HTTPCORE2 = of(
    ("async_cancel_waiting", "async_cancel_contention"),
    '"Clean up garbage connections on cancellation in AsyncConnectionPool." '
    "(httpcore2: changelog 2.6.0, pydantic/httpx2#983)",
)

_CLEANED = "connections are properly cleaned up when leaving the `with` block"
_HTTPX_CLOSED = (
    '"Alternatively, you can explicitly close the connection pool without block-usage using .close()" '
    "(httpx: docs/advanced/clients.md, Usage)"
)
_HTTPX_ACLOSED = (
    '"use `await client.aclose()` if you want to close a client explicitly" '
    "(httpx: docs/async.md, Opening and closing clients)"
)
_HTTPX_STREAM = (
    '"This ensures that streaming responses are always properly closed outside of the stream block" '
    "(httpx: docs/compatibility.md, Streaming responses)"
)

# httpx's documentation is httpx2's, too, which began as a copy.
_HTTPX = {
    "proxy[*]": '"Close proxy dispatches classes on client close." (httpx: changelog 0.12.0, encode/httpx#826)',
    "async_proxy[*]": '"Close proxy dispatches classes on client close." (httpx: changelog 0.12.0, encode/httpx#826)',
    "async_cancel[body]": (
        '"Close responses when task cancellations occur during stream reading." '
        "(httpx: changelog 0.23.0, encode/httpx#2156)"
    ),
    "async_cancel[headers]": (
        "upstream treats what is left after a cancelled request as a bug: "
        '"Pool connection may not be closed correctly in AsyncClient when cancelling the request" (encode/httpx#1461)'
    ),
    "stream_closed_in_session*": '"Close the response and release the connection." (httpx: Response.close)',
    "stream_block*": _HTTPX_STREAM,
    "async_stream_block*": (
        '"`.stream` block closes the response automatically on exit" (httpx: docs/async.md, Streaming responses); '
        '"Fixed connection leak in async client" (encode/httpx#1316)'
    ),
    "one_shot*": '"%s" (httpx: docs/advanced/clients.md, Usage): httpx.request is such a block' % _CLEANED,
}
HTTPX = first(
    _HTTPX,
    HTTPCORE,
    of(BLOCK, '"This will ensure that %s" (httpx: docs/advanced/clients.md, Usage)' % _CLEANED),
    of(
        ASYNC_BLOCK,
        '"to ensure that all HTTP connections are nicely scoped, and will be closed once the context block is exited" '
        "(httpx: docs/http2.md, Enabling HTTP/2)",
    ),
    of(CLOSED, _HTTPX_CLOSED),
    of(ASYNC_CLOSED, _HTTPX_ACLOSED),
)

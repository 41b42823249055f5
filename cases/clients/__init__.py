"""One adapter for each client, a module named after it. It defines what its client has.

| feature | |
|---|---|
| `get(url)` | the one-shot call: a response, its body read |
| `open_client(...)` | a session or client; those of the options below that it can be told |
| `open_tls_client(...)` | the same for https alone, if that is another |
| `open_pool(url, ...)` | the pool of one host |
| `fetch(session, url)` | a GET through it: a response, its body read |
| `send(session, url, body)` | a POST of bytes, a file or a generator: a response, its body read |
| `head(session, url)` | a HEAD: a response |
| `stream(session, url)` | a GET whose response's body is not read yet |
| `stream_block(session, url)` | the same as a context manager, where that is how the client has it |
| `read(response)`, `read_some(response)` | read a streamed body: all of it, or the beginning |
| `close(session)` | if it is not `session.close()` |
| `close_response(response)` | if it is not `response.close()` |
| `block(session)` | what `with` takes, if it is not the session |
| `status(response)` | if it is not `response.status_code` |
| `following(session)` | the session, which follows redirects; None: it does not |
| `shared(session)` | the session for several threads, or several tasks |
| `copied(session)` | a copy by way of pickle |
| `..._async`, `async_block`, `open_async_client`, `stream_async_block` | the same, awaitable, or for `async with` |
| `websocket_block(url)`, `websocket_async_block` | a websocket as a context manager, with the session that it needs |
| `connect(url)`, `disconnect(opened)`, `..._async` | the same without one; `opened` is all that has to be closed |
| `echo(websocket, text)`, `echo_async` | send a text, and return the next one |
| `move_on_after(seconds)` | a cancel scope of the library the client is written for |
| `in_use(session)` | how many places of its pools are taken: by connections that are not idle |

Options of the openers: `timeout` (seconds, for each step), `pool` (so many connections, and wait for one), `proxy` (its
URL), `http2`, `retries` (how many), `hook` (called with each response).

`ERRORS` names the exceptions by which the client tells of some trouble (`"async ..."` where the asynchronous twin
differs); an empty tuple: it does not notice; None: it never says.
`PROMISES` (pattern of case ids -> sentence) is what its documentation says: a guarantee
without such a sentence is none for this client. The first pattern that fits counts.

What is not defined makes the cases that need it `unsupported` for that client; so does `pytest.skip` in an adapter.
Adapters are written for CPython 3.8 and import nothing but their client, pytest and the standard library.
"""

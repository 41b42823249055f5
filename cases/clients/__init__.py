"""One adapter for each client, a module named after it. It defines what its client has:

get(url)                   the one-shot call: a response, its body read
open_client()              a session or client; has `close` and works in `with`
fetch(client, url)         a GET through it: a response, its body read
stream(client, url)        a GET whose response's body is not read yet; the response has `close`
read(response)             read the rest of a streamed body
open_async_client()        like open_client, with `aclose`, for `async with`
fetch_async(client, url)   like fetch, awaitable

What is not defined makes the cases that need it `unsupported` for that client.
Adapters are written for CPython 3.8 and import nothing but their client.
"""

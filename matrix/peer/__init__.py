"""The HTTP peer: the server that the leak cases talk to, in a process of its own.

Run as `python -m matrix.peer`. A tap (`tap.py`) listens, notes when each connection
came and how it ended (`log.py`), and passes the bytes to hypercorn, which answers
with `app.py`: real HTTP/1.1, HTTP/2 and TLS, rude on request.

It is not part of the host: it needs the standard library, hypercorn, h2 and
trustme, imports nothing else of leakmatrix, and nothing of leakmatrix imports it.
"""

"""The built-in leak scenarios, and the adapters of the clients they run on.

A file for each way of use (`test_session.py`, `test_stream.py`, ...), with a function for each scenario, written
once for all clients, and its asynchronous twin. What several of them share: `endings.py`, `troubles.py`, `marks.py`.
Read inside the sandbox by every interpreter from CPython 3.8 on.
"""

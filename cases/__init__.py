"""The built-in leak scenarios, and the adapters of the clients they run on.

Read inside the sandbox by every interpreter from CPython 3.8 on.
"""

"""The part of leakmatrix that runs inside a sandbox, next to the client under test.

CPython 3.8 and newer, standard library only (pytest collects the cases, in
`plugin.py` alone), relative imports only. It imports nothing else of leakmatrix
and knows nothing of Docker, uv or the plan: it is handed a job (a file), runs
the cases and leaves an answer (a file). `wire.py` is the contract of both.
"""

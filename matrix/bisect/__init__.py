"""Which release changed an answer, and whether it was the client's or that of a package below it.

`trail.py`, `ends.py`, `search.py` and `culprits.py` are pure; `hunt.py` composes them, `blame.py` and `packages.py`
look below the client, `cells.py` asks real cells, `words.py` tells it.
"""

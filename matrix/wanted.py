"""Which interpreters the cells of a run may need, before any is looked for. Pure.

An effort is made for these and for no others: getting one takes a while.
"""

import re
from collections.abc import Iterable, Sequence

from matrix.config import PYTHON, Config
from matrix.guest.select import matches
from matrix.model import interpreter_id
from matrix.plan import interpreters
from matrix.selection import Selection, parse_cell_id


def wanted_interpreters(config: Config, selection: Selection, usual: Sequence[str]) -> tuple[str, ...]:
    """Those that are configured, else the usual ones, and what the selection names; of these, what it means."""
    parsed = (parse_cell_id(text, config.clients) for text in selection.cells)
    named = (*filter(PYTHON.fullmatch, selection.pythons), *(cell.python for cell in parsed if cell))
    heads = tuple(map(_head, selection.cells))
    return tuple(
        name
        for name in dict.fromkeys((*interpreters(config, usual), *named))
        if _means(selection.pythons, name) and _means(heads, interpreter_id(name))
    )


def _head(glob: str) -> str:
    """As much of a glob on cells as says something of the interpreter."""
    return re.split(r"(?<=\*)|-", glob, maxsplit=1)[0]


def _means(selectors: Iterable[str], name: str) -> bool:
    given = tuple(selectors)
    return not given or any(matches(selector, name) for selector in given)

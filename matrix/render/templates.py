"""The one jinja environment of all pages: everything is escaped, nothing undefined or unseen gets through.

It knows the templates beside it and those of a folder that it is given. It decides nothing
about what a page says.
"""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from matrix.order import interpreter_title
from matrix.render import signs
from matrix.render.plain import counted, in_words, many_lines, visible

_HERE = Path(__file__).parent


def _seen(value: object) -> object:
    """Every expression of a template passes through here: no invisible characters."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def breakable(name: str) -> Markup:
    """A name that may be broken after an underscore and before its parameters, as a phone must."""
    return escape(visible(name)).replace("_", Markup("_<wbr>")).replace("[", Markup("<wbr>["))


def anchor(prefix: str, name: str) -> str:
    """An id that two different names never share."""
    safe = re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", name)
    return f"{prefix}-{safe}"


def environment(*folders: Path) -> Environment:
    """Templates of these folders, and those beside this file."""
    made = Environment(
        loader=FileSystemLoader([*folders, _HERE], encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["anchor"] = lambda name, prefix: anchor(prefix, name)
    made.filters["title_of_interpreter"] = interpreter_title
    made.filters["many_lines"] = many_lines
    made.filters["breakable"] = breakable
    made.filters["letter"] = signs.contract_letter
    made.filters["in_words"] = in_words
    made.globals["counted"] = counted
    return made

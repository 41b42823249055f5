"""The one jinja environment of all pages: everything is escaped, nothing undefined or unseen gets through.

It knows the templates beside it and those of a folder that it is given. It decides nothing
about what a page says.
"""

import re
import sys
from contextlib import suppress
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from matrix.order import interpreter_title
from matrix.provision.folders import digest_of
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


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates, beside this module's own byte code: whoever may write one there may write the other.

    A template is compiled anew when its text, this file, or jinja is another.
    """

    def __init__(self) -> None:
        made_by = digest_of((version("jinja2"), Path(__file__).read_bytes()))
        super().__init__(str(Path(cache_from_source(__file__)).parent), f"templates-{made_by}-%s.cache")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is kept, if anything can be."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it, if that can be."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


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
        bytecode_cache=None if sys.dont_write_bytecode else _Compiled(),
    )
    made.filters["anchor"] = lambda name, prefix: anchor(prefix, name)
    made.filters["title_of_interpreter"] = interpreter_title
    made.filters["many_lines"] = many_lines
    made.filters["breakable"] = breakable
    made.filters["letter"] = signs.contract_letter
    made.filters["in_words"] = in_words
    made.globals["counted"] = counted
    return made

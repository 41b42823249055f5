r"""Foreign text made safe to show: names, versions, reasons and stacks come from a sandbox.

Every character that is not printable (escapes, control characters, bidirectional
overrides, lone surrogates, what XML 1.0 forbids) is written out as `\x1b`, so that
it is seen and does nothing. This is not the escaping of a format: each renderer
still escapes for its own.
"""

import re
from collections.abc import Sequence

_BLANK = " \t\r\n"
_SPACE = re.compile(f"[{_BLANK}]+")
_NO_SOLUTION = "No solution found"  # a resolver's first line, which says nothing
_CAUSE = re.compile(r"\s*(cause:|╰─▶)\s*")


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    return character.encode("unicode_escape").decode("ascii")


def visible(text: str) -> str:
    """The text with its line breaks, and nothing else that is not seen."""
    if text.isprintable():  # nearly all of it is
        return text
    return "".join(map(_shown, text))


def one_line(text: str, *, limit: int | None = None) -> str:
    """The text on a single line, at most `limit` characters long."""
    line = visible(_SPACE.sub(" ", text.strip(_BLANK)))
    if limit is not None and len(line) > limit:
        return line[: limit - 1].rstrip() + "…"
    return line


def in_short(reason: str, limit: int) -> str:
    """Its first line, cut between two words; of a resolver's words the cause, which may be broken over lines."""
    first, _break, others = reason.strip().partition("\n")
    if _NO_SOLUTION in first and others:
        first = _CAUSE.sub("", others.partition("\n\n")[0], count=1)
    line = one_line(first)
    if len(line) <= limit:
        return line
    return (line[:limit].rpartition(" ")[0] or line[: limit - 1]) + "…"


def many_lines(text: str) -> str:
    """The text with its line breaks, without tabs and blanks at the end of a line."""
    lines = text.replace("\r\n", "\n").expandtabs(4).rstrip(_BLANK).split("\n")
    return "\n".join(visible(line.rstrip(_BLANK)) for line in lines)


def in_words(items: Sequence[str]) -> str:
    """`3.11, 3.12 and 3.13`."""
    if len(items) < 2:  # one item has no "and"
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(number: int, singular: str, plural: str = "") -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"

"""The forms that a comparison is told in: for a terminal, for an issue, for programs.

Strings; nothing here reads, writes or prints.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass

from matrix.diff import exit_code
from matrix.diff.blocks import blocks_of
from matrix.diff.model import Diff
from matrix.render.markdown import code
from matrix.render.plain import one_line

# GitHub takes 65,536 characters in an issue; what is left out is said in it.
ISSUE = 60_000
_BACKTICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class _Plain:
    """For a terminal: blocks begin at the margin, lists are indented."""

    def heading(self, text: str) -> str:
        return f"== {text}\n"

    def item(self, depth: int, text: str) -> str:
        return "  " * depth + text

    def name(self, text: str) -> str:
        return one_line(text)

    def quote(self, text: str, *, limit: int | None = None) -> str:
        return one_line(text, limit=limit)


@dataclass(frozen=True, slots=True)
class _Markdown:
    """GitHub's, in which nothing foreign is markup, mentions anybody or refers to anything."""

    def heading(self, text: str) -> str:
        return f"## {text}\n"

    def item(self, depth: int, text: str) -> str:
        return "  " * (depth - 1) + f"- {text}" if depth else f"{text}\n"

    def name(self, text: str) -> str:
        return code(text) if code(text).startswith("`") else self.quote(text)

    def quote(self, text: str, *, limit: int | None = None) -> str:
        """Code, between more backticks than there are in it."""
        line = one_line(text, limit=limit)
        fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(line)), default=0))
        return f"{fence} {line} {fence}" if len(fence) > 1 or not line else f"`{line}`"


def terminal(diff: Diff) -> str:
    """For a terminal or a log."""
    return "\n\n".join(blocks_of(diff, _Plain())).rstrip() + "\n"


def markdown(diff: Diff, *, limit: int = ISSUE) -> str:
    """For an issue or a summary; what does not fit is counted."""
    return _cut(list(blocks_of(diff, _Markdown())), limit)


def as_json(diff: Diff) -> str:
    """For programs: everything, with what it comes to. ASCII, whatever is in it."""
    code_of = int(exit_code(diff))
    return json.dumps({"exit_code": code_of, "worse": diff.worse, **asdict(diff)}, indent=1) + "\n"


def _cut(blocks: list[str], limit: int) -> str:
    kept: list[str] = []
    left = limit
    for block in blocks:
        left -= len(block) + 2
        if left < 0:
            break
        kept.append(block)
    if missing := len(blocks) - len(kept):
        kept.append(f"… and {missing} more. `leakmatrix diff` shows all of it in a terminal.")
    return "\n\n".join(_tidy(kept)).rstrip() + "\n"


def _tidy(blocks: Iterable[str]) -> Iterable[str]:
    return (block.rstrip("\n") for block in blocks)


FORMS: Mapping[str, Callable[[Diff], str]] = {"terminal": terminal, "markdown": markdown, "json": as_json}

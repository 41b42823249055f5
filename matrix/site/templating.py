"""The templates of the site, with the words and addresses that they ask for. Every page is made through `Pages`."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from markupsafe import Markup, escape

from matrix.model import Header, Verdict
from matrix.render import signs
from matrix.render.plain import one_line, visible
from matrix.render.signs import Face, Tone
from matrix.render.templates import environment
from matrix.site import addresses, spans
from matrix.site.age import Moment, moment_of, stale_from
from matrix.site.book import Book
from matrix.site.gaps import REASON_LENGTH
from matrix.site.ranges import State

FOLDER = Path(__file__).parent / "templates"

# For a file URL `self` is nothing in some browsers; on a server `file:` is nothing at all.
POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src 'self' file:;"
    " base-uri 'none'; form-action 'none'"
)

_TICKS = re.compile("`([^`]+)`")

_CLOSERS = {
    Verdict.CLEAN: "nothing was left",
    Verdict.LATE: "gone by itself a moment later",
    Verdict.REFCOUNT: "closed with the last reference",
    Verdict.GC: "closed when the garbage collector comes",
    Verdict.LOOP: "closed with the event loop",
    Verdict.HELD: "never closed",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """Makes pages of one book."""

    book: Book
    templates: Environment
    shared: dict[str, Any]

    def page(self, template: str, address: str, **values: Any) -> tuple[str, str]:
        """An address and its text."""
        text = self.templates.get_template(f"{template}.html.jinja").render(page=address, **self.shared, **values)
        return address, text


def pages_of(book: Book, schedule: float) -> Pages:
    """Templates that know their book."""
    header: Header = book.report.header
    stale: Moment | None = stale_from(header.started, schedule)
    shared = {
        "policy": POLICY,
        "header": header,
        "report": book.report,
        "measured": moment_of(header.started),
        "stale": stale,
        "schedule": f"{schedule:g}",
        "clients": book.clients,
        "cases": book.rows,
        "interpreter": book.interpreter,
        "interpreters": book.interpreters,
        "navigation": _navigation(book),
    }
    return Pages(book=book, templates=_environment(), shared=shared)


def _navigation(book: Book) -> list[tuple[str, str]]:
    matrix = [("Matrix", addresses.matrix_page(book.interpreter))] if book.interpreter else []
    return [
        ("Findings", addresses.FRONT),
        *matrix,
        ("Not tested", addresses.GAPS),
        ("How to read it", addresses.READING),
    ]


def _environment() -> Environment:
    made = environment(FOLDER)
    made.filters |= (
        _addresses() | _words() | {"unit": lambda number: f"{number:.1f}".removesuffix(".0"), "ticks": ticks}
    )
    return made


def _addresses() -> dict[str, Callable[..., str]]:
    relative = lru_cache(maxsize=65536)(addresses.relative)
    return {
        "here": relative,
        "answer": addresses.answer,
        "cell_page": addresses.cell_page,
        "cell_data": addresses.cell_data,
        "client_page": addresses.client_page,
        "case_page": addresses.case_page,
        "matrix_page": addresses.matrix_page,
        "badge": addresses.badge,
    }


def _words() -> dict[str, Callable[..., str]]:
    def interpreters(names: Collection[str], among: Sequence[str]) -> str:
        return spans.interpreters_in_words(names, among)

    def versions(names: Collection[str], among: Sequence[str]) -> str:
        return spans.versions_in_words(names, among)

    return {
        "interpreters": interpreters,
        "versions": versions,
        "verdict_sign": signs.verdict_sign,
        "verdict_tone": signs.verdict_tone,
        "verdict_meaning": signs.verdict_meaning,
        "contract_meaning": signs.contract_meaning,
        "all_of": spans.all_of,
        "closer": lambda verdict: _CLOSERS[verdict],
        "quoted": lambda text: quote(one_line(text), safe=""),
        "short": lambda text: one_line(text, limit=REASON_LENGTH),
        "look": _look,
        "state_sign": _state_sign,
        "state_tone": _state_tone,
    }


# Sign -> the class by which the style sheet puts it before the word; the others are always written out.
_SIGN_CLASSES = {"✓": "v", "○": "r", "◐": "g", "◑": "l", "●": "h", "–": "u", "!": "e", "∅": "o", "·": "p"}  # noqa: RUF001


def _look(face: Face) -> str:
    """Tone and sign as classes."""
    written = face.tone is Tone.BAD or face.mark
    return f"{face.tone} {_SIGN_CLASSES.get(face.sign, '')}".rstrip() if not written else str(face.tone)


def _state_sign(state: State, promised: bool) -> str:  # noqa: FBT001  as a filter has it
    return signs.BROKEN if promised and not state.passing else signs.verdict_sign(state.verdict)


def _state_tone(state: State, promised: bool) -> str:  # noqa: FBT001  as a filter has it
    return signs.Tone.BAD if promised and not state.passing else signs.verdict_tone(state.verdict)


def ticks(text: str) -> Markup:
    """What stands between backticks as code; everything is escaped first."""
    return Markup(_TICKS.sub(r"<code>\1</code>", str(escape(visible(text)))))  # noqa: S704  escaped just before

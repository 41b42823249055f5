"""A comparison in sentences, block by block, for every form that is text.

What is said and in which order is decided here, once; how foreign text is made safe and what a list
looks like is the `Dress` of a form.
"""

import shlex
from collections.abc import Iterator
from typing import Protocol

from matrix.diff.model import HEADINGS, WORSE, Cells, Diff, Entry, Group, Kind, Moved, Shift, Span
from matrix.render.plain import counted, in_words

ARROW = " → "
REASON_LENGTH = 300


class Dress(Protocol):
    """How a form looks. `name` and `quote` are given foreign text and return what shows as that text."""

    def heading(self, text: str) -> str:
        """Above several blocks."""

    def item(self, depth: int, text: str) -> str:
        """One line of a list; depth 0 is the line that a block begins with."""

    def name(self, text: str) -> str:
        """A name: a client, a case, a version, a range of them."""

    def quote(self, text: str, *, limit: int | None = None) -> str:
        """Somebody else's words, or a command, on one line."""


def blocks_of(diff: Diff, dress: Dress) -> Iterator[str]:
    """The summary first, then what got worse, down to what changed around it."""
    yield "\n".join(_summary(diff, dress))
    for kind, heading in HEADINGS.items():
        above = dress.heading(f"{heading} ({_size(diff, kind)})")
        for number, group in enumerate(diff.of(kind)):
            lines = "\n".join(_group(group, dress))
            yield f"{above}\n{lines}" if number == 0 else lines
    listed = {
        "New cases": diff.new_cases,
        "Cases that are no more": diff.dropped_cases,
        "New cells": diff.new_cells,
        "Cells that are no more": diff.dropped_cells,
    }
    for heading, cells in listed.items():
        if cells:
            number = sum(len(each.cells) for each in cells)
            yield "\n".join((dress.heading(f"{heading} ({number})"), *(_cells(each, dress) for each in cells)))
    if diff.environment:
        heading = dress.heading("What changed in the environment of cells")
        yield "\n".join((heading, *(_shift(each, dress) for each in diff.environment)))


def _summary(diff: Diff, dress: Dress) -> Iterator[str]:
    old, new = diff.old, diff.new
    runs = (
        f"{dress.name(each.started)} (leakmatrix {dress.name(each.version)}, {dress.name(each.sandbox)})"
        for each in (old, new)
    )
    yield dress.item(0, ARROW.join(runs))
    yield dress.item(0, _counts(diff))
    if old.sandbox != new.sandbox:
        yield dress.item(0, "The sandbox is another one: an answer may have changed for that alone.")
    if old.version != new.version:
        yield dress.item(0, "leakmatrix itself changed: an answer may have changed for that alone.")


def _counts(diff: Diff) -> str:
    found = [
        f"{number} {word}"
        for word, number in (
            ("got worse", diff.worse),
            ("got worse as listed", _listed(diff)),
            ("later, but in time", _size(diff, *WORSE) - diff.worse - _listed(diff)),
            ("newly without a result", _size(diff, Kind.LOST)),
            ("got better", _size(diff, Kind.GONE, Kind.EARLIER, Kind.STEADY)),
            ("with a result again", _size(diff, Kind.BACK)),
        )
        if number
    ]
    flaky = f" {counted(diff.flaky, 'answer')} flaky in one of them: neither worse nor better." if diff.flaky else ""
    return f"{counted(diff.compared, 'answer')} compared: {', '.join(found) or 'none changed'}.{flaky}"


def _listed(diff: Diff) -> int:
    groups = [group for kind in WORSE for group in diff.of(kind)]
    return sum(len(entry.cells) for group in groups for entry in group.entries if entry.known)


def _size(diff: Diff, *kinds: Kind) -> int:
    return sum(group.size for kind in kinds for group in diff.of(kind))


def _group(group: Group, dress: Dress) -> Iterator[str]:
    parts = [dress.name(group.client)]
    if group.left:
        parts.append(f"{dress.name(group.left)} left")
    if group.fingerprint:
        parts.append(f"fingerprint {dress.name(group.fingerprint)}")
    parts.append(counted(group.size, "answer" if group.entries[0].case else "cell"))
    yield dress.item(0, ", ".join(parts))
    for entry in group.entries:
        yield from _entry(entry, dress)
    if group.held_by:
        yield dress.item(1, f"held by: {dress.quote(' > '.join(group.held_by))}")
    example = group.entries[0]
    if example.case:
        command = f"leakmatrix show {shlex.quote(example.cells[0])} {shlex.quote(example.case)}"
        yield dress.item(1, f"evidence: {dress.quote(command)}")


def _entry(entry: Entry, dress: Dress) -> Iterator[str]:
    what = f"{entry.before}{ARROW}{entry.after}"
    subject = f"{dress.name(entry.case)}: " if entry.case else ""
    thing = f"{dress.name(entry.thing)} " if entry.thing else ""
    growth = f", {dress.quote(entry.growth)}" if entry.growth else ""
    known = f", listed as {dress.quote(entry.known)}" if entry.known else ""
    step = f", from {dress.name(entry.step)}" if entry.step else ""
    yield dress.item(1, f"{subject}{thing}{what}{growth}{known}{step}: {_where(entry.where, dress)}")
    if entry.reason:
        yield dress.item(2, dress.quote(entry.reason, limit=REASON_LENGTH))
    if entry.moved:
        yield dress.item(2, "at the same time: " + ", ".join(_moved(each, dress) for each in entry.moved))
    if entry.unmoved and not entry.step:
        cells = "these cells" if entry.unmoved == len(entry.cells) else f"{entry.unmoved} of {len(entry.cells)} cells"
        yield dress.item(2, f"packages, interpreter and image of {cells} are the same")


def _moved(moved: Moved, dress: Dress) -> str:
    before, after = (dress.name(text) if text else "none" for text in (moved.before, moved.after))
    return f"{dress.name(moved.what)} {before}{ARROW}{after}"


def _where(spans: tuple[Span, ...], dress: Dress) -> str:
    return "; ".join(
        f"{in_words([dress.name(each) for each in span.columns])} on "
        f"{in_words([dress.name(each) for each in span.interpreters])}"
        for span in spans
    )


def _cells(cells: Cells, dress: Dress) -> str:
    status = f", {cells.status}" if cells.status not in {"", "ran"} else ""
    case = f" {dress.name(cells.case)}" if cells.case else ""
    return dress.item(1, f"{dress.name(cells.client)}{case}{status}: {_where(cells.where, dress)}")


def _shift(shift: Shift, dress: Dress) -> str:
    changed = f"{counted(shift.changed, 'answer')} changed there" if shift.changed else "no answer changed there"
    clients, interpreters = (
        in_words([dress.name(each) for each in names]) for names in (shift.clients, shift.interpreters)
    )
    cells = counted(len(shift.cells), "cell")
    return dress.item(1, f"{_moved(shift.moved, dress)}: {cells} of {clients} on {interpreters}, {changed}")

"""What a comparison of two reports is: values only.

A `Change` is one answer that is not what it was; a `Group` joins those that are the same news. All
texts are foreign and unescaped: making them safe is the business of each form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from matrix.model import Header


class Kind(StrEnum):
    """What a change is, in the order in which it is told: what got worse, what was lost, what got better."""

    NEW_LEAK = "new leak"
    LATER = "gone later"
    GROWS = "grows now"
    LOST = "newly without result"
    GONE = "gone"
    EARLIER = "gone earlier"
    STEADY = "grows no more"
    BACK = "back"


WORSE = (Kind.NEW_LEAK, Kind.LATER, Kind.GROWS)

HEADINGS: Mapping[Kind, str] = {
    Kind.NEW_LEAK: "New leaks",
    Kind.LATER: "Gone later than before",
    Kind.GROWS: "Grows now",
    Kind.LOST: "Newly without a result",
    Kind.GONE: "Leaks that are gone",
    Kind.EARLIER: "Gone earlier than before",
    Kind.STEADY: "Grows no more",
    Kind.BACK: "A result again",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """One thing in the environment of a cell that is not what it was; empty: not there."""

    what: str  # "urllib3", "Python", "image", "sandbox"
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One answer (or one cell: `case` is empty) that is not what it was."""

    kind: Kind
    client: str
    case: str
    thing: str = ""  # the kind of resource, where the answer as a whole is the same: "pool slot"
    before: str  # a verdict, or the status of a missing result
    after: str
    reason: str = ""  # of a missing result
    growth: str = ""
    known: str = ""  # the reference of the known leak that covers the new answer
    fingerprint: str = ""
    left: str = ""  # the kind of thing left
    held_by: tuple[str, ...] = ()
    cell: str  # of the new report
    interpreter: str
    column: str
    step: str = ""  # for a cell that is new: what it is compared with, "0.28.1 to 0.29.0"
    moved: tuple[Moved, ...] = ()
    unmoved: bool = False  # nothing around it changed, as far as both cells say
    worse: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Columns and interpreters, each of the ones with each of the others, as ranges."""

    columns: tuple[str, ...]  # ("0.23.3 to 0.28.1", "0.29.0@era")
    interpreters: tuple[str, ...]  # ("3.8 to 3.12", "3.14t")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Changes of a group that differ in nothing but the cell."""

    case: str
    thing: str
    before: str
    after: str
    reason: str  # of the first
    growth: str
    known: str
    step: str
    where: tuple[Span, ...]
    cells: tuple[str, ...]
    moved: tuple[Moved, ...]  # in each of these cells
    unmoved: int  # cells in whose environment nothing changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The same news: one leak by its fingerprint, or one case with one change."""

    kind: Kind
    client: str
    fingerprint: str
    left: str
    held_by: tuple[str, ...]
    worse: bool
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """How many answers."""
        return sum(len(entry.cells) for entry in self.entries)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """Cells (or, with `case`, answers of one case) that only one of the reports has."""

    client: str
    status: str
    case: str = ""
    where: tuple[Span, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """One thing that changed in the environment of some cells, whether or not an answer did."""

    moved: Moved
    clients: tuple[str, ...]
    interpreters: tuple[str, ...]  # as ranges
    cells: tuple[str, ...]
    changed: int  # answers that changed in these cells


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """What is different in `new`."""

    old: Header
    new: Header
    compared: int  # answers that both have
    flaky: int  # of these: not the same each time in one of the reports, and so neither worse nor better
    groups: tuple[Group, ...]
    new_cells: tuple[Cells, ...]
    dropped_cells: tuple[Cells, ...]
    new_cases: tuple[Cells, ...]
    dropped_cases: tuple[Cells, ...]
    environment: tuple[Shift, ...]

    def of(self, kind: Kind) -> tuple[Group, ...]:
        """The groups of one kind."""
        return tuple(group for group in self.groups if group.kind is kind)

    @property
    def worse(self) -> int:
        """Answers that got worse and are no listed leaks."""
        return sum(group.size for group in self.groups if group.worse)

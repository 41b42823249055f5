"""What is asked, and what came of it: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from matrix.bisect.trail import Bad
from matrix.model import Cell, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A case, and the row of cells that it is asked in: oldest version first, all else the same."""

    case: str
    kind: str = ""  # of resource: its own verdict instead of the whole answer's
    python: str
    cells: tuple[Cell, ...]
    good: Cell | None = (
        None  # as given; of one version with other pins or resolved otherwise: its packages are searched
    )
    bad: Cell | None = None
    verdicts: Bad = frozenset()  # what is bad, as given


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """One cell, and its answer, or why there is none."""

    cell: Cell
    verdict: Verdict | None = None
    status: str = ""  # of a missing result: "uninstallable", "import error", "unsupported"
    reason: str = ""
    resolved: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()  # of what was left
    seconds: float = 0.0


class Tester(Protocol):
    """Whoever runs cells: each once."""

    def ask(self, cell: Cell) -> Tried:
        """What comes of a cell. Raises `Enough`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """Two versions of one package, neighbours as far as could be told, with different answers."""

    subject: str  # the client, or a package below it
    held: str = ""  # for a package below: the client and its version
    old: str  # version
    new: str
    before: Tried  # of the older version
    after: Tried
    gaps: tuple[Tried, ...] = ()  # between them, without a result
    untried: tuple[str, ...] = ()  # between them
    candidates: int  # versions in the row
    blame: str = ""  # a sentence: whether it is this package itself
    deeper: tuple["Step", ...] = ()  # in the packages that it depends on


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Everything that was found, and how."""

    question: Question
    bad: Bad
    steps: tuple[Step, ...] = ()
    elsewhere: tuple[tuple[str, str], ...] = ()  # versions between which it changes too
    tried: tuple[Tried, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: bool = False  # before its end, by the limit

    @property
    def complete(self) -> bool:
        """Something was found, nothing between was left untried, and whom to blame was asked to the end."""
        return bool(self.steps) and not self.stopped and not any(step.untried for step in _all(self.steps))


def _all(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return (*steps, *(below for step in steps for below in _all(step.deeper)))

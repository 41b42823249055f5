"""The values that travel between the stages: cells, and the records of a report.

Data only. A cell is planned (`Cell`); what came of it is a `CellRecord` and one
`CaseRecord` for each case. Together with a header and a footer they are a
`Report`, written as JSON lines (`report.jsonl`), whose JSON Schema is generated
from these classes. Later versions add fields with a default; none is renamed.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import ConfigDict

from matrix.guest.wire import PASSING

# NaN and the infinities are no JSON.
_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


class Verdict(StrEnum):
    """The first moment at which everything a case left behind is gone, best first."""

    CLEAN = "clean"
    LATE = "late"
    REFCOUNT = "refcount"
    GC = "gc"
    LOOP = "loop"
    HELD = "held"


class CellStatus(StrEnum):
    """What came of a cell; everything but `RAN` has a reason."""

    RAN = "ran"
    UNINSTALLABLE = "uninstallable"
    IMPORT_ERROR = "import error"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    OOM = "oom"
    CRASHED = "crashed"
    NOT_RUN = "not run"


class CaseStatus(StrEnum):
    """What came of a case; everything but `ANSWERED` has no verdict and a reason."""

    ANSWERED = "answered"
    UNSUPPORTED = "unsupported"
    ERROR = "error"
    TIMEOUT = "timeout"
    OOM = "oom"
    CRASHED = "crashed"
    FLAKY = "flaky"  # measured more than once, and not the same each time: `answers`


class Contract(StrEnum):
    """Who vouches for a case: the client's documentation, nobody, or we ourselves."""

    GUARANTEE = "guarantee"
    HAZARD = "hazard"
    CONTROL = "control"


class Resolve(StrEnum):
    """How dependencies are chosen: what an install gives today, or on the release's own date."""

    NEWEST = "newest"
    ERA = "era"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Cell:
    """One sandbox's work: an interpreter, a client's version and a way of resolving."""

    python: str  # "3.12"
    client: str
    version: str  # exact: "0.27.2"
    pins: tuple[str, ...] = ()  # exact pins of other packages: ("httpcore==0.14.5",)
    resolve: Resolve = Resolve.NEWEST

    @property
    def column(self) -> str:
        """The cell without its interpreter: `0.21.3+httpcore-0.14.5@era`."""
        pins = "".join("+" + pin.replace("==", "-") for pin in self.pins)
        era = "" if self.resolve is Resolve.NEWEST else f"@{self.resolve}"
        return f"{self.version}{pins}{era}"

    @property
    def id(self) -> str:
        """Readable and stable: `py3.9-httpx-0.21.3+httpcore-0.14.5`."""
        return f"{interpreter_id(self.python)}-{self.client}-{self.column}"


def interpreter_id(python: str) -> str:
    """How an interpreter is called in the id of a cell: `py3.12`, `py3.14t`, `pypy3.11`."""
    return python if python.startswith("pypy") else f"py{python}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One line of a stack; `file` is relative to the import path it was found on."""

    __pydantic_config__ = _STRICT

    file: str
    line: int
    function: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """One thing that was still there when the scenario had returned."""

    __pydantic_config__ = _STRICT

    kind: str  # "socket", "descriptor", "thread"
    what: str  # "TCP 127.0.0.1:40112 -> 127.1.0.7:8080", "pipe", "thread 'worker'"
    state: str | None = None  # "ESTABLISHED", "CLOSE_WAIT"; threads: "alive", "daemon"
    verdict: Verdict  # the rung at which this very thing was gone
    created: tuple[Frame, ...] = ()  # innermost last; empty: not seen
    wrapped: tuple[Frame, ...] = ()  # where another object took the descriptor over: TLS
    held_by: tuple[str, ...] = ()  # from a root to the thing, one reference each
    fingerprint: str = ""  # equal for the same leak in every interpreter and client version
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """What Python or the client said of it. Evidence, never a verdict."""

    __pydantic_config__ = _STRICT

    category: str  # "ResourceWarning", "asyncio", "unraisable"
    message: str
    moment: str  # "scenario", or the rung on the way to which it was said


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One connection as the peer saw it, in seconds since the scenario began."""

    __pydantic_config__ = _STRICT

    opened: float
    closed: float | None = None
    how: str | None = None  # "fin", "reset", "closed by peer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """What one creation site left after each repetition."""

    __pydantic_config__ = _STRICT

    kind: str
    site: str  # "socket.py:233 in __init__": the innermost line; empty: unseen
    counts: tuple[int, ...]
    growth: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """First line of a report."""

    __pydantic_config__ = _STRICT

    record: Literal["header"] = "header"
    protocol: int
    tool: Literal["leakmatrix"] = "leakmatrix"
    version: str
    started: str  # ISO 8601, UTC
    sandbox: str
    sandbox_reason: str = ""  # why this sandbox and not the other
    plan: str = ""  # a hash of the cells that were planned, and of what they run; empty: joined from several
    shard: str = ""  # which part of the plan this is: "2/3"; "1,3/3" where some are missing; empty: the whole


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRecord:
    """What came of one cell."""

    __pydantic_config__ = _STRICT

    record: Literal["cell"] = "cell"
    cell: str
    python: str  # what ran, "3.12.1"; what was asked for where nothing ran
    interpreter: str  # what was asked for, "3.12": a section of the table
    client: str
    version: str
    column: str  # the client's column: the version with its pins and way of resolving
    resolved: dict[str, str] = field(default_factory=dict)  # package -> version
    status: CellStatus
    reason: str | None = None
    sandbox: str
    image: str | None = None
    seconds: float = 0.0
    reused: bool = False
    ran: str = ""  # when, ISO 8601, UTC: for a reused result before this run
    key: str = ""  # a hash of all that can change the result; empty: nothing that could be reused
    built: str = ""  # wheels that are on no index, built from sdists in a sandbox of this cell's kind
    retried: str = ""  # what went wrong the first time, where that was not the client's doing
    own: str = ""  # the cases of somebody's own that it ran, as they were named; empty: the built-in ones


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRecord:
    """The answer of one case in one cell."""

    __pydantic_config__ = _STRICT

    record: Literal["case"] = "case"
    cell: str
    case: str  # "session[left_open]"
    contract: Contract
    sentence: str = ""  # what the row means, for somebody who has not read the code
    subject: str = ""  # the heading that it stands under: what its file of cases is about
    promise: str = ""  # guarantees: what the client's documentation says, and where
    fix: str = ""  # the case beside it that shows the same use put right
    status: CaseStatus = CaseStatus.ANSWERED
    verdict: Verdict | None = None
    reason: str | None = None
    passed: bool | None = None  # guarantees with a verdict: does it hold
    known: str | None = None  # the reference of the known leak that covers this answer
    mismatch: str | None = None  # where the list of known leaks and this answer disagree: news, either way
    growth: str | None = None  # "constant 1", "+1 per call"; None: nothing outlives a call, or not repeated
    rungs: dict[str, int] = field(default_factory=dict)  # rung -> things still there after it
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)  # kind -> (before, returned)
    kinds: dict[str, Verdict] = field(default_factory=dict)  # the verdict of each kind that was left
    marks: dict[str, float] = field(default_factory=dict)  # rung -> its end, in seconds since the scenario began
    connections: tuple[Connection, ...] = ()
    peer_open: int | None = None  # connections that the peer still has open after the last rung
    sensors: tuple[str, ...] = ()  # where they disagree: "kernel: 1 ESTABLISHED, Python: none: native code"
    left: tuple[Left, ...] = ()
    warnings: tuple[Warned, ...] = ()
    series: tuple[Series, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)  # rule -> how many things it explained
    bare: Verdict | None = None  # the same without instruments: the kernel and the peer only
    cost: float | None = None  # seconds that the detector added before anything was seen left
    seconds: float = 0.0
    answers: dict[str, int] = field(default_factory=dict)  # flaky: verdict -> how many times

    @property
    def silent(self) -> bool:
        """No answer where there should be one; a guarantee that is now clean, now late, holds either way."""
        if self.status is CaseStatus.FLAKY:
            seen = set(self.answers)
            return not (self.contract is Contract.GUARANTEE and seen and seen <= set(PASSING))
        return self.status in {CaseStatus.ERROR, CaseStatus.TIMEOUT, CaseStatus.OOM, CaseStatus.CRASHED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Footer:
    """Last line of a report; a report without it was cut short."""

    __pydantic_config__ = _STRICT

    record: Literal["footer"] = "footer"
    cells: int
    cases: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A whole run: what was planned, and what came of it."""

    header: Header
    cells: tuple[CellRecord, ...]
    cases: tuple[CaseRecord, ...]

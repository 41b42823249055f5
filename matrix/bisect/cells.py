"""Real cells, asked one at a time through the pipeline, in whichever sandbox. Each is run as any other cell is."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from matrix import pipeline
from matrix.bisect.model import Tried
from matrix.bisect.trail import Enough
from matrix.config import Config
from matrix.errors import EnvironmentLacks, UsageError
from matrix.kit import Nobody
from matrix.model import CaseRecord, CaseStatus, Cell, CellStatus, Report, Resolve, Verdict
from matrix.sandbox import Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What all cells of a search have in common."""

    config: Config
    sandbox: Sandbox
    why: str
    interpreters: dict[str, str]
    case: str
    kind: str = ""
    own: Path | None = None
    limit: int | None = None
    tell: Callable[[Tried], None] = lambda _: None


@dataclass(slots=True)
class Cells:
    """A `Tester`: runs cells until the limit is reached, and keeps their reports."""

    ground: Ground
    reports: list[Report] = field(default_factory=list)
    interrupted: bool = False

    def ask(self, cell: Cell) -> Tried:
        """Run one cell. Raises `Enough` when there have been as many as may be, or the run was interrupted."""
        if self.interrupted or len(self.reports) == self.ground.limit:
            raise Enough
        try:
            done = self._run(cell)
            if _busy(done, self.ground.case):
                done = self._run(cell)
            tried = _tried(cell, done, self.ground)
            self.reports.append(done)
            self.ground.tell(tried)
        except KeyboardInterrupt:  # before, or after, what a run does in order
            self.interrupted = True
            raise Enough from None
        return tried

    def whole(self) -> Report | None:
        """All that was run, as one report: `leakmatrix show` tells more of each."""
        if not self.reports:
            return None
        return replace(
            self.reports[0],
            cells=tuple(cell for each in self.reports for cell in each.cells),
            cases=tuple(case for each in self.reports for case in each.cases),
        )

    def _run(self, cell: Cell) -> Report:
        ground = self.ground
        client = replace(ground.config.clients[cell.client], cases=None)
        config = replace(ground.config, cases=(ground.case,), clients={cell.client: client})
        plan = pipeline.Planned(config=config, cells=(cell,), interpreters=ground.interpreters)
        with TemporaryDirectory(prefix="leakmatrix-bisect-") as folder:
            options = pipeline.Options(out=Path(folder), workers=1, own=ground.own)
            ran = pipeline.execute(plan, ground.sandbox, ground.why, options=options, watcher=Nobody())
        if ran.interrupted:
            raise KeyboardInterrupt
        return ran.report


def _case_of(done: Report, name: str) -> CaseRecord | None:
    return next((case for case in done.cases if case.case == name), None)


def _busy(done: Report, name: str) -> bool:
    """Whether a busy machine may be to blame: before a version is taken for a gap it is run once more."""
    found = _case_of(done, name)
    late = found is not None and found.status is CaseStatus.TIMEOUT
    return late or done.cells[0].status in {CellStatus.INVALID, CellStatus.TIMEOUT}


def _tried(cell: Cell, done: Report, ground: Ground) -> Tried:
    (record,) = done.cells
    found = _case_of(done, ground.case)
    if record.status is CellStatus.NOT_RUN and cell.resolve is not Resolve.ERA:  # which needs the release's date
        raise EnvironmentLacks(f"{cell.id} could not be run: {record.reason}")
    if record.status is CellStatus.RAN and found is None:
        raise UsageError(f"no case {ground.case} for {cell.client}", hint="name one case, with its brackets")
    verdict = _verdict(found, ground.kind) if found else None
    silent = None if verdict else found or record
    return Tried(
        cell=cell,
        verdict=verdict,
        status=str(silent.status) if silent else "",
        reason=(silent.reason or "") if silent else "",
        resolved=dict(record.resolved),
        kinds=tuple(found.kinds) if found else (),
        seconds=record.seconds,
    )


def _verdict(case: CaseRecord, kind: str) -> Verdict | None:
    if case.verdict is None or not kind:
        return case.verdict
    return case.kinds.get(kind, Verdict.CLEAN)

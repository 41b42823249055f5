"""Each cell's result of this run on disk, before the next begins; at the end, all of them in the order of the plan."""

from pathlib import Path

from matrix import collect, report, reuse
from matrix.collect import Outcome
from matrix.file_names import file_name
from matrix.model import Cell, CellStatus, Header, Report


class Keeper:
    """The results of one run, below its folder."""

    def __init__(self, header: Header, out: Path) -> None:
        self._header = header
        self._folder = out / report.CELLS
        self._kept: dict[str, Outcome] = {}
        report.remove_cells(out)
        report.make_folder(self._folder)  # before the first cell has cost time

    def keep(self, outcome: Outcome) -> None:
        """Write one cell's result, whole or not at all; one that is there is replaced."""
        single = Report(header=self._header, cells=(outcome.cell,), cases=outcome.cases)
        report.write(single, self._folder / f"{file_name(outcome.cell.cell)}.jsonl")
        self._kept[outcome.cell.cell] = outcome

    def keep_verified(self, outcome: Outcome) -> None:
        """The same for a cell that has been run again; without a whole answer it says nothing against the first."""
        if reuse.reusable(outcome):
            self.keep(outcome)

    def of(self, cell: str) -> Outcome | None:
        """What is kept of a cell."""
        return self._kept.get(cell)

    def whole(self, cells: tuple[Cell, ...]) -> Report:
        """All cells in the order of the plan; those that were not reached say so."""
        missing = [
            collect.without_result(cell, CellStatus.NOT_RUN, "interrupted", sandbox=self._header.sandbox)
            for cell in cells
            if cell.id not in self._kept
        ]
        ordered = collect.in_order(cells, [*self._kept.values(), *missing])
        return Report(
            header=self._header,
            cells=tuple(outcome.cell for outcome in ordered),
            cases=tuple(case for outcome in ordered for case in outcome.cases),
        )

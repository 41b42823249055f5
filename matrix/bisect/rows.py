"""A row of cells that differ in the version of one package, and what a search found in it, by its names."""

from dataclasses import dataclass

from matrix.bisect.model import Step, Tester
from matrix.bisect.search import Edge
from matrix.bisect.trail import Trail
from matrix.model import Cell, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Versions of one package, oldest first, and the cell of each."""

    subject: str
    versions: tuple[str, ...]
    cells: tuple[Cell, ...]
    tester: Tester
    held: str = ""

    def trail(self) -> Trail:
        """Asks the cells by index."""
        return Trail(self._verdict)

    def step(self, edge: Edge) -> Step:
        """An edge between two cells that were asked: asking again costs nothing."""
        ask = self.tester.ask
        return Step(
            subject=self.subject,
            held=self.held,
            old=self.versions[edge.low],
            new=self.versions[edge.high],
            before=ask(self.cells[edge.low]),
            after=ask(self.cells[edge.high]),
            gaps=tuple(ask(self.cells[gap]) for gap in edge.gaps),
            untried=tuple(self.versions[index] for index in edge.untried),
            candidates=len(self.versions),
        )

    def _verdict(self, index: int) -> Verdict | None:
        return self.tester.ask(self.cells[index]).verdict

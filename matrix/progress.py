"""Live progress of a run on a terminal; a line for each cell where there is none."""

import time
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from matrix.age import age
from matrix.collect import Outcome
from matrix.model import Cell, CellRecord
from matrix.render.plain import one_line


class Progress:
    """A `run.Watcher`: how many cells of how many, what runs now, how long it may take."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._done = 0
        self._running: dict[str, float] = {}
        self._lock = Lock()
        # Where the terminal is narrow, what runs now is cut, and nothing else.
        cut, whole = Column(ratio=1, no_wrap=True, overflow="ellipsis"), Column(no_wrap=True, min_width=7)
        self._bar = Bar(
            TextColumn("{task.description}", table_column=cut),
            BarColumn(bar_width=16),
            MofNCompleteColumn(table_column=whole),
            TimeElapsedColumn(table_column=whole),
            TextColumn("left:"),
            TimeRemainingColumn(table_column=whole),
            expand=True,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("cells", total=total)

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def started(self, cell: Cell) -> None:
        """A cell has begun."""
        with self._lock:
            self._running[cell.id] = time.monotonic()
            self._describe()

    def finished(self, outcome: Outcome) -> None:
        """A cell has ended."""
        record = outcome.cell
        with self._lock:
            self._running.pop(record.cell, None)
            self._done += 1
            self._bar.advance(self._task)
            self._describe()
            line = (
                f"[{self._done}/{self._total}] {record.cell}  {record.status}  {_took(record)}  {_why(record)}".strip()
            )
            # The width of a pipe is 80; nothing is to be wrapped or cut there.
            self._bar.console.print(Text(line), soft_wrap=True)

    def more(self, cells: int) -> None:
        """There is more to do than was planned."""
        with self._lock:
            self._total += cells
            self._bar.update(self._task, total=self._total)

    def _describe(self) -> None:
        names = sorted(self._running)
        shown = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
        self._bar.update(self._task, description=shown or "cells")


def _took(record: CellRecord) -> str:
    if record.reused:
        return f"reused, {age(record.ran) or 'nobody knows how'} old"
    return f"{record.seconds:.1f} s"


def _why(record: CellRecord) -> str:
    said = [_first_line(record.reason or "")]
    if not record.reused:
        said += [f"run again, for {_first_line(record.retried)}"] if record.retried else []
        said += [f"built in the {record.sandbox} sandbox: {record.built}"] if record.built else []
    return one_line("; ".join(filter(None, said)))


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

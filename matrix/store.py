"""Finished results on disk, by key: what a later run takes instead of running a cell again.

Below the cache folder, each a small report, written beside and renamed; what cannot be read
is not there. When a result may be taken is `reuse.py`'s to say.
"""

import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from matrix import report, reuse
from matrix.collect import Outcome
from matrix.errors import EnvironmentLacks, ReportError
from matrix.model import Header, Report

KIND = "results"
# A result that nobody has asked for in so long is removed.
UNUSED = 120 * 86_400.0


class Store:
    """The results in one folder. A folder that cannot be written to costs time later, and nothing now."""

    def __init__(self, folder: Path, header: Header) -> None:
        self._folder = folder
        self._header = header
        self._lock = threading.Lock()
        self.trouble = ""  # why something could not be kept

    def find(self, key: str) -> Outcome | None:
        """The result under a key, as one that is reused."""
        kept = self._read(key)
        if kept is None:
            return None
        with suppress(OSError):
            os.utime(self._path(key))  # it is in use
        return reuse.reused(kept)

    def keep(self, outcome: Outcome) -> Outcome:
        """Keep a new measurement, if it may be reused. What is to be shown of it: with what was measured before."""
        if outcome.cell.reused or not reuse.reusable(outcome):
            return outcome
        kept = reuse.measured(outcome, self._read(outcome.cell.key))
        single = Report(header=self._header, cells=(kept.cell,), cases=kept.cases)
        try:
            report.write(single, self._path(kept.cell.key))
        except EnvironmentLacks as error:
            with self._lock:
                self.trouble = error.message
        return reuse.shown(kept)

    def prune(self) -> None:
        """Remove what has not been asked for in a long time."""
        for path in self._folder.glob("*/*.jsonl"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > UNUSED:
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.jsonl"

    def _read(self, key: str) -> Outcome | None:
        path = self._path(key)
        if not key or not path.is_file():
            return None
        try:
            read = report.read(path)
        except ReportError:
            return None
        if len(read.cells) != 1 or read.cells[0].key != key:
            return None
        return Outcome(cell=replace(read.cells[0], reused=False), cases=read.cases)

"""Threads of this process: cells mostly wait for their sandboxes."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from matrix.executors import Opened
from matrix.kit import Kit
from matrix.model import Cell


@contextmanager
def executor(cells: Sequence[Cell], _: Kit, at_a_time: int | None) -> Iterator[Opened]:
    """A thread for each cell that runs at a time, by default two for each processor."""
    number = at_a_time or 2 * (os.cpu_count() or 1)
    with ThreadPoolExecutor(max(1, min(number, len(cells)))) as pool:
        yield Opened(executor=pool)

"""Who runs the cells: threads of this process, or the workers of a cluster.

All are executors of `concurrent.futures`, and `matrix.run` knows no more of them. How a
cell is run is not here.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import NamedTuple

from matrix.kit import Kit
from matrix.model import Cell
from matrix.run import Measured


class Opened(NamedTuple):
    """An executor, and what it is to be handed where a kit cannot travel to it."""

    executor: Executor
    measured: Measured | None = None


# For these cells, with this kit, so many at a time (None: as many as is usual).
Executors = Callable[[Sequence[Cell], Kit, int | None], AbstractContextManager[Opened]]

"""Workers of a sandbox, lent one at a time: made when they are first needed, ended when they fail or with the run."""

import queue
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Self

from matrix.sandbox import Sandbox, Worker


class Workers:
    """The workers of one run."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._opened: dict[int, AbstractContextManager[Worker]] = {}  # by the identity of the worker
        self._lock = threading.Lock()

    @contextmanager
    def lend(self, *, fresh: bool = False) -> Iterator[Worker]:
        """A worker for one cell; a fresh one shares nothing with what failed. One that fails is ended."""
        worker = self._open() if fresh else self._idle_one() or self._open()
        try:
            yield worker
        except BaseException:
            self._end(worker)
            raise
        self._idle.put(worker)

    def _idle_one(self) -> Worker | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _open(self) -> Worker:
        opened = self._sandbox.worker()
        worker = opened.__enter__()  # outside the lock: starting a peer takes a moment
        with self._lock:
            self._opened[id(worker)] = opened
        return worker

    def _end(self, worker: Worker) -> None:
        with self._lock:
            opened = self._opened.pop(id(worker))
        opened.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            opened = list(self._opened.values())
            self._opened.clear()
        for each in opened:
            each.__exit__(None, None, None)

"""Made once for each key, by whoever asks first; who asks meanwhile waits for that one, not for the others.

For one process and one run. What failed is not remembered: the next who asks tries again.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Made = TypeVar("Made")


class Once(Generic[Key, Made]):
    """What was made, by key."""

    def __init__(self) -> None:
        self._made: dict[Key, Future[Made]] = {}
        self._lock = threading.Lock()

    def get(self, key: Key, make: Callable[[], Made]) -> Made:
        """What there is for this key; `make` is called by one of those who ask for it at the same time."""
        with self._lock:
            future = self._made.get(key)
            mine = future is None
            if future is None:
                future = self._made[key] = Future()
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                with self._lock:
                    del self._made[key]
                future.set_exception(error)
                raise
        return future.result()

"""A program of its own: ends the guests of a process sandbox whose runner was killed, and removes their folders.

    python -I reaper.py

It reads lines: `+ SESSION FOLDER` when a guest has started, `- SESSION FOLDER` when it has ended. At the
end of its input, which is when the runner is gone, it ends the sessions that are left. A
module, too, for the one function that the runner itself needs.
"""

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def kill_session(leader: int) -> None:
    """End a session: each case of a guest has a process group of its own in it."""
    for pid in _session(leader):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _session(leader: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                yield int(stat.parent.name)


def watch(lines: Iterable[str]) -> None:
    """Until the end of the lines; then end what is left."""
    running: dict[int, str] = {}
    for line in lines:
        sign, session, folder = line.rstrip("\n").split(" ", 2)
        if sign == "+":
            running[int(session)] = folder
        else:
            running.pop(int(session), None)
    for leader, folder in running.items():
        kill_session(leader)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    watch(sys.stdin)

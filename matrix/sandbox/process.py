"""The embedded sandbox: cells in child processes of this host, on the interpreters found here.

For where no engine answers. A time limit and a process group of its own, an empty
environment, a scratch folder: that is all the isolation there is, and it says so.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from matrix.errors import EnvironmentLacks
from matrix.guest import wire
from matrix.model import CellStatus
from matrix.provision import interpreters
from matrix.sandbox import Ended, Work, variables


class ProcessSandbox:
    """Child processes."""

    name = "process"
    platform = ""

    def __init__(self, say: Callable[[str], None] = lambda _: None) -> None:
        if not sys.platform.startswith("linux"):
            raise EnvironmentLacks(
                f"the process sandbox reads Linux's /proc, and this is {sys.platform}",
                hint="use --sandbox docker: it runs wherever an engine answers",
            )
        self._say = say
        self._found: Mapping[str, interpreters.Interpreter] = interpreters.on_host()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Name -> version of the interpreters of this host."""
        self._found = interpreters.obtain(wanted, self._found, self._say)
        return {name: found.version for name, found in self._found.items()}

    @contextmanager
    def worker(self) -> Iterator["ProcessWorker"]:
        """A peer as a child of ours: it ends when our end of its standard input does."""
        command = (sys.executable, "-m", "matrix.peer", "--port", "0", "--tls-port", "0", "--until-eof")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
            try:
                said = peer.stdout.readline() if peer.stdout else b""
                if not said:
                    raise EnvironmentLacks(
                        "the HTTP peer does not start", hint="run `python -m matrix.peer` to see why"
                    )
                ports = json.loads(said)
                named = {name: ports[name] for name in ("port", "tls_port", "ports")}
                yield ProcessWorker(self, {"host": "127.0.0.1", **named})
            finally:
                peer.terminate()

    def stop(self) -> None:
        """Kill every cell that runs, with all that it started."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                _kill(process)

    def close(self) -> None:
        """Nothing outlives its worker."""

    def run(self, work: Work, peer: Mapping[str, Any]) -> Ended:
        """One cell in one child process."""
        with tempfile.TemporaryDirectory(prefix="leakmatrix-") as scratch:
            folder = Path(scratch)
            job = {**work.job, "peer": peer, "answer": f"{folder}/answer.jsonl", "scratch": scratch}
            (folder / "job.json").write_text(json.dumps(job))
            status, reason = self._wait(work, folder)
            return Ended(answer=_read(folder / "answer.jsonl"), status=status, reason=reason)

    def _wait(self, work: Work, folder: Path) -> tuple[CellStatus | None, str]:
        python = self._found[work.python].executable
        environment = variables.of(part.path for part in work.folders)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                (python, "-m", "matrix.guest", str(folder / "job.json")),
                cwd=folder,
                env={**environment, "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                self._enter(process)
                code = process.wait(work.limits.cell_seconds)
            except subprocess.TimeoutExpired:
                return CellStatus.TIMEOUT, f"still running after {work.limits.cell_seconds:g} s"
            finally:
                self._leave(process)
        if code != 0:
            return CellStatus.CRASHED, f"the guest ended with exit code {code}\n{_tail(folder / 'log')}"
        return None, ""

    def _enter(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.add(process)
            if self._stopped:
                _kill(process)

    def _leave(self, process: subprocess.Popen[bytes]) -> None:
        _kill(process)
        process.wait()
        with self._lock:
            self._running.discard(process)


class ProcessWorker:
    """One peer, and the cells that talk to it."""

    def __init__(self, sandbox: ProcessSandbox, peer: Mapping[str, Any]) -> None:
        self._sandbox = sandbox
        self._peer = peer

    def run(self, work: Work) -> Ended:
        """Run one cell."""
        return self._sandbox.run(work, self._peer)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the session that the guest leads: each of its cases has a process group of its own in it."""
    for pid in _session(process.pid):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _session(leader: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                yield int(stat.parent.name)


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as answer:
            return answer.read(wire.MAX_ANSWER_BYTES + 1)
    except OSError:
        return None


def _tail(path: Path) -> str:
    return path.read_bytes()[-wire.MAX_TEXT :].decode("utf-8", "replace").strip()

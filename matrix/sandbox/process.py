"""The embedded sandbox: cells in child processes of this host, on the interpreters found here.

For where no engine answers. Limits on time, files and their size, a session of its own, an empty
environment, a scratch folder: that is all the isolation there is, and it says so.
"""

import json
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from matrix.config import Limits
from matrix.errors import EnvironmentLacks
from matrix.guest import wire
from matrix.model import CellStatus
from matrix.provision import interpreters
from matrix.provision.folders import Folder, digest_of
from matrix.sandbox import Building, Ended, Trouble, Work, machinery, reaper, variables

# As in a container: of the file that it answers with, and of its log, which nobody reads to its end.
_LARGEST_FILE = 64 << 20
# With less of it free, it was not the guest that failed.
_ROOM = 1 << 20
# No packages of the interpreter's own, which a client might find, and no code in .pth files: an image has neither.
_ALONE = ("-S",)


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
        self._reaper: subprocess.Popen[str] | None = None

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        """Name -> version of the interpreters of this host."""
        self._found = interpreters.obtain(wanted, self._found, self._say)
        return {name: found.version for name, found in self._found.items()}

    def machinery(self, python: str) -> str | None:
        """The executable, and what the peer speaks with."""
        found = self._found[python]
        stamp = found.executable.stat()
        parts = (found.version, str(found.executable), str(stamp.st_size), str(stamp.st_mtime_ns))
        here = (platform.machine(), *platform.libc_ver(), machinery.peer_here())
        return digest_of((machinery.source(), *_ALONE, *parts, *here))

    def prepare(self, work: Work) -> None:
        """All is there."""

    def prepare_worker(self) -> None:
        """All is there."""

    @contextmanager
    def worker(self) -> Iterator["ProcessWorker"]:
        """A peer as a child of ours: it ends when our end of its standard input does."""
        command = (sys.executable, "-m", "matrix.peer", "--port", "0", "--tls-port", "0", "--until-eof")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
            try:
                said = peer.stdout.readline() if peer.stdout else b""
                if not said:
                    raise Trouble("the HTTP peer does not start: run `python -m matrix.peer` to see why")
                ports = json.loads(said)
                named = {name: ports[name] for name in ("port", "tls_port", "ports")}
                yield ProcessWorker(self, {"host": "127.0.0.1", **named}, peer)
            finally:
                peer.terminate()

    def stop(self) -> None:
        """Kill every cell that runs, with all that it started."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                reaper.kill_session(process.pid)

    def close(self) -> None:
        """Nothing outlives its worker but the reaper."""
        with self._lock:
            if self._reaper is not None:
                self._reaper.communicate()
                self._reaper = None

    def run(self, work: Work, peer: Mapping[str, Any]) -> Ended:
        """One cell in one child process."""
        return self._guest("matrix.guest", work.python, work.folders, {**work.job, "peer": peer}, work.limits)

    def build(self, building: Building) -> Ended:
        """One build in one child process of this host."""
        job = {**building.job, "sdist": str(building.source.path / building.job["sdist"])}
        folders = (building.requires, building.code)
        with _trouble():
            return self._guest("matrix.guest.build_wheel", building.python, folders, job, building.limits)

    def _guest(
        self, module: str, python: str, folders: Sequence[Folder], job: Mapping[str, Any], limits: Limits
    ) -> Ended:
        """That module at its job, in a folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="leakmatrix-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)
            job = {**job, "answer": f"{folder}/answer.jsonl", "scratch": scratch}
            (folder / "job.json").write_text(json.dumps(job))
            command = (str(self._found[python].executable), *_ALONE, "-m", module, str(folder / "job.json"))
            status, reason = self._wait(command, variables.of(part.path for part in folders), folder, limits)
            if status is CellStatus.CRASHED and shutil.disk_usage(folder).free < _ROOM:
                raise Trouble(f"this machine: No space left on device, for the scratch folder in {folder.parent}")
            return Ended(answer=_read(folder / "answer.jsonl"), status=status, reason=reason)

    def _wait(
        self, command: Sequence[str], environment: Mapping[str, str], folder: Path, limits: Limits
    ) -> tuple[CellStatus | None, str]:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env={**environment, "TMPDIR": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                _limit(process.pid, limits)
                self._enter(process, folder)
                code = process.wait(limits.cell_seconds)
            except subprocess.TimeoutExpired:
                return CellStatus.TIMEOUT, f"still running after {limits.cell_seconds:g} s"
            finally:
                self._leave(process, folder)
        if code != 0:
            return CellStatus.CRASHED, f"the guest ended with exit code {code}\n{_tail(folder / 'log')}"
        return None, ""

    def _enter(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        with self._lock:
            self._running.add(process)
            self._tell(f"+ {process.pid} {folder}")
            if self._stopped:
                reaper.kill_session(process.pid)

    def _leave(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        reaper.kill_session(process.pid)
        process.wait()
        with self._lock:
            self._running.discard(process)
            self._tell(f"- {process.pid} {folder}")

    def _tell(self, line: str) -> None:
        """Tell who ends the guests if this process is killed; started when there is something to tell."""
        if self._reaper is None:
            command = (sys.executable, "-I", reaper.__file__)
            self._reaper = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        if self._reaper.stdin:
            with suppress(BrokenPipeError):
                self._reaper.stdin.write(line + "\n")
                self._reaper.stdin.flush()


class ProcessWorker:
    """One peer, and the cells that talk to it."""

    def __init__(self, sandbox: ProcessSandbox, peer: Mapping[str, Any], process: subprocess.Popen[bytes]) -> None:
        self._sandbox = sandbox
        self._peer = peer
        self._process = process

    def run(self, work: Work) -> Ended:
        """Run one cell."""
        with _trouble():
            ended = self._sandbox.run(work, self._peer)
        code = self._process.poll()
        if code is not None:
            raise Trouble(f"the HTTP peer has ended (exit code {code})")
        return ended


@contextmanager
def _trouble() -> Iterator[None]:
    """What the operating system refuses us: room for files, a process."""
    try:
        yield
    except OSError as error:
        raise Trouble(f"this machine: {error.strerror or error}") from error


def _limit(pid: int, limits: Limits) -> None:
    """What needs no container. Set from here: code between fork and exec is a risk where there are threads."""
    most_of = {
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_FSIZE: _LARGEST_FILE,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in most_of.items():
        with suppress(ProcessLookupError, ValueError, PermissionError):  # it has ended; or the host allows less
            resource.prlimit(pid, limit, (most, most))


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as answer:
            return answer.read(wire.MAX_ANSWER_BYTES + 1)
    except OSError:
        return None


def _tail(path: Path) -> str:
    return path.read_bytes()[-wire.MAX_TEXT :].decode("utf-8", "replace").strip()

"""`matrix.sandbox.reaper`: guests end with a runner that is killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matrix.sandbox import reaper

DEADLINE = 60.0


def eventually(check: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE
    while not check():
        assert time.monotonic() < end
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def guest(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A session that would live for an hour, and its folder."""
    folder = tmp_path / "scratch of a cell"
    folder.mkdir()
    (folder / "file").touch()
    with subprocess.Popen(("sleep", "3600"), start_new_session=True) as process:
        yield process.pid, folder
        process.kill()


def test_ended_with_its_runner(guest: tuple[int, Path]) -> None:
    """At the end of the input what still runs is ended, and its folder is gone."""
    pid, folder = guest
    reaper.watch([f"+ {pid} {folder}\n"])
    eventually(lambda: gone(pid))
    assert not folder.exists()


def test_what_has_ended_is_left_alone(guest: tuple[int, Path]) -> None:
    """A session that has ended may have given its number to another."""
    pid, folder = guest
    reaper.watch([f"+ {pid} {folder}\n", f"- {pid} {folder}\n"])
    assert not gone(pid)
    assert folder.exists()


RUNNER = """
    import sys, threading
    sys.path.insert(0, {tests!r})
    from pathlib import Path
    from matrix.config import Limits
    from matrix.provision.folders import Folder
    from matrix.sandbox import Work
    from matrix.sandbox.process import ProcessSandbox

    code = Folder(kind="code", digest="x", path=Path({code!r}))
    work = Work(cell="x", python={python!r}, packages=code, runner=code, code=code, job={{}}, limits=Limits())
    with ProcessSandbox().worker() as worker:
        worker.run(work)
"""


def test_runner_is_killed(tmp_path: Path) -> None:
    """A guest of a runner that has SIGKILL does not go on without it."""
    guest = tmp_path / "code" / "matrix" / "guest"
    guest.mkdir(parents=True)
    for folder in (guest, guest.parent):
        (folder / "__init__.py").touch()
    told = tmp_path / "pid"
    (guest / "__main__.py").write_text(
        f"import os, time\nopen({str(told)!r}, 'w').write('%d %s\\n' % (os.getpid(), os.getcwd()))\ntime.sleep(3600)\n"
    )
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    script = RUNNER.format(tests=str(Path.cwd()), code=str(tmp_path / "code"), python=python)
    with subprocess.Popen((sys.executable, "-c", textwrap.dedent(script)), stderr=subprocess.DEVNULL) as runner:
        eventually(lambda: told.exists() and told.read_text().endswith("\n"))
        pid, _, folder = told.read_text().strip().partition(" ")
        os.kill(runner.pid, signal.SIGKILL)
    eventually(lambda: gone(int(pid)))
    eventually(lambda: not Path(folder).exists())

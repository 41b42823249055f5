"""What the tests of the host share: an index of tiny wheels, a sandbox that only answers, the command.

Tiny fakes that are addressed like the real thing: uv is real, its index is a folder; the
client under test is a wheel named `requests` that is clean, leaks, hangs or talks rubbish.
Also read by the interpreters that the guest's tests run on: plain Python 3.8 at the top.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

    from matrix.model import CaseRecord, Cell, Report
    from matrix.sandbox import Ended, Work

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
REQUIRE_ENGINE = "LEAKMATRIX_REQUIRE_ENGINE"


@lru_cache(maxsize=1)
def _no_engine() -> str:
    """Why there is none; empty where one answers."""
    from matrix.errors import EnvironmentLacks
    from matrix.sandbox.docker import connect

    try:
        connect().close()
    except EnvironmentLacks as error:
        return error.message
    return ""


def pytest_configure() -> None:
    """What the tests start can be interrupted, also where a shell with `&` has Ctrl-C ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """With `--dist loadfile`, all files that need an engine are for one worker: some look at all that is in it."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    with_engine = [str(path) for path in Path(__file__).parent.rglob("test_*.py") if "mark.engine" in path.read_text()]

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "engine" if str(config.rootpath / file) in with_engine else file

    return Scheduling(config, log)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs an engine says so where there is none; it fails where one is required."""
    if item.get_closest_marker("engine") is None or not _no_engine():
        return
    if os.environ.get(REQUIRE_ENGINE, "0") != "0":
        pytest.fail(f"{REQUIRE_ENGINE} is set, and {_no_engine()}", pytrace=False)
    pytest.skip(_no_engine())


# An index in a folder.

CLEAN = """
import contextlib, http.client, sys, urllib.parse

sys.modules["requests.adapters"] = sys.modules[__name__]  # which the adapter imports from, and uses when asked to
HTTPAdapter = None

class exceptions:
    ConnectionError = HTTPError = InvalidSchema = SSLError = Timeout = TooManyRedirects = OSError

class Response:
    def __init__(self, answer):
        self.status_code, self.content = answer.status, answer.read()
        if 300 <= self.status_code < 400:
            raise exceptions.TooManyRedirects("it follows none")
    def close(self):
        pass

class Session:
    adapters = {}

    def get(self, url, stream=False, timeout=None):
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port)
        self.connection.request("GET", parts.path)
        return Response(self.connection.getresponse())
    def close(self):
        self.connection.close()
    def __enter__(self):
        return self
    def __exit__(self, *_):
        self.close()

def get(url):
    with Session() as session:
        return session.get(url)
"""
LEAKS = CLEAN + "\nKEPT = []\nSession.close = lambda self: KEPT.append(self.connection)\n"
SLOW_CASE = CLEAN + "\nimport time\ndef get(url):\n    time.sleep(3600)\n"
SLOW_IMPORT = "import time\ntime.sleep(3600)\n"
NO_IMPORT = "raise ImportError('this version needs cgi')\n"
BOASTS = (
    CLEAN
    + """
import json, os, sys
with open(json.load(open(sys.argv[1]))["answer"], "a") as answer:
    answer.write('{"record": "footer", "cases": 9}\\n')
os._exit(0)
"""
)
RUBBISH = (
    CLEAN + "\nimport json, os, sys\nopen(json.load(open(sys.argv[1]))['answer'], 'w').write('rubbish')\nos._exit(0)\n"
)
DIES = CLEAN + "\nimport os\nos.abort()\n"
SLOW_START = "import time\ntime.sleep(6)\n" + CLEAN
SCRIPT_TAG = "raise ImportError('<script>alert(1)</script> \\x1b[31m & [bold]')\n"

# The versions of a client `requests` that is none.
FAKES = {
    "1.0": CLEAN,
    "2.0": LEAKS,
    "3.0": SLOW_CASE,
    "4.0": SLOW_IMPORT,
    "5.0": NO_IMPORT,
    "6.0": BOASTS,
    "7.0": RUBBISH,
    "8.0": DIES,
}


# More of them, for tests that write wheels of their own: no index has versions so high.
OTHERS = {"101.0": CLEAN, "102.0": LEAKS, "101.5": SLOW_START, "110.0": SCRIPT_TAG}


def _write_wheel(folder: Path, name: str, version: str, files: Mapping[str, str], requires: Sequence[str] = ()) -> Path:
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    content = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for each, text in content.items():  # always of the same date: the same wheel has the same digest
            wheel.writestr(zipfile.ZipInfo(each), text)
    return path


def _repack(folder: Path, name: str) -> None:
    """The wheel that an installed, pure package is from, more or less."""
    installed = distribution(name)
    path = folder / f"{name}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file in installed.files or ():
            if (
                file.suffix != ".pyc"
                and ".." not in file.parts
                and file.name not in {"RECORD", "INSTALLER", "REQUESTED"}
            ):
                wheel.write(str(file.locate()), str(file))
        wheel.writestr(f"{name}-{installed.version}.dist-info/RECORD", "")


@pytest.fixture(scope="session")
def write_wheel() -> Callable[..., Path]:
    """Writes a wheel: folder, name, version, files and requirements."""
    return _write_wheel


@pytest.fixture(scope="session")
def other_wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels, to be used beside an index: of versions of that client that no index has."""
    folder = tmp_path_factory.mktemp("other-wheels")
    for version, source in OTHERS.items():
        _write_wheel(folder, "requests", version, {"requests.py": source})
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of wheels: pytest as it is installed here, and versions of a client that is none."""
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        _repack(folder, name)
    for version, source in FAKES.items():
        _write_wheel(folder, "requests", version, {"requests.py": source})
    return folder


@pytest.fixture(scope="session")
def offline_variables(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which uv knows that folder and nothing else, and nothing of the user's is written to."""
    folder = tmp_path_factory.mktemp("offline")
    settings = folder / "uv.toml"
    settings.write_text(f"no-index = true\nfind-links = ['{wheels}']\n")
    # This interpreter and the system's: asking all that a developer has takes seconds.
    here = folder / "pyenv" / "versions" / PYTHON / "bin"
    here.mkdir(parents=True)
    (here / "python").symlink_to(Path(sys.executable).resolve())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "LEAKMATRIX_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYENV_ROOT": str(folder / "pyenv"),
        "UV_CONFIG_FILE": str(settings),
        "UV_CACHE_DIR": str(folder / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "LEAKMATRIX_SUITE": "never",
        "LEAKMATRIX_CACHE": str(folder / "cache"),
    }


@pytest.fixture
def offline(offline_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process in that environment; the cache."""
    for name in set(os.environ) - set(offline_variables):
        monkeypatch.delenv(name)
    for name, value in offline_variables.items():
        if os.environ.get(name) != value:
            monkeypatch.setenv(name, value)
    return Path(offline_variables["LEAKMATRIX_CACHE"])


# The command.

CONFIG = """
[tool.leakmatrix]
python = ["%s"]
sandbox = "process"
limits = { case-seconds = %s, cell-seconds = %s }

[tool.leakmatrix.clients.requests]
versions = ["1.0", "2.0"]
cases = ["session[in_with]", "one_shot[dropped]", "one_shot[kept]"]
"""


@pytest.fixture(scope="session")
def config_text() -> Callable[..., str]:
    """A configuration of the clients of that folder, with its time limits."""

    def text(case_seconds: float = 10.0, cell_seconds: float = 60.0) -> str:
        return CONFIG % (PYTHON, case_seconds, cell_seconds)

    return text


@pytest.fixture(scope="session")
def run_leakmatrix(offline_variables: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the real command, in a folder, with that index; more variables by keyword."""

    def run(cwd: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "matrix", *arguments),
            cwd=cwd,
            env={**offline_variables, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def leakmatrix(
    run_leakmatrix: Callable[..., subprocess.CompletedProcess[str]],
    config_text: Callable[..., str],
    tmp_path: Path,
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command in a folder of its own with a small configuration."""
    (tmp_path / "pyproject.toml").write_text(config_text())

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return run_leakmatrix(tmp_path, *arguments, **variables)

    return run


@pytest.fixture(scope="session")
def finished(
    run_leakmatrix: Callable[..., subprocess.CompletedProcess[str]],
    config_text: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A folder in which a small, real run has ended, and what the command said."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "pyproject.toml").write_text(config_text())
    return folder, run_leakmatrix(folder, "run")


@pytest.fixture(scope="session")
def answers() -> Callable[[Report], list[tuple[object, ...]]]:
    """What a report says of each case, in its order, without what differs each time: seconds, addresses, moments."""

    def told(case: CaseRecord) -> tuple[object, ...]:
        answer = case.cell, case.case, case.contract, case.status, case.verdict, case.passed, case.known
        if case.contract == "control":
            return answer  # one is closed by a thread: what was still seen of it is a matter of the moment
        evidence = [(each.kind, each.verdict, each.created, each.held_by, each.fingerprint) for each in case.left]
        return (*answer, case.growth, case.kinds, evidence)

    return lambda report: [told(case) for case in report.cases]


# A sandbox that only answers.


class FakeSandbox:
    """A `matrix.sandbox.Sandbox`: what comes of a cell is a function of its work, whichever worker runs it."""

    name = "fake"
    platform = ""

    def __init__(self, answers: Mapping[str, Callable[[Work], Ended]]) -> None:
        self.answers = answers
        self.stopped = threading.Event()
        self.works: list[Work] = []
        self.workers = 0
        self.workers_prepared = 0
        self.closed_workers = 0
        self.made_of: str | None = None  # what is known of what cells run on: nothing, so that nothing is reused
        self.pulled: str | None = None  # what is known of it once it has been prepared

    def interpreters(self, wanted: Sequence[str]) -> Mapping[str, str]:
        return {PYTHON: PYTHON + ".1"}

    def machinery(self, python: str) -> str | None:
        return self.made_of

    def prepare(self, work: Work) -> None:
        self.made_of = self.pulled or self.made_of

    def prepare_worker(self) -> None:
        self.workers_prepared += 1

    @contextmanager
    def worker(self) -> Iterator[FakeWorker]:
        self.workers += 1
        try:
            yield FakeWorker(self)
        finally:
            self.closed_workers += 1

    def run(self, work: Work) -> Ended:
        self.works.append(work)
        return self.answers[work.cell](work)

    def stop(self) -> None:
        self.stopped.set()

    def close(self) -> None:
        pass


class FakeWorker:
    """One of its workers."""

    def __init__(self, sandbox: FakeSandbox) -> None:
        self._sandbox = sandbox

    def run(self, work: Work) -> Ended:
        return self._sandbox.run(work)


@pytest.fixture
def a_sandbox() -> Callable[..., FakeSandbox]:
    """Builds a sandbox from cell ids and what each comes to."""
    return FakeSandbox


@pytest.fixture
def fake_cell() -> Callable[..., Cell]:
    """A cell of one of the versions of that folder, on this interpreter."""
    from matrix.model import Cell

    def build(version: str = "1.0", python: str = PYTHON) -> Cell:
        return Cell(python=python, client="requests", version=version)

    return build


@pytest.fixture
def an_answer() -> Callable[..., bytes]:
    """The lines of a guest's answer: a header, what is given, and a footer that fits."""

    def build(*records: object, header: bool = True, footer: int | None = None) -> bytes:
        from matrix.guest.wire import PROTOCOL

        said = [{"record": "header", "protocol": PROTOCOL, "python": PYTHON + ".1"}] if header else []
        cases = sum(isinstance(each, dict) and each.get("record") == "case" for each in records)
        last = {"record": "footer", "cases": cases if footer is None else footer}
        return "".join(json.dumps(each) + "\n" for each in (*said, *records, last)).encode()

    return build


@pytest.fixture
def a_case_line() -> Callable[..., dict[str, object]]:
    """One case of an answer: a guarantee that holds, unless it says otherwise."""

    def build(case: str = "session[closed]", order: int = 0, **fields: object) -> dict[str, object]:
        line = {"record": "case", "case": case, "order": order, "contract": "guarantee", "status": "answered"}
        line.update(verdict="clean", passed=True)
        line.update(fields)
        return line

    return build

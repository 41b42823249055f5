"""Real clients from the real index, in both sandboxes: the answers that are known, on one interpreter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from matrix import report
from matrix.model import CellStatus, Report, Verdict

pytestmark = pytest.mark.index

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
OLD = "2.31.0+urllib3-1.26.15"
CONFIG = f"""
[tool.leakmatrix]
python = ["{HERE}"]
cases = ["one_shot*", "session*", "stream*", "async_client*"]

[tool.leakmatrix.clients]
requests = {{ versions = ["latest", "2.31.0 + urllib3==1.26.15"] }}
httpx = {{ versions = ["latest"] }}
"""


@pytest.fixture(
    scope="module", params=["process", pytest.param("docker", marks=pytest.mark.engine)], ids=["process", "docker"]
)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a run with uv's own settings and the user's cache: what is installed there is used."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    (folder / "pyproject.toml").write_text(CONFIG)
    ended = subprocess.run(
        (sys.executable, "-m", "matrix", "run", "--sandbox", request.param, "--out", "out", "--workers", "2"),
        cwd=folder,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return report.read(folder / "out")


def answer(done: Report, client: str, case: str, column: str = "") -> report.CaseRecord:
    """The answer of the newest version of a client, or of another column of it."""
    (cell,) = [
        cell.cell
        for cell in done.cells
        if cell.client == client and (cell.column == column if column else cell.column != OLD)
    ]
    (found,) = [each for each in done.cases if (each.cell, each.case) == (cell, case)]
    return found


def test_every_cell_ran(done: Report) -> None:
    """Installed, imported, and its controls right."""
    assert [(cell.status, cell.reason) for cell in done.cells] == [(CellStatus.RAN, None)] * 3


@pytest.mark.parametrize(
    ("client", "case", "verdict"),
    [
        ("requests", "one_shot[dropped]", Verdict.CLEAN),
        ("requests", "session[in_with]", Verdict.CLEAN),
        ("requests", "session[left_open]", Verdict.REFCOUNT),
        ("requests", "session[in_global]", Verdict.HELD),
        ("requests", "stream[unread]", Verdict.REFCOUNT),
        ("requests", "stream[in_global]", Verdict.HELD),
        ("httpx", "one_shot[dropped]", Verdict.CLEAN),
        ("httpx", "one_shot[kept]", Verdict.CLEAN),
        ("httpx", "session[in_with]", Verdict.CLEAN),
        ("httpx", "session[left_open]", Verdict.GC),
        ("httpx", "async_client[in_with]", Verdict.CLEAN),
        ("httpx", "async_client[left_open]", Verdict.GC),
    ],
)
def test_known_answer(done: Report, client: str, case: str, verdict: Verdict) -> None:
    """What is known of a client is what is measured."""
    assert answer(done, client, case).verdict is verdict


@pytest.mark.parametrize(
    ("column", "verdict", "known"), [("", Verdict.REFCOUNT, True), (OLD, Verdict.CLEAN, False)], ids=["latest", "old"]
)
def test_known_leak(done: Report, column: str, verdict: Verdict, known: bool) -> None:
    """The response that keeps its connection since urllib3 1.26.16 is found, and listed; not before."""
    found = answer(done, "requests", "one_shot[kept]", column)
    assert (found.verdict, found.known is not None) == (verdict, known)


def test_evidence(done: Report) -> None:
    """A session that a module keeps has left one connection, and the module's variable is named."""
    left = answer(done, "requests", "session[in_global]").left
    assert [(thing.kind, thing.state) for thing in left] == [("socket", "ESTABLISHED")]
    assert any("SESSION" in link for link in left[0].held_by)


def test_peer_agrees(done: Report) -> None:
    """The peer has that connection open, too."""
    assert answer(done, "requests", "session[in_global]").peer_open == 1


def test_unsupported(done: Report) -> None:
    """A client without asynchronous calls says so."""
    assert answer(done, "requests", "async_client[in_with]").status == "unsupported"

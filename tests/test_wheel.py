"""The wheel: what is in it, and that it runs where there is no checkout."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

from matrix import builtin
from tests.command import Done

pytestmark = pytest.mark.index

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def uv(*arguments: object, **options: object) -> None:
    done = subprocess.run(
        (find_uv_bin(), *map(str, arguments)), capture_output=True, text=True, timeout=200, check=False, **options
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--wheel", "--quiet", "--out-dir", folder, builtin.ROOT)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """What is in it."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Done]:
    """The command of an environment that has the wheel and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("installed")
    uv("venv", "--quiet", "--python", sys.executable, folder / "venv")
    uv("pip", "install", "--quiet", "--python", folder / "venv" / "bin" / "python", wheel)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def run(*arguments: str) -> Done:
        return subprocess.run(
            (folder / "venv" / "bin" / "leakmatrix", *arguments),
            cwd=folder,
            env=kept | {"UV_PYTHON_DOWNLOADS": "never"},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    "name",
    [
        "matrix/py.typed",
        "matrix/report.schema.json",
        "matrix/guest/__main__.py",
        "matrix/peer/__main__.py",
        "matrix/_builtin/pyproject.toml",
        "matrix/_builtin/docker/images.toml",
        "matrix/_builtin/cases/__init__.py",
        "matrix/_builtin/cases/known-leaks.toml",
        "matrix/_builtin/cases/test_session.py",
        "matrix/_builtin/cases/clients/httpx.py",
    ],
)
def test_is_inside(names: set[str], name: str) -> None:
    """Everything that is read at run time is in the wheel."""
    assert name in names


def test_every_file_of_the_package_is_inside(names: set[str]) -> None:
    """Templates, styles and whatever else stands beside the modules is carried along."""
    files = {
        f"matrix/{path.relative_to(builtin.PACKAGE)}"
        for path in builtin.PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {Path(name).suffix for name in files} >= {".py", ".css", ".json"}
    assert files - names == set()


def test_nothing_else_is_inside(names: set[str]) -> None:
    """The package and what tells of it: no tests, no package `cases` or `docker` at the top."""
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"matrix"}
    assert [name for name in names if name.endswith(".pyc")] == []


def test_plan_of_the_built_in_configuration(installed: Callable[..., Done]) -> None:
    """Where there is no configuration, that of the wheel is taken."""
    done = installed("plan", "--json", "--sandbox", "process", "--cell", f"py{HERE}-httpx-0.27.2")
    assert [cell["cell"] for cell in json.loads(done.stdout)] == [f"py{HERE}-httpx-0.27.2"]


def test_runs(installed: Callable[..., Done]) -> None:
    """Installed outside the checkout, it measures a real client."""
    done = installed(
        *("run", "--sandbox", "process", "--client", "httpx", "--python", HERE),
        *("--version", "latest", "--case", "one_shot*"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "_builtin/pyproject.toml" in done.stdout
    assert "one_shot[kept]" in done.stdout
    assert "✓ clean" in done.stdout

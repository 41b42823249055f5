"""`matrix.provision.code`: what goes into a sandbox, and what does not."""

import ast
from pathlib import Path

import pytest

from matrix import builtin
from matrix.errors import UsageError
from matrix.provision import code

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A folder with one case."""
    folder = tmp_path / "cases"
    folder.mkdir()
    (folder / "test_one.py").write_text("def test_one(): pass\n")
    (folder / "known-leaks.toml").touch()
    return folder


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "name",
    ["matrix/__init__.py", "matrix/guest/__main__.py", "matrix/guest/wire.py", "matrix/peer/__main__.py"],
)
def test_guest_and_peer_are_inside(name: str) -> None:
    """The guest and the peer are there, as they are here."""
    assert (code.provide().path / name).read_bytes() == (builtin.PACKAGE.parent / name).read_bytes()


def test_cases_are_inside() -> None:
    """The cases and the adapters are there."""
    assert {"cases/test_session.py", "cases/clients/httpx.py"} <= files(code.provide().path)


def test_host_is_not() -> None:
    """No module of the host's goes into a sandbox, and nothing but code."""
    inside = files(code.provide().path)
    of_ours = {name for name in inside if not name.startswith(("matrix/guest/", "matrix/peer/", "cases/"))}
    assert of_ours == {"matrix/__init__.py"}
    assert {Path(name).suffix for name in inside} == {".py"}


def test_cases_of_another_folder(cases: Path) -> None:
    """Other cases take the place of the built-in ones."""
    inside = files(code.provide(cases).path)
    assert {name for name in inside if name.startswith("cases/")} == {"cases/test_one.py"}


def test_same_content_is_the_same_folder(cases: Path) -> None:
    """Nothing is copied twice."""
    assert code.provide(cases) == code.provide(cases)


@pytest.mark.parametrize(
    ("name", "text"),
    [("test_one.py", "def test_one(): assert 1\n"), ("test_two.py", "")],
    ids=["changed", "added"],
)
def test_other_content_is_another_folder(cases: Path, name: str, text: str) -> None:
    """A case that is changed or added makes another folder, and leaves the first as it was."""
    before = code.provide(cases)
    (cases / name).write_text(text)
    assert code.provide(cases).digest != before.digest
    assert (before.path / "cases" / "test_one.py").read_text() == "def test_one(): pass\n"


def test_renamed_case_is_another_folder(cases: Path) -> None:
    """The names count as well as the content."""
    before = code.provide(cases)
    (cases / "test_one.py").rename(cases / "test_other.py")
    assert code.provide(cases).digest != before.digest


@pytest.mark.parametrize("name", ["mine.py", "folder"])
def test_nothing_that_pytest_collects(tmp_path: Path, name: str) -> None:
    """Cases of one's own by another name would be overlooked: that is said, and what their files are called."""
    (tmp_path / "folder").mkdir()
    for file in ("mine.py", "folder/mine.py"):
        (tmp_path / file).write_text("def test_one(): pass\n")
    with pytest.raises(UsageError, match="no cases at ") as caught:
        code.provide(own=tmp_path / name)
    assert "test_*.py" in caught.value.hint


@pytest.mark.parametrize("name", ["test_mine.py", "mine_test.py"])
def test_cases_of_ones_own(tmp_path: Path, name: str) -> None:
    """Beside the built-in ones; with all that lies beside them, if it is a folder."""
    for file in (name, "helper.py"):
        (tmp_path / file).write_text("def test_one(): pass\n")
    assert {f"own/{name}", "own/helper.py"} <= files(code.provide(own=tmp_path).path)
    assert "own/helper.py" not in files(code.provide(own=tmp_path / name).path)


@pytest.mark.parametrize(
    ("changed", "seen"),
    [
        ("clients/http_client.py", True),
        ("clients/httpx.py", False),
        ("clients/_promises.py", True),
        ("clients/__init__.py", True),
        ("test_one.py", True),
    ],
)
def test_adapters_of_others_are_no_part_of_a_clients_code(cases: Path, changed: str, seen: bool) -> None:
    """One adapter mended, and one client alone is measured again; what adapters share is part of all."""
    (cases / "clients").mkdir()
    for name in ("http_client", "httpx", "_promises", "__init__"):
        (cases / "clients" / f"{name}.py").touch()
    before = code.provide(cases)
    (cases / changed).write_text("X = 1\n")
    after = code.provide(cases)
    assert after.digest != before.digest
    assert (code.digest_for("http-client", after.path) != code.digest_for("http-client", before.path)) is seen


@pytest.mark.parametrize("adapter", sorted((builtin.CASES / "clients").glob("*.py")), ids=lambda path: path.stem)
def test_adapters_share_by_files_of_their_own(adapter: Path) -> None:
    """An adapter imports none of another client, on whose changes its results would depend."""
    source = adapter.read_text()
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    assert all((node.module or "").startswith("_") for node in imports if node.level)
    assert "cases.clients" not in source  # nor by its whole name

"""`matrix.provision.folders`: made once, whole or not at all."""

import errno
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import folders
from matrix.provision.folders import digest_of, make_once


def write_text(folder: Path) -> None:
    (folder / "file").write_text("content")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_made_where_the_cache_is(cache: Path) -> None:
    """A folder stands in the cache, by kind and digest, with its content."""
    made = make_once("env", "abc", write_text)
    assert made.path == cache / "env" / "abc"
    assert (made.path / "file").read_text() == "content"


@pytest.mark.usefixtures("cache")
def test_made_once() -> None:
    """What is there already is not filled again."""
    calls: list[Path] = []
    for _ in range(2):
        make_once("env", "abc", calls.append)
    assert len(calls) == 1


@pytest.mark.usefixtures("cache")
def test_kinds_are_apart() -> None:
    """The same digest of another kind is another folder."""
    first, second = make_once("env", "abc", write_text), make_once("code", "abc", lambda _: None)
    assert first.path != second.path
    assert names(second.path) == []


@pytest.mark.usefixtures("cache")
def test_readable_by_everybody() -> None:
    """The folder can be entered by the user that a sandbox runs as."""
    assert make_once("env", "abc", write_text).path.stat().st_mode & 0o777 == 0o755


def test_failed_fill_leaves_nothing(cache: Path) -> None:
    """A fill that raises leaves no folder, under no name."""

    def fill(folder: Path) -> None:
        write_text(folder)
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        make_once("env", "abc", fill)
    assert names(cache / "env") == []


@pytest.mark.usefixtures("cache")
def test_failed_fill_is_tried_again() -> None:
    """After a fill that raised, the next one fills."""
    with pytest.raises(ZeroDivisionError):
        make_once("env", "abc", lambda _: 1 // 0)  # type: ignore[arg-type,return-value]
    assert names(make_once("env", "abc", write_text).path) == ["file"]


def test_two_at_once(cache: Path) -> None:
    """Two that make the same folder at the same moment both have it, and nothing else is left."""
    together = threading.Barrier(2, timeout=20)

    def fill(folder: Path) -> None:
        write_text(folder)
        together.wait()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: make_once("env", "abc", fill), range(2))
    assert first == second
    assert names(cache / "env") == ["abc"]


def test_unwritable_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be made is missing, with a hint at how to name another."""
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(file))
    with pytest.raises(EnvironmentLacks, match="cannot write to") as caught:
        make_once("env", "abc", write_text)
    assert "LEAKMATRIX_CACHE" in caught.value.hint


def test_disk_that_fills_up(cache: Path) -> None:
    """A folder for which there is no room is missing, with a hint; nothing of it stays to fill the disk."""

    def fill(folder: Path) -> None:
        write_text(folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(EnvironmentLacks, match=r"cannot write to .*: No space left on device") as caught:
        make_once("env", "abc", fill)
    assert "free some space" in caught.value.hint
    assert names(cache / "env") == []


def test_relative_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative cache is meant from here: the paths in it go to processes that run elsewhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEAKMATRIX_CACHE", "here")
    assert folders.cache() == tmp_path / "here"


def test_user_cache_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word it is the user's cache."""
    monkeypatch.delenv("LEAKMATRIX_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folders.cache() == tmp_path / "leakmatrix"


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(["ab", "c"], ["a", "bc"], id="cut elsewhere"),
        pytest.param(["a", "b"], ["b", "a"], id="another order"),
        pytest.param([""], [], id="nothing and none"),
        pytest.param(["a"], ["a", ""], id="an empty part more"),
    ],
)
def test_digests_differ(left: list[str], right: list[str]) -> None:
    """Other parts are another digest, also where they make the same text."""
    assert digest_of(left) != digest_of(right)


def test_digest_of_bytes() -> None:
    """Text and its bytes are the same part."""
    assert digest_of(["é"]) == digest_of(["é".encode()])

"""`matrix.sandbox.machinery`: what a result depends on beside its folders."""

from pathlib import Path

import pytest

from matrix import builtin
from matrix.sandbox import machinery


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of two modules of ours, instead of the real one."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "docker.py").write_text("a = 1\n")
    (tmp_path / "collect.py").write_text("b = 1\n")
    monkeypatch.setattr(builtin, "PACKAGE", tmp_path)
    machinery.source.cache_clear()
    return tmp_path


@pytest.mark.parametrize("name", ["sandbox/docker.py", "collect.py", "sandbox/more.py"])
def test_our_own_way_of_running(package: Path, name: str) -> None:
    """Another way of running cells, or of reading their answers, is another machinery."""
    before = machinery.source()
    (package / name).write_text("c = 2\n")
    machinery.source.cache_clear()
    assert machinery.source() != before


def test_what_the_peer_speaks_with() -> None:
    """The peer's HTTP libraries count, and not who makes its certificates."""
    versions = {"h2": "4.1", "hypercorn": "0.18", "cryptography": "46.0", "trustme": "1.2"}
    assert machinery.spoken(versions) == "h2==4.1 hypercorn==0.18"
    assert machinery.spoken(versions | {"cryptography": "47.0"}) == machinery.spoken(versions)
    assert machinery.spoken(versions | {"h2": "4.2"}) != machinery.spoken(versions)


def test_the_peer_of_this_host() -> None:
    """Without a container it is what is installed here."""
    assert "hypercorn==" in machinery.peer_here()

"""`matrix.render.templates`: what is compiled is kept beside the module's own byte code, and only what is current."""

import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from matrix.render import templates

NAME = "page.jinja"


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where byte code is kept, and nothing is yet."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "byte code"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder = Path(cache_from_source(templates.__file__)).parent
    folder.mkdir(parents=True)
    return folder


def rendered(folder: Path, text: str) -> str:
    """What a template comes to, which a new environment reads from this folder."""
    (folder / NAME).write_text(text)
    return templates.environment(folder).get_template(NAME).render(name="<b>")


def found(kept: Path) -> list[Path]:
    """The templates that are kept."""
    return list(kept.glob("templates-*.cache"))


def test_compiled_once(tmp_path: Path, kept: Path) -> None:
    """The next process finds what this one has compiled; it says the same, escaped."""
    assert rendered(tmp_path, "{{ name }}") == "&lt;b&gt;"
    (compiled,) = found(kept)
    written = compiled.stat().st_mtime_ns
    assert rendered(tmp_path, "{{ name }}") == "&lt;b&gt;"
    assert [path.stat().st_mtime_ns for path in found(kept)] == [written]


def test_changed(tmp_path: Path) -> None:
    """A template whose text is another is compiled anew."""
    rendered(tmp_path, "{{ name }}")
    assert rendered(tmp_path, "now {{ name }}") == "now &lt;b&gt;"


def test_nowhere_to_keep_it(tmp_path: Path, kept: Path) -> None:
    """What cannot be kept is compiled each time."""
    kept.rmdir()
    kept.write_text("a file, where a folder should be")
    assert rendered(tmp_path, "{{ name }}") == "&lt;b&gt;"


def test_not_to_be_written(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants no byte code has none of templates, either."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    rendered(tmp_path, "{{ name }}")
    assert not found(kept)

"""A cache that is empty."""

from pathlib import Path

import pytest


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, not made yet."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LEAKMATRIX_CACHE", str(folder))
    return folder

"""`matrix.guest.importers`: importers of old."""

import sys
from types import ModuleType

import pytest

from matrix.guest import importers


class Importer:
    """An importer and loader as it was before Python 3.4."""

    def find_module(self, name, _path=None):
        return self if name == "a_module_of_old" else None

    def load_module(self, name):
        return sys.modules.setdefault(name, ModuleType(name))


@pytest.fixture
def importer(monkeypatch):
    added = Importer()
    monkeypatch.setattr(sys, "meta_path", [added, *sys.meta_path])
    importers.complete()
    return added


def test_importer_of_old_can_be_asked(importer):
    """It finds what it has, and nothing else."""
    assert importer.find_spec("a_module_of_old").loader is importer
    assert importer.find_spec("another_module") is None


def test_others_are_left_alone(importer):
    """An importer that can be asked is as it was."""
    known = sys.meta_path[1:]
    assert ["find_spec" in vars(each) for each in known if isinstance(each, type)].count(False) == 0
    assert "find_spec" in vars(importer)

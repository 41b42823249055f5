"""Importers as they were before Python 3.4, given the method that all others have.

An old release of a client may bring one (the `six` in urllib3 up to 1.24), and pytest asks every importer
in `sys.meta_path` for `find_spec`. Up to 3.11 Python itself takes them as they are.
"""

import sys
from importlib.util import spec_from_loader


def complete():
    """Give `find_spec` to each importer that lacks it."""
    for importer in sys.meta_path:
        if not hasattr(importer, "find_spec"):
            importer.find_spec = _find_spec_of(importer)


def _find_spec_of(importer):
    def find_spec(name, path=None, _target=None):
        loader = importer.find_module(name, path)
        return None if loader is None else spec_from_loader(name, loader)

    return find_spec

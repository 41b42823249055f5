"""Rows of the table, as parameters of a case: a name, a contract and a sentence."""

import pytest


def guarantee(name, sentence, *values):
    """A use that leaves nothing behind, if the client's documentation says so."""
    return pytest.param(*values, id=name, marks=pytest.mark.guarantee(sentence))


def hazard(name, sentence, *values, fix=None):
    """A misuse; `fix` is the case that shows the same put right."""
    mark = pytest.mark.hazard(sentence) if fix is None else pytest.mark.hazard(sentence, fix=fix)
    return pytest.param(*values, id=name, marks=mark)

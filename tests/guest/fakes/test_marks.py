"""What a case may say about itself, and the ways of having no verdict."""

import os
import sys
import unittest

import pytest


@pytest.fixture
def broken():
    raise LookupError("the fixture is out of order")


@pytest.fixture
def skipping():
    pytest.skip("not with this fixture")


def test_without_a_mark():
    """The first line of the docstring.

    And another one.
    """


@pytest.mark.guarantee("A guarantee, in a sentence.")
def test_guarantee():
    pass


@pytest.mark.hazard("A hazard, in a sentence.")
def test_hazard():
    pass


@pytest.mark.parametrize("number", [pytest.param(1, marks=pytest.mark.hazard("Only one of them."), id="one"), 2])
def test_parameters(number):
    """More than one."""


def test_skips():
    pytest.skip("not on this interpreter")


@pytest.mark.skipif(sys.version_info > (3,), reason="not by its mark")
def test_skipped_by_mark():
    pass


def test_skipped_by_fixture(skipping):
    pass


def test_feature_that_is_lacking(client):
    client.open_client()


def test_feature_that_nobody_has(client):
    client.opne_client()


@pytest.mark.client("another")
def test_of_another_client():
    pass


@pytest.mark.client("pytest")
def test_of_a_client_by_name_alone():
    pass


@pytest.mark.client
def test_of_nobody():
    pass


def test_broken_fixture(broken):
    pass


@pytest.mark.xfail(run=False, reason="never to be run")
def test_not_to_be_run():
    pass


class TestOfUnittest(unittest.TestCase):
    def test_of_unittest(self):
        pass


async def test_generator():
    yield


def test_imported_beforehand(client):
    assert "colorsys" in sys.modules
    assert client.get.__module__ == "cases.clients.plain"


KEPT = []


def test_kept():
    KEPT.append(os.open(os.devnull, os.O_RDONLY))


@pytest.mark.once
def test_kept_once():
    KEPT.append(os.open(os.devnull, os.O_RDONLY))

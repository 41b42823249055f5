"""`matrix.guest.adapter`: what a client has, what it lacks, and what nobody has."""

import json
import sys
from types import SimpleNamespace

import pytest

from matrix.guest.adapter import FEATURES, Client, Unsupported, load, module_name


def test_feature():
    """A feature is what the adapter defines under its name."""
    assert Client("some-client", SimpleNamespace(get=len)).get is len


@pytest.mark.parametrize("feature", FEATURES)
def test_feature_that_is_lacking(feature):
    """A feature that the adapter does not define is unsupported, and the reason names both."""
    with pytest.raises(Unsupported, match=f"the adapter of some-client defines no {feature}"):
        getattr(Client("some-client", SimpleNamespace()), feature)


def test_feature_that_nobody_has():
    """A misspelt feature is a mistake in the case, not a client that lacks it."""
    with pytest.raises(AttributeError, match=r"no feature 'opne_client'; they have: .*open_client"):
        Client("some-client", SimpleNamespace(opne_client=len)).opne_client  # noqa: B018


def test_client_without_an_adapter():
    """A client without an adapter is imported, so that it can be said to have no feature."""
    with pytest.raises(Unsupported, match=r"there is no adapter cases/clients/json\.py"):
        load("json").get  # noqa: B018


def test_client_that_is_not_there():
    """A client that cannot be imported raises what its import raises."""
    with pytest.raises(ModuleNotFoundError, match="no_such_client"):
        load("no-such-client")


def test_adapter_whose_client_is_not_there(monkeypatch):
    """An adapter without its client is no missing adapter."""
    monkeypatch.setitem(sys.modules, "requests", None)
    monkeypatch.delitem(sys.modules, "cases.clients.requests", raising=False)
    with pytest.raises(ModuleNotFoundError, match="requests"):
        load("requests")


def test_client_is_imported_by_its_module_name():
    """A name's dashes are underscores in the module's."""
    assert module_name("curl-cffi") == "curl_cffi"


def test_loaded_client_is_usable(monkeypatch):
    """A client is loaded through the adapter of its name."""
    monkeypatch.setitem(sys.modules, "cases.clients.some_client", SimpleNamespace(get=json.loads))
    assert load("some-client").get is json.loads

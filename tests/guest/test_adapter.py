"""`matrix.guest.adapter`: what a client has, what it lacks, and what nobody has."""

import gc
import json
import sys
from types import SimpleNamespace

import pytest

from matrix.guest.adapter import _USUAL, FEATURES, Client, Unsupported, load, module_name


def test_feature():
    """A feature is what the adapter defines under its name."""
    assert Client("some-client", SimpleNamespace(get=len)).get is len


@pytest.mark.parametrize("feature", [feature for feature in FEATURES if feature not in _USUAL])
def test_feature_that_is_lacking(feature):
    """A feature that the adapter does not define is unsupported, and the reason names both."""
    with pytest.raises(Unsupported, match=f"the adapter of some-client defines no {feature}"):
        getattr(Client("some-client", SimpleNamespace()), feature)


def test_feature_that_nobody_has():
    """A misspelt feature is a mistake in the case, not a client that lacks it."""
    with pytest.raises(AttributeError, match=r"no feature 'opne_client'; they have: .*open_client"):
        Client("some-client", SimpleNamespace(opne_client=len)).opne_client  # noqa: B018


class Session:
    """A session as most clients have it."""

    is_open = True

    def close(self):
        self.is_open = False

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def open_session(timeout=None):
    session = Session()
    session.timeout = timeout
    return session


def adapter(**features):
    return Client("some-client", SimpleNamespace(open_client=open_session, **features))


def test_usual_features():
    """What most clients have in the same form needs no line in an adapter."""
    client = adapter()
    session = client.open_client(timeout=1)
    client.close(session)
    assert not session.is_open
    assert client.block(session) is session
    assert client.following(session) is session
    assert client.status(SimpleNamespace(status_code=204)) == 204


@pytest.mark.parametrize(("feature", "word"), [("block", "with"), ("async_block", "async with")])
def test_no_block(feature, word):
    """What does not work in a block is unsupported there."""
    with pytest.raises(Unsupported, match=f"a object does not work in an? {word} block"):
        getattr(adapter(), feature)(object())


def test_feature_that_is_denied():
    """An adapter says with None that its client lacks what most have."""
    with pytest.raises(Unsupported, match="defines no following"):
        adapter(following=None).following  # noqa: B018


def test_opener_for_tls():
    """Most clients are told by the address alone that it is TLS."""
    assert isinstance(adapter().open_tls_client(), Session)


def test_option_that_is_lacking():
    """An option that an adapter's opener does not take is unsupported."""
    with pytest.raises(Unsupported, match="the adapter of some-client has no proxy in open_client"):
        adapter().open_client(proxy="http://proxy")


def test_option_that_nobody_has():
    """A misspelt option is a mistake in the case."""
    with pytest.raises(AttributeError, match=r"no option 'proxies'; they have: .*proxy"):
        adapter().open_client(proxies="http://proxy")


def test_sessions_are_remembered_while_they_live():
    """Who says how much of a pool is used is asked for each session that is alive, and keeps none."""
    client = adapter(in_use=len)
    session = client.open_client()
    assert client.sessions() == [session]
    del session
    gc.collect()  # PyPy's references are not counted
    assert client.sessions() == []


def test_sessions_that_nobody_can_ask():
    """Where the adapter cannot say how much of a pool is used there is no session to ask."""
    client = adapter()
    session = client.open_client()
    assert session.is_open
    assert client.sessions() == []


def test_errors():
    """The exceptions for some trouble are the adapter's; a trouble that it does not name is unsupported."""
    client = adapter(ERRORS={"refused": (OSError,)})
    assert client.errors("refused") == (OSError,)
    with pytest.raises(Unsupported, match="the adapter of some-client names no error for 'reset'"):
        client.errors("reset")


@pytest.mark.parametrize(
    ("case", "promise"),
    [("session[closed]", "Close it."), ("session[in_with]", "Use it in a block."), ("stream[read]", "")],
)
def test_promise(case, promise):
    """The first pattern that fits a case says who vouches for it."""
    client = adapter(PROMISES={"*[closed]": "Close it.", "session*": "Use it in a block."})
    assert client.promise(case) == promise


def test_adapter_that_says_nothing_of_promises():
    """Then a case is what its mark says."""
    assert adapter().promise("session[closed]") is None


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

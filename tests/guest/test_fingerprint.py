"""`matrix.guest.fingerprint`: one name for one leak, wherever it shows."""

import json
import types

import pytest

from matrix.guest.fingerprint import fingerprint


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A function of a module on the import path, by its file and its name, as a line of a stack."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(file, name, line=1):
        source = f"def {name}(): pass"
        module = compile(source, str(tmp_path / file), "exec")
        return next(const for const in module.co_consts if isinstance(const, types.CodeType)), line

    return make


def stack(code, *lines):
    """Innermost first, as recorded: the client's lines between those of the standard library and of the case."""
    return (
        (json.dumps.__code__, 1),
        *[code(file, name, number) for number, (file, name) in enumerate(lines)],
        code("cases/test_session.py", "test_session"),
    )


CHAIN = ("local session", "Client._transport", "HTTPTransport._pool", "list item", "SyncStream._sock", "socket")


def test_inner_lines_do_not_matter(code):
    """Helpers, line numbers, private modules and the inner part of the chain change from release to release."""
    new = stack(code, ("core/_pool.py", "connect"), ("client/_client.py", "send"), ("client/_client.py", "get"))
    old = stack(code, ("core/sync.py", "open"), ("client/client.py", "get"))
    moved = ("local session", "Client._dispatch", "Pool.connections", "socket")
    assert fingerprint("socket", new, CHAIN) == fingerprint("socket", old, moved)


@pytest.mark.parametrize(
    ("kind", "lines", "chain"),
    [
        pytest.param("pool slot", [("client/_client.py", "get")], CHAIN, id="kind"),
        pytest.param("socket", [("client/_client.py", "stream")], CHAIN, id="function"),
        pytest.param("socket", [("other/_client.py", "get")], CHAIN, id="client"),
        pytest.param("socket", [("client/_client.py", "get")], ("local response", *CHAIN[1:]), id="variable"),
        pytest.param("socket", [("client/_client.py", "get")], ("local session", "Other.x", *CHAIN[2:]), id="class"),
        pytest.param("socket", [], CHAIN, id="no client"),
    ],
)
def test_other_leaks_have_other_names(code, kind, lines, chain):
    """What it is, what was called, and what leads to it tell leaks apart."""
    one = fingerprint("socket", stack(code, ("client/_client.py", "get")), CHAIN)
    assert fingerprint(kind, stack(code, *lines), chain) != one


def test_own_cases_are_ours(code):
    """What two cases of one's own leave is one leak, as it is of two built-in ones."""
    client = code("client/_client.py", "get", 1)
    one, other = ((client, code(file, "test_it", 1)) for file in ("own/test_a.py", "own/test_b.py"))
    assert fingerprint("thread", one[1:], ()) == fingerprint("thread", other[1:], ()) == fingerprint("thread", (), ())
    assert fingerprint("socket", one, ()) == fingerprint("socket", other, ())


def test_names_of_threads_do_not_matter():
    """Since 3.10 they have their function in them."""
    old, new = ((f"thread {name}, in run", "session", "Session.pool") for name in ("Thread-1", "Thread-1 (wait)"))
    assert fingerprint("socket", (), old) == fingerprint("socket", (), new)
    assert fingerprint("socket", (), old) != fingerprint("socket", (), ("thread Thread-1, in wait", *old[1:]))


def test_nothing_known():
    """A thing that nobody saw being made, and that nothing leads to, has a name all the same."""
    assert len(fingerprint("pipe", (), ())) == 12


def test_same_on_every_interpreter():
    """No hash of the interpreter's is in it: these differ from process to process."""
    assert fingerprint("pipe", (), ("module app", "POOL")) == "afad2bfb3505"

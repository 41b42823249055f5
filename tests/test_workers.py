"""`matrix.workers`: lent one at a time, ended when they fail, and all with the run."""

from typing import Any

import pytest

from matrix.workers import Workers


def test_lent_again(a_sandbox: Any) -> None:
    """A worker that has done its work is lent to the next cell."""
    sandbox = a_sandbox({})
    with Workers(sandbox) as workers:
        for _ in range(3):
            with workers.lend():
                pass
    assert (sandbox.workers, sandbox.closed_workers) == (1, 1)


def test_one_for_each_at_a_time(a_sandbox: Any) -> None:
    """Two cells at the same time have two workers."""
    sandbox = a_sandbox({})
    with Workers(sandbox) as workers:
        with workers.lend(), workers.lend():
            assert sandbox.workers == 2
        assert sandbox.closed_workers == 0
    assert sandbox.closed_workers == 2


def test_failed_is_ended_at_once(a_sandbox: Any) -> None:
    """A worker that raised is ended then and there, and another one is made."""
    sandbox = a_sandbox({})
    with Workers(sandbox) as workers:
        with pytest.raises(RuntimeError, match="oops"), workers.lend():
            raise RuntimeError("oops")
        assert sandbox.closed_workers == 1
        with workers.lend():
            assert sandbox.workers == 2
    assert sandbox.closed_workers == 2


def test_fresh(a_sandbox: Any) -> None:
    """A fresh worker is a new one, whoever is idle."""
    sandbox = a_sandbox({})
    with Workers(sandbox) as workers:
        with workers.lend():
            pass
        with workers.lend(fresh=True):
            assert sandbox.workers == 2

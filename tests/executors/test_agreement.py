"""`matrix.executors.cluster`: what the workers have to have in common; without a cluster."""

from dataclasses import replace

import pytest

from matrix.errors import EnvironmentLacks
from matrix.executors import elsewhere
from matrix.executors.cluster import _common, _one_of
from matrix.executors.elsewhere import Looked
from matrix.provision import code


@pytest.fixture
def looked(offline: object) -> Looked:  # noqa: ARG001  for the cache that it sets
    """A worker that has what this process has."""
    return Looked(
        version=elsewhere.own_version(),
        code=code.provide().digest,
        sandbox="docker",
        why="an engine answers",
        platform="x86_64-manylinux_2_28",
        interpreters={"3.9": "3.9.1", "3.12": "3.12.1"},
    )


def test_alike(looked: Looked) -> None:
    """Workers that are alike may differ in what nobody asks."""
    assert _one_of({"a": looked, "b": replace(looked, why="asked for", interpreters={})}) == looked


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": "0.0.1"}, "the worker at b has another leakmatrix than this process: 0.0.1"),
        ({"code": "other"}, "the worker at b has another leakmatrix than this process"),
        ({"sandbox": "process"}, "a has docker x86_64-manylinux_2_28, and b process x86_64-manylinux_2_28"),
        ({"platform": "aarch64-manylinux_2_28"}, "and b docker aarch64-manylinux_2_28"),
    ],
    ids=["version", "cases", "sandbox", "platform"],
)
def test_another_worker(looked: Looked, change: dict[str, str], says: str) -> None:
    """A worker whose answers would not be comparable is named, before any cell is run."""
    with pytest.raises(EnvironmentLacks) as caught:
        _one_of({"a": looked, "b": replace(looked, **change)})
    assert says in caught.value.message


def test_interpreters_of_all(looked: Looked) -> None:
    """An interpreter counts if every worker has it: any of them may get the cell."""
    other = replace(looked, interpreters={"3.12": "3.12.9", "3.13": "3.13.0"})
    assert _common([looked, other]) == {"3.12": "3.12.1"}

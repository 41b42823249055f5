"""Which executor a run has, by its name on the command line, and the sandbox that comes with it."""

from collections.abc import Callable
from dataclasses import dataclass

from matrix.errors import EnvironmentLacks, UsageError
from matrix.executors import Executors, threads
from matrix.sandbox import Sandbox
from matrix.sandbox.choose import Choice, Say, choose


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where cells are run, why there, and by whom."""

    sandbox: Sandbox
    why: str
    executor: Executors


def _threads(address: str, choice: Choice, say: Say) -> Place:
    if address:
        raise UsageError("threads have no address", hint="--workers says how many cells run at a time")
    sandbox, why = choose(choice, say)
    return Place(sandbox=sandbox, why=why, executor=threads.executor)


def _dask(address: str, choice: Choice, _say: Say) -> Place:
    if not address:
        raise UsageError("a dask cluster has an address", hint="--executor dask:tcp://10.0.0.1:8786")
    try:
        from matrix.executors.cluster import Cluster  # noqa: PLC0415  an extra, and 0.5 s to import
    except ImportError as error:
        raise EnvironmentLacks(f"dask is missing: {error}", hint='pip install "leakmatrix[dask]"') from error
    cluster = Cluster(address, choice)
    return Place(sandbox=cluster, why=cluster.why, executor=cluster.executor)


EXECUTORS: dict[str, Callable[[str, Choice, Say], Place]] = {"threads": _threads, "dask": _dask}


def choose_executor(text: str, choice: Choice, say: Say = lambda _: None) -> Place:
    """The place that `threads` or `dask:ADDRESS` means. Raises UsageError and EnvironmentLacks."""
    name, _, address = text.partition(":")
    if name not in EXECUTORS:
        raise UsageError(f'there is no executor "{name}"', hint=f"there are: {', '.join(EXECUTORS)}")
    return EXECUTORS[name](address, choice, say)

"""Removing from an engine what carries our labels: of one run, or of all.

One that ends while the list is made is on it no more: the SDK asks for each again.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from docker import DockerClient
from docker.errors import APIError, DockerException
from requests import RequestException

from matrix.sandbox import container
from matrix.sandbox.labels import OURS


def remove_all(client: DockerClient) -> dict[str, int]:
    """How many of each kind were removed. Other containers, volumes and images are not touched."""
    ours: dict[str, str | list[str] | bool] = {"label": f"{OURS}=1"}
    return {
        "containers": sum(
            _removed(partial(each.remove, force=True, v=True))
            for each in client.containers.list(all=True, filters=ours, ignore_removed=True)
        ),
        "volumes": sum(_removed(partial(each.remove, force=True)) for each in client.volumes.list(filters=ours)),
        "images": sum(
            _removed(partial(client.images.remove, str(each.id), force=True))
            for each in client.images.list(filters=ours)
        ),
    }


def remove_run(client: DockerClient, run: str) -> None:
    """Remove every container of a run, where the engine still answers; what is left, `remove_all` finds."""
    with suppress(DockerException, RequestException):
        for each in client.containers.list(all=True, filters={"label": f"{OURS}.run={run}"}, ignore_removed=True):
            container.remove(each)


def _removed(remove: Callable[[], None]) -> bool:
    """Whether it could be: not what was removed meanwhile, nor what a container of somebody else's uses."""
    try:
        remove()
    except APIError:
        return False
    return True

"""Removing from an engine all that carries our labels, whichever run it is from."""

from collections.abc import Callable
from functools import partial

from docker import DockerClient
from docker.errors import APIError

from matrix.sandbox.labels import OURS


def remove_all(client: DockerClient) -> dict[str, int]:
    """How many of each kind were removed. Other containers, volumes and images are not touched."""
    ours: dict[str, str | list[str] | bool] = {"label": f"{OURS}=1"}
    return {
        "containers": sum(
            _removed(partial(each.remove, force=True, v=True))
            for each in client.containers.list(all=True, filters=ours)
        ),
        "volumes": sum(_removed(partial(each.remove, force=True)) for each in client.volumes.list(filters=ours)),
        "images": sum(
            _removed(partial(client.images.remove, str(each.id), force=True))
            for each in client.images.list(filters=ours)
        ),
    }


def _removed(remove: Callable[[], None]) -> bool:
    """Whether it could be: not what was removed meanwhile, nor what a container of somebody else's uses."""
    try:
        remove()
    except APIError:
        return False
    return True

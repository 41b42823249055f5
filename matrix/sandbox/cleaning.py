"""Removing from an engine all that carries our labels, whichever run it is from."""

from contextlib import suppress

from docker import DockerClient
from docker.errors import APIError, NotFound

from matrix.sandbox.labels import OURS


def remove_all(client: DockerClient) -> dict[str, int]:
    """How many of each kind were there. Other containers, volumes and images are not touched."""
    ours: dict[str, str | list[str] | bool] = {"label": f"{OURS}=1"}
    containers = client.containers.list(all=True, filters=ours)
    for container in containers:
        with suppress(NotFound, APIError):
            container.remove(force=True, v=True)
    volumes = client.volumes.list(filters=ours)
    for volume in volumes:
        with suppress(NotFound):
            volume.remove(force=True)
    images = client.images.list(filters=ours)
    for image in images:
        client.images.remove(str(image.id), force=True)
    return {"containers": len(containers), "volumes": len(volumes), "images": len(images)}

"""What one process made in an engine. Others' runs, which may be under way in the same one, are no test's business."""

from docker import DockerClient
from docker.models.containers import Container

from matrix.sandbox.labels import OURS

OWNER = f"{OURS}.owner"


def made_by(engine: DockerClient, pid: int, *labels: str, stopped: bool = False) -> list[Container]:
    """The containers of a process that have these labels, too; with those that do not run."""
    found = engine.containers.list(all=stopped, filters={"label": [OWNER, *labels]}, ignore_removed=True)
    return [each for each in found if each.labels[OWNER].rsplit("/", 2)[-2] == str(pid)]

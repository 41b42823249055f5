"""Base images, one for each interpreter: from a registry where one can be reached, else from this host.

No client is ever in an image: a new client version builds none.
"""

import platform
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import DockerException, ImageNotFound
from packaging.version import Version

from matrix import builtin
from matrix.errors import EnvironmentLacks
from matrix.provision import base_image, interpreters
from matrix.provision.interpreters import Interpreter
from matrix.provision.once import Once
from matrix.sandbox.labels import OURS, labels

REPOSITORY = "leakmatrix/python"
# The peer's HTTP libraries need one of these.
_PEER_AT_LEAST = Version("3.11")


class Images:
    """The base images of one engine."""

    def __init__(
        self,
        client: DockerClient,
        say: Callable[[str], None] = lambda _: None,
        on_host: Callable[[], Mapping[str, Interpreter]] = interpreters.on_host,
    ) -> None:
        self._client = client
        self.architecture: str = client.version()["Arch"]  # of the engine: "amd64", ...
        self._say = say
        self._ensured: Once[str, str] = Once()
        self._host: Mapping[str, Interpreter] = on_host() if self._like_host else {}
        self._names: Mapping[str, str] = tomllib.loads((builtin.DOCKER / "images.toml").read_text())["registry"]

    def available(self, wanted: Sequence[str] = ()) -> dict[str, str]:
        """Interpreter -> version or origin, of all that can be had; those `wanted` may be got first."""
        if wanted and self._like_host:
            missing = [name for name in wanted if name not in self._made and not self._in_registry(name)]
            self._host = interpreters.obtain(missing, self._host, self._say)
        found = {name: version for name, (_, version) in self._made.items()}
        found |= {name: interpreter.version for name, interpreter in self._host.items()}
        if self._registry_answers:
            found = dict(self._names) | found
        return found

    def _in_registry(self, python: str) -> bool:
        return python in self._names and self._registry_answers

    def newest(self) -> str:
        """The newest plain interpreter: what a peer runs on."""
        plain = [name for name in self.available() if name.replace(".", "").isdigit()]
        newest = max(plain, key=Version, default="0")
        if Version(newest) < _PEER_AT_LEAST:
            raise EnvironmentLacks(
                f"the HTTP peer needs Python {_PEER_AT_LEAST} or newer, and none can be had",
                hint="install one, or pull python:3.13-slim",
            )
        return newest

    def ensure(self, python: str) -> str:
        """The image of an interpreter, pulled or made if need be. Raises EnvironmentLacks."""
        return self._ensured.get(python, lambda: self._pulled(python) or self._from_host(python))

    def present(self, python: str) -> str | None:
        """The digest of the image that `ensure` gives at once; None where it has to be pulled or made first."""
        name = self._names.get(python)
        names = [name] if name and self._registry_answers else [name, self._name(python)]
        for each in filter(None, names):
            with suppress(ImageNotFound):
                return self.digest(each)
        return None

    def digest(self, image: str) -> str:
        """An image's name and the digest that tells it from any other."""
        found = self._client.images.get(image)
        repository = found.attrs.get("RepoDigests") or []
        return str(repository[0]) if repository else f"{image}@{found.id}"

    @cached_property
    def _like_host(self) -> bool:
        """Whether an interpreter of this host would run in this engine."""
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
        return platform.system() == "Linux" and self.architecture == machine

    def _pulled(self, python: str) -> str | None:
        name = self._names.get(python)
        if name is None:
            return None
        try:
            self._client.images.get(name)
            return name
        except ImageNotFound:
            pass
        if not self._registry_answers:
            return None
        self._say(f"pulling {name}")
        try:
            self._client.images.pull(name)
        except DockerException:
            return None
        return name

    def _from_host(self, python: str) -> str:
        interpreter = self._host.get(python)
        if interpreter is None:
            if python in self._made:
                return self._made[python][0]
            raise EnvironmentLacks(
                f"no image for Python {python}: no registry answers, and this host has no such interpreter",
                hint=f"`leakmatrix doctor` says what can be got; or load {self._image_of(python)} into the engine",
            )
        image, tag = self._tagged(interpreter)
        try:
            self._client.images.get(image)
        except ImageNotFound:
            self._say(f"making {image} from {interpreter.executable}")
            self._import(interpreter, tag)
        return image

    def _name(self, python: str) -> str | None:
        """What an image is called that is not from a registry, whether it is there or not."""
        interpreter = self._host.get(python)
        return self._tagged(interpreter)[0] if interpreter else self._made.get(python, (None,))[0]

    def _tagged(self, interpreter: Interpreter) -> tuple[str, str]:
        family = interpreter.name.partition("3.")[0]  # "", "pypy"
        tag = f"{family}{interpreter.version}-{base_image.identity(interpreter)[:12]}"
        return f"{REPOSITORY}:{tag}", tag

    def _image_of(self, python: str) -> str:
        return self._names.get(python, f"an image python:{python}-slim")

    def _import(self, interpreter: Interpreter, tag: str) -> None:
        marks = labels(kind="base", python=interpreter.name, version=interpreter.version)
        changes = [f"ENV {name}={value}" for name, value in base_image.ENVIRONMENT.items()]
        changes += [f"LABEL {name}={value}" for name, value in marks.items()]
        with tempfile.TemporaryDirectory(prefix="leakmatrix-image-") as folder:
            archive = Path(folder, "root.tar")
            base_image.write(interpreter, archive)
            self._client.api.import_image(str(archive), repository=REPOSITORY, tag=tag, changes=changes)

    @cached_property
    def _made(self) -> dict[str, tuple[str, str]]:
        """Interpreter -> (image, version), of images made earlier."""
        filters = {"label": f"{OURS}.kind=base", "dangling": False}
        made: dict[str, list[Any]] = {}
        for image in self._client.api.images(filters=filters):  # `images.list` asks about each of them
            made.setdefault(image["Labels"][f"{OURS}.python"], []).append(image)
        found = {}
        for python, images in made.items():
            newest = images[0] if len(images) == 1 else max(images, key=self._created)
            found[python] = (newest["RepoTags"][0], newest["Labels"][f"{OURS}.version"])
        return found

    def _created(self, listed: Mapping[str, Any]) -> str:
        """When an image was made; the list has it to the second."""
        return str(self._client.images.get(listed["Id"]).attrs["Created"])

    @cached_property
    def _registry_answers(self) -> bool:
        """Asked once for each run: where there is none, the answer comes at once."""
        try:
            self._client.images.get_registry_data(list(self._names.values())[-1])
        except (DockerException, OSError):
            return False
        return True

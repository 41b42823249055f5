"""The folder docker/ is data: with a module in it, `import docker` would find that instead of the SDK."""

import tomllib

from packaging.version import Version

from matrix import builtin
from matrix.order import interpreter_key
from matrix.provision.interpreters import SUPPORTED


def test_no_code() -> None:
    """There is no Python in it, not even an empty package."""
    assert list(builtin.DOCKER.rglob("*.py")) == []


def test_sdk_is_the_sdk() -> None:
    """`import docker` is the SDK, and not a namespace of that name."""
    import docker

    assert docker.__file__ is not None
    assert Version(docker.__version__) >= Version("7.1")


def test_an_image_for_each_interpreter() -> None:
    """Every interpreter that a grid is made of has the name of an image."""
    names = tomllib.loads((builtin.DOCKER / "images.toml").read_text())["registry"]
    assert tuple(sorted(names, key=interpreter_key)) == tuple(sorted(SUPPORTED, key=interpreter_key))
    plain = {python: name for python, name in names.items() if not python.startswith("pypy")}
    assert [name for python, name in plain.items() if name != f"python:{python}-slim"] == []

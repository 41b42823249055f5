"""`matrix.sandbox.cleaning`: all that is ours, and nothing else; on an engine that is a few lists."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from docker.errors import NotFound

from matrix.sandbox.cleaning import remove_all, remove_run


@dataclass
class Thing:
    """A container, a volume or an image."""

    id: str
    labels: dict[str, str]
    gone: bool = False  # when it is to be removed
    ended: bool = False  # when the SDK asks what it is
    removed: dict[str, bool] | None = None

    def remove(self, **options: bool) -> None:
        if self.gone:
            raise NotFound("gone meanwhile")
        self.removed = options


@dataclass
class Things:
    """Those of one kind; asked with a filter as the engine is."""

    things: list[Thing] = field(default_factory=list)

    def list(
        self,
        *,
        filters: dict[str, Any],
        all: bool = False,  # noqa: A002  as the SDK has it
        ignore_removed: bool = False,
    ) -> list[Thing]:
        name, _, value = filters["label"].partition("=")
        found = [thing for thing in self.things if thing.labels.get(name) == value]
        if not ignore_removed and any(thing.ended for thing in found):
            raise NotFound("no such container")
        return [thing for thing in found if not thing.ended]

    def remove(self, name: str, **options: bool) -> None:
        (thing,) = [thing for thing in self.things if thing.id == name]
        thing.remove(**options)


@dataclass
class Engine:
    """An engine."""

    containers: Things = field(default_factory=Things)
    volumes: Things = field(default_factory=Things)
    images: Things = field(default_factory=Things)


OURS = {"leakmatrix": "1"}
KINDS = ("containers", "volumes", "images")


@pytest.fixture
def engine() -> Engine:
    """One thing of each kind that is ours, and one that is not."""
    return Engine(**{kind: Things([Thing(f"our {kind}", OURS), Thing(f"other {kind}", {})]) for kind in KINDS})


@pytest.mark.parametrize("kind", KINDS)
def test_ours_is_removed(engine: Engine, kind: str) -> None:
    """What carries our label is removed, whatever it takes."""
    remove_all(engine)  # type: ignore[arg-type]
    removed = getattr(engine, kind).things[0].removed
    assert removed is not None
    assert removed["force"]


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_not(engine: Engine, kind: str) -> None:
    """What does not carry it is left alone."""
    remove_all(engine)  # type: ignore[arg-type]
    assert getattr(engine, kind).things[1].removed is None


def test_told(engine: Engine) -> None:
    """How many there were is told for each kind."""
    assert remove_all(engine) == {"containers": 1, "volumes": 1, "images": 1}  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_gone_meanwhile(engine: Engine, kind: str) -> None:
    """What somebody else removed at the same time is no error, and not counted."""
    getattr(engine, kind).things[0].gone = True
    assert remove_all(engine) == {name: int(name != kind) for name in KINDS}  # type: ignore[arg-type]


def test_volumes_of_a_container(engine: Engine) -> None:
    """With a container its nameless volumes go."""
    remove_all(engine)  # type: ignore[arg-type]
    assert engine.containers.things[0].removed == {"force": True, "v": True}


def test_one_that_ends_meanwhile(engine: Any) -> None:
    """It hides no other from being removed."""
    engine.containers.things.insert(0, Thing("ended", OURS, ended=True))
    assert remove_all(engine)["containers"] == 1


def test_one_run(engine: Any) -> None:
    """Its containers and nobody else's, also where one of them ends meanwhile."""
    ours, others = ({"leakmatrix": "1", "leakmatrix.run": run} for run in ("abc", "abd"))
    engine.containers.things += [Thing("1", ours, ended=True), Thing("2", ours), Thing("3", others)]
    remove_run(engine, "abc")
    assert [thing.id for thing in engine.containers.things if thing.removed] == ["2"]

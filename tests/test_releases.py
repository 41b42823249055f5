"""`matrix.releases`: how far down the index is asked, and what uv says to us."""

import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from matrix.config import Client, Config
from matrix.errors import ConfigError, EnvironmentLacks
from matrix.releases import Release, UvIndex, known_releases, release_date, request_text
from matrix.versions import Exact, LastMinors, Latest, Request, Specifier

DATE = datetime(2022, 1, 6, 14, 37, 54, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedIndex:
    """An index that has exactly these releases, and remembers what it was asked."""

    releases: tuple[str, ...]
    asked: list[str] = field(default_factory=list)

    def newest(self, requirement: str, *pythons: str, before: datetime | None = None) -> Release | None:
        self.asked.append(requirement)
        wanted = Requirement(requirement)
        named = bool(wanted.specifier.prereleases)
        fitting = [
            version
            for name, _, version in (each.partition("==") for each in self.releases)
            if name == wanted.name and wanted.specifier.contains(version, prereleases=named)
        ]
        newest = max(fitting, key=Version, default=None)
        return Release(version=newest, uploaded=DATE) if newest else None


TINY = ("tiny==1.0", "tiny==1.1", "tiny==1.1.1", "tiny==2.0", "tiny==2.1rc1")


def config(**clients: tuple[Request, ...]) -> Config:
    return Config(clients={name: Client(versions=each) for name, each in clients.items()})


def versions(index: ListedIndex, *requests: Request) -> list[str]:
    found = known_releases(config(tiny=requests), index, ("3.12",))
    return [release.version for release in found["tiny"]]


@pytest.mark.parametrize(
    ("request_", "found", "asked"),
    [
        pytest.param(Exact(version="1.0"), [], 0, id="exact asks nothing"),
        pytest.param(Latest(), ["2.0"], 1, id="latest"),
        pytest.param(LastMinors(count=2), ["2.0", "1.1.1"], 2, id="minors"),
        pytest.param(LastMinors(count=9), ["2.0", "1.1.1", "1.0"], 4, id="fewer minors"),
        pytest.param(Specifier(spec=">=1.1"), ["2.0", "1.1.1", "1.1"], 4, id="specifier"),
        pytest.param(Specifier(spec="<1.1"), ["1.0"], 2, id="upper bound"),
        pytest.param(Specifier(spec=">2.0a1"), ["2.1rc1", "2.0"], 3, id="pre-releases asked for"),
    ],
)
def test_descent(request_: Request, found: list[str], asked: int) -> None:
    """The index is asked from the newest down, and no further than the request needs."""
    index = ListedIndex(releases=TINY)
    assert versions(index, request_) == found
    assert len(index.asked) == asked


def test_requests_are_united_newest_first() -> None:
    """A release that two requests found is there once, in order."""
    index = ListedIndex(releases=TINY)
    assert versions(index, Specifier(spec="<2"), Latest(), LastMinors(count=2)) == [
        "2.0",
        "1.1.1",
        "1.1",
        "1.0",
    ]


def test_all_that_the_index_does_not_have_at_once() -> None:
    """An unknown client and a range without releases are told in one error."""
    wanted = config(tiny=(Specifier(spec=">=9"),), tinny=(Latest(pins=("h11==0.9",)),))
    with pytest.raises(ConfigError) as caught:
        known_releases(wanted, ListedIndex(releases=TINY), ("3.12",))
    assert caught.value.mistakes == (
        'clients.tiny: nothing for ">=9" on 3.12: the newest release is 2.0',
        'clients.tinny: nothing for "latest + h11==0.9" on 3.12: no such package',
    )


def test_index_that_repeats_itself_ends() -> None:
    """An index that never goes down is not asked for ever."""

    @dataclass(frozen=True)
    class Stuck:
        def newest(self, requirement: str, *pythons: str, before: datetime | None = None) -> Release | None:
            return Release(version="1.0")

    found = known_releases(config(tiny=(Specifier(spec=">0"),)), Stuck(), ("3.12",))
    assert found == {"tiny": (Release(version="1.0"),)}


def test_release_date() -> None:
    """The date is that of this version, or None."""
    index = ListedIndex(releases=TINY)
    assert release_date("tiny", "1.1", index, python="3.12") == DATE
    assert release_date("tiny", "7.0", index, python="3.12") is None


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (Exact(version="1.0", pins=("a==1", "b==2")), "1.0 + a==1 + b==2"),
        (Latest(), "latest"),
        (Specifier(spec=">=1"), ">=1"),
        (LastMinors(count=3), "last 3 minors"),
    ],
    ids=["exact", "latest", "specifier", "minors"],
)
def test_request_text(request_: Request, text: str) -> None:
    """A request is told as it is written."""
    assert request_text(request_) == text


def make_wheel(folder: Path, name: str, version: str, tag: str = "py3-none-any") -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UvIndex:
    """uv, configured for a folder of hand-made wheels and for nothing else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for each in TINY:
        make_wheel(folder, *each.split("=="))
    make_wheel(folder, "grown", "1.0")
    make_wheel(folder, "grown", "2.0", tag="cp312-none-any")
    make_wheel(folder, "grown", "3.0", tag="py311-none-any")
    settings = tmp_path / "uv.toml"
    settings.write_text(f"[pip]\nno-index = true\nfind-links = ['{folder}']\n")
    for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("UV_CONFIG_FILE", str(settings))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    return UvIndex()


@pytest.mark.parametrize(
    ("requirement", "newest"),
    [
        ("tiny", Release(version="2.0")),
        ("tiny<2", Release(version="1.1.1")),
        ("tiny>=2.1rc1", Release(version="2.1rc1")),
        ("tiny>9", None),
        ("other", None),
    ],
)
def test_uv_answers(wheels: UvIndex, requirement: str, newest: Release | None) -> None:
    """The real uv finds the newest that fits, without pre-releases; no answer is None."""
    assert wheels.newest(requirement, "3.12") == newest


def test_uv_descends(wheels: UvIndex) -> None:
    """The real uv serves a whole descent."""
    found = known_releases(config(tiny=(LastMinors(count=2),)), wheels, ("3.14",))
    assert found == {"tiny": (Release(version="2.0"), Release(version="1.1.1"))}


@pytest.mark.parametrize(
    ("pythons", "minors"),
    [
        (("3.8",), ["1.0"]),
        (("3.12",), ["3.0", "2.0"]),
        (("3.15",), ["3.0", "1.0"]),
        (("3.12", "3.15"), ["3.0", "2.0"]),
        (("3.15", "3.12", "3.8"), ["3.0", "2.0"]),
    ],
)
def test_what_any_interpreter_has_is_a_release(wheels: UvIndex, pythons: tuple[str, ...], minors: list[str]) -> None:
    """An interpreter without a wheel of a release, too old or too new, hides it from no other."""
    found = known_releases(config(grown=(LastMinors(count=2),)), wheels, pythons)
    assert [release.version for release in found["grown"]] == minors


@pytest.fixture
def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of uv, for answers that need a network."""
    program = tmp_path / "uv"
    monkeypatch.setattr("matrix.provision.uv.find_uv_bin", lambda: str(program))
    return program


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    path.chmod(0o755)


def test_uploaded_is_the_first_file(fake_uv: Path) -> None:
    """The wheel that came before the source archive gives the date."""
    write_program(
        fake_uv,
        """cat <<'END'
[[packages]]
name = "tiny"
version = "1.0"
sdist = { url = "x", upload-time = 2024-12-06T15:37:23Z }
wheels = [{ url = "y", upload-time = 2024-12-06T15:37:21Z }]
END""",
    )
    first = datetime(2024, 12, 6, 15, 37, 21, tzinfo=UTC)
    assert UvIndex().newest("tiny", "3.12") == Release(version="1.0", uploaded=first)


NOT_FOUND = "error: No solution found when resolving dependencies\\n  cause: x was not found"
LACKS = {
    "no connection": ("error: Failed to fetch: https://me:pw@host.test/simple/x/", 2),
    "offline": (
        f"{NOT_FOUND}\\nhint: Packages were unavailable because the network was disabled",
        1,
    ),
    "refused": (f"{NOT_FOUND}\\nhint: An index (https://me:pw@host.test/s) returned a 403", 1),
    "login": (f"{NOT_FOUND}\\nhint: An index URL (https://host.test/s) could not be queried", 1),
}


@pytest.mark.parametrize(("said", "code"), LACKS.values(), ids=LACKS)
def test_index_that_cannot_be_asked(fake_uv: Path, said: str, code: int) -> None:
    """No answer is not the answer "no such package", and says nothing of the host."""
    write_program(fake_uv, f"printf '{said}' >&2; exit {code}")
    with pytest.raises(EnvironmentLacks, match="uv could not do its work") as caught:
        UvIndex().newest("x", "3.12")
    assert "host.test" not in caught.value.message


def test_unknown_package_is_no_failure(fake_uv: Path) -> None:
    """Uv's plain "no solution" is the answer that there is none."""
    write_program(fake_uv, f"printf '{NOT_FOUND}' >&2; exit 1")
    assert UvIndex().newest("x", "3.12") is None


def test_index_that_hangs(fake_uv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that does not answer in time is missing."""
    monkeypatch.setattr("matrix.provision.uv._TIMEOUT", 0.5)
    write_program(fake_uv, "exec sleep 60")
    with pytest.raises(EnvironmentLacks, match=r"within 0\.5 s"):
        UvIndex().newest("x", "3.12")


def test_command_without_downloads_and_builds(fake_uv: Path) -> None:
    """Uv is told the interpreter and the date, and never to fetch or build anything."""
    write_program(fake_uv, f'echo "$UV_PYTHON_DOWNLOADS $*" > {fake_uv}.log')
    assert UvIndex().newest("x", "3.15", before=DATE) is None
    said = Path(f"{fake_uv}.log").read_text()
    assert said.startswith("never pip compile - --no-deps --no-build")
    assert said.endswith("--python-version 3.15 --exclude-newer 2022-01-06T14:37:54+00:00\n")


def test_no_uv_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing uv is said as such."""

    def missing() -> str:
        raise FileNotFoundError

    monkeypatch.setattr("matrix.provision.uv.find_uv_bin", missing)
    with pytest.raises(EnvironmentLacks, match="uv's program is missing"):
        UvIndex().newest("x", "3.12")

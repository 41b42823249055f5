"""`matrix.config`: what the table means, and what is said where it is wrong."""

from pathlib import Path

import pytest

from matrix.config import Config, Limits, apply_profile, find, load
from matrix.errors import ConfigError, UsageError
from matrix.model import Resolve
from matrix.versions import Bundled, Exact, LastMinors, Latest, Specifier

MINIMAL = '[tool.leakmatrix.clients.httpx]\nversions = ["latest"]\n'


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def mistakes(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return caught.value.mistakes


def test_minimal_table_has_the_defaults(tmp_path: Path) -> None:
    """One client with one version is a whole configuration."""
    config = read(tmp_path, MINIMAL)
    assert config.python is None
    assert config.resolve == (Resolve.NEWEST,)
    assert config.cases == ("*",)
    assert config.sandbox == "auto"
    assert config.limits == Limits()
    assert config.profiles == {}


@pytest.mark.parametrize(
    ("written", "request_"),
    [
        pytest.param("2.25.1", Exact(version="2.25.1"), id="exact"),
        pytest.param("v2.25.1-rc1", Exact(version="2.25.1rc1"), id="normalised"),
        pytest.param("1.0+cu12", Exact(version="1.0+cu12"), id="local label"),
        pytest.param("latest", Latest(), id="latest"),
        pytest.param("python", Bundled(), id="bundled"),
        pytest.param(">=2.31", Specifier(spec=">=2.31"), id="specifier"),
        pytest.param("last 4 minors", LastMinors(count=4), id="minors"),
        pytest.param("last 1 minor", LastMinors(count=1), id="one minor"),
        pytest.param(
            "2.31.0 + urllib3==1.26.15",
            Exact(version="2.31.0", pins=("urllib3==1.26.15",)),
            id="pin",
        ),
        pytest.param(
            "latest+Zope.Interface==5.0+H11==0.14",
            Latest(pins=("h11==0.14", "zope-interface==5.0")),
            id="pins normalised and sorted",
        ),
    ],
)
def test_version_request(tmp_path: Path, written: str, request_: object) -> None:
    """Each way of writing a version has its class."""
    config = read(tmp_path, MINIMAL.replace("latest", written))
    assert config.clients["httpx"].versions == (request_,)


def test_limits_have_dashes_and_units(tmp_path: Path) -> None:
    """Keys are written with dashes, memory with its unit; a whole number is a float too."""
    text = MINIMAL + '[tool.leakmatrix.limits]\ncase-seconds = 5\nmemory = "1.5 GiB"\npids = 64\n'
    limits = read(tmp_path, text).limits
    assert limits == Limits(case_seconds=5.0, memory=1536 * 2**20, pids=64)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = ['latest', 0.21, 'latest']",
            'clients.httpx.versions[1]: 0.21 is a number, which reads 3.10 as 3.1: put it in quotes ("2.31.0")',
            id="float version",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = ['newest']",
            'clients.httpx.versions[0]: "newest" is no version: write "2.31.0", "latest", ">=2.31", '
            '"last 4 minors", or "python" for a part of the standard library',
            id="no version",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = ['0.21 + h11>=0.9']",
            'clients.httpx.versions[0]: "h11>=0.9" is not an exact pin, such as urllib3==1.26.15',
            id="pin is a range",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = ['0.21 + h11==0.*']",
            'clients.httpx.versions[0]: "h11==0.*" is not an exact pin, such as urllib3==1.26.15',
            id="pin is a wildcard",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = []",
            "clients.httpx.versions: should not be empty",
            id="no versions",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = ['latest']\nbeside = ['h2 is nice']",
            'clients.httpx.beside[0]: "h2 is nice" is no requirement, such as "h2" or "anyio>=4"',
            id="no requirement",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.httpx]\nversions = 'latest'",
            'clients.httpx.versions: should be a list, such as ["latest"]',
            id="not a list",
        ),
        pytest.param(
            MINIMAL + "version = ['latest']",
            'clients.httpx.version: unknown key; did you mean "versions"?',
            id="unknown key, near",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\ncolour = 1",
            "limits.colour: unknown key; there are: case-seconds, late-seconds, cell-seconds, memory, pids, files",
            id="unknown key, far",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\ncase_seconds = 1",
            'limits.case_seconds: unknown key; did you mean "case-seconds"?',
            id="underscore",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\ncase-seconds = inf",
            "limits.case-seconds: should be a finite number",
            id="infinite",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\npids = true",
            "limits.pids: should be a valid integer",
            id="bool is no number",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\nfiles = 3",
            "limits.files: should be greater than or equal to 64",
            id="out of range",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\nmemory = 512",
            'limits.memory: 512 is no size: write a number and a unit, "512MiB"',
            id="memory without unit",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.limits]\nmemory = '1 MB'",
            'limits.memory: "1 MB" is out of range: 64MiB to 1024GiB',
            id="memory out of range",
        ),
        pytest.param(
            "[tool.leakmatrix]\npython = [3.10]\n" + MINIMAL,
            'python[0]: 3.1 is a number, which reads 3.10 as 3.1: put it in quotes ("3.12")',
            id="float python",
        ),
        pytest.param(
            "[tool.leakmatrix]\npython = ['3.12t']\n" + MINIMAL,
            'python[0]: "3.12t" is no interpreter: 3.8 to 3.15, 3.13t to 3.15t, or pypy3.11',
            id="no such interpreter",
        ),
        pytest.param(
            "[tool.leakmatrix]\nresolve = ['oldest']\n" + MINIMAL,
            "resolve[0]: should be 'newest' or 'era'",
            id="resolve",
        ),
        pytest.param(
            "[tool.leakmatrix]\nsandbox = 'podman'\n" + MINIMAL,
            "sandbox: should be 'auto', 'docker' or 'process'",
            id="sandbox",
        ),
        pytest.param(
            "[tool.leakmatrix]\ncases = [1]\n" + MINIMAL,
            'cases[0]: should be a glob on case ids, such as "session*"',
            id="case glob",
        ),
        pytest.param(
            "[tool.leakmatrix.clients.'Zope.Http']\nversions = ['latest']",
            'clients."Zope.Http": is not a normalised package name: write "zope-http"',
            id="client name",
        ),
        pytest.param("[tool.leakmatrix]\n", "clients: is missing", id="no clients"),
        pytest.param("[tool.leakmatrix]\nclients = 3\n", "clients: should be a table", id="not a table"),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.profiles.quick.clients]\nhttpxx = ['latest']",
            'profiles.quick.clients.httpxx: no such client; did you mean "httpx"?',
            id="profile names an unknown client",
        ),
        pytest.param(
            MINIMAL + "[tool.leakmatrix.profiles.quick]\nlimits = {}",
            "profiles.quick.limits: unknown key; there are: python, resolve, cases, clients, known-leaks",
            id="unknown key of a profile",
        ),
    ],
)
def test_mistake_has_path_and_hint(tmp_path: Path, text: str, mistake: str) -> None:
    """A mistake says where it is and what to write instead."""
    assert mistakes(tmp_path, text) == (mistake,)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Every mistake of the file is in one error, also those between two tables."""
    text = """
        [tool.leakmatrix]
        sandbix = "auto"
        [tool.leakmatrix.clients.httpx]
        versions = ["latest", "soon"]
        [tool.leakmatrix.profiles.quick.clients]
        niquests = [3.1]
    """
    paths = [mistake.split(":")[0] for mistake in mistakes(tmp_path, text)]
    assert sorted(paths) == [
        "clients.httpx.versions[1]",
        "profiles.quick.clients.niquests",
        "profiles.quick.clients.niquests[0]",
        "sandbix",
    ]


def test_syntax_error_has_line_and_column(tmp_path: Path) -> None:
    """What is not TOML is said with its place."""
    with pytest.raises(ConfigError, match=r"not valid TOML: .*line 2, column 5"):
        read(tmp_path, "[tool.leakmatrix]\na = ]")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing file is a sentence, not a traceback."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "pyproject.toml")


@pytest.mark.parametrize("text", ["", "tool = 3", "[tool.ruff]", "[tool]\nleakmatrix = 3"])
def test_file_without_the_table(tmp_path: Path, text: str) -> None:
    """A file of another project says how to begin."""
    with pytest.raises(ConfigError, match=r"no \[tool.leakmatrix\] table") as caught:
        read(tmp_path, text)
    assert "[tool.leakmatrix.clients.requests]" in caught.value.hint


def test_find_passes_files_without_the_table(tmp_path: Path) -> None:
    """The nearest file with the table counts, not the nearest file."""
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(MINIMAL)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.leakmatrixes]\n")
    assert find(inner) == tmp_path / "pyproject.toml"


@pytest.mark.parametrize(
    "text",
    [
        "[ tool.leakmatrix ]",
        '[tool."leakmatrix".limits]',
        "[tool]\nleakmatrix.python = []",
        "[tool.leakmatrix\npython = 3",
    ],
)
def test_find_however_it_is_written(tmp_path: Path, text: str) -> None:
    """Whatever TOML calls the table counts, and a broken file that names it, which `load` tells about."""
    inner = tmp_path / "a"
    inner.mkdir()
    (tmp_path / "pyproject.toml").write_text(MINIMAL)
    (inner / "pyproject.toml").write_text(text)
    assert find(inner) == inner / "pyproject.toml"


def test_find_nothing(tmp_path: Path) -> None:
    """No file with the table is None."""
    assert find(tmp_path) is None


PROFILES = """
    [tool.leakmatrix]
    python = ["3.8", "3.12"]
    [tool.leakmatrix.clients.requests]
    versions = ["2.25.1", "latest"]
    resolve = ["newest", "era"]
    [tool.leakmatrix.clients.httpx]
    versions = ["0.21.3"]
    [tool.leakmatrix.profiles.quick]
    python = ["3.12"]
    resolve = ["newest"]
    [tool.leakmatrix.profiles.quick.clients]
    requests = ["2.31.0"]
    [tool.leakmatrix.profiles.full]
"""


def test_profile_replaces_versions_and_clients(tmp_path: Path) -> None:
    """Only the clients that a profile names are left, with its versions."""
    config = apply_profile(read(tmp_path, PROFILES), "quick")
    assert {name: each.versions for name, each in config.clients.items()} == {"requests": (Exact(version="2.31.0"),)}


def test_profile_stands_for_clients_with_own_settings(tmp_path: Path) -> None:
    """What a profile says is stronger than what a client says."""
    config = apply_profile(read(tmp_path, PROFILES), "quick")
    assert config.python == ("3.12",)
    assert config.resolve == (Resolve.NEWEST,)
    assert config.clients["requests"].resolve is None


def test_empty_profile_is_everything(tmp_path: Path) -> None:
    """A profile that says nothing changes nothing."""
    config = read(tmp_path, PROFILES)
    assert apply_profile(config, "full") == config


def test_unknown_profile_names_those_there_are(tmp_path: Path) -> None:
    """A wrong profile is answered with the right ones."""
    with pytest.raises(UsageError, match='no profile "quik"') as caught:
        apply_profile(read(tmp_path, PROFILES), "quik")
    assert caught.value.hint == "profiles: full, quick"


def test_configuration_of_this_project() -> None:
    """The table in our own pyproject.toml is right, and its quick profile has six versions."""
    config = load(Path(__file__).parents[1] / "pyproject.toml")
    quick = apply_profile(config, "quick")
    assert sum(len(client.versions) for client in quick.clients.values()) == 6


def test_sdist_is_for_one_client(tmp_path: Path) -> None:
    """Whether wheels are built is said for each client, is no by default, and holds in every profile."""
    config = read(
        tmp_path,
        MINIMAL
        + """
[tool.leakmatrix.clients.urllib3]
versions = ["1.10.4"]
sdist = true
[tool.leakmatrix.profiles.old.clients]
urllib3 = ["1.10.1"]
""",
    )
    assert {name: client.sdist for name, client in config.clients.items()} == {"httpx": False, "urllib3": True}
    assert apply_profile(config, "old").clients["urllib3"].sdist


def test_sdist_is_yes_or_no(tmp_path: Path) -> None:
    """Nothing but true and false says it."""
    (mistake,) = mistakes(tmp_path, MINIMAL + 'sdist = "yes"\n')
    assert mistake.startswith("clients.httpx.sdist: ")

"""Asking apt for packages of another suite, with a state of its own: no root, and nothing of the host's is changed.

The mirror is the host's own, whichever format its sources are in: apt reads them. What comes from it is believed only
with the suite's signature, by the keyring that is named. Addresses are taken out of everything that apt says.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from matrix.errors import EnvironmentLacks
from matrix.provision import uv

PROGRAMS = ("apt-get", "dpkg", "dpkg-deb")
_TIMEOUT = 600.0
_HINT = "check the network and the host's apt (`apt-get update`); LEAKMATRIX_SUITE=never does without"
_TARGETS = (
    "indextargets",
    "--no-release-info",
    "--format",
    "$(COMPONENT) $(RELEASE) $(REPO_URI)",
    "Created-By: Packages",
)
_URI_LINE = re.compile(r"'[^']+' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<digest>[0-9a-f]{64})")

# Whatever the host allows, hooks into or prefers: none of it is for a suite that is not the host's.
_SETTINGS = """\
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/suite.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
#clear APT::Default-Release;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::ForceHash "SHA256";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """A package's file, as apt will get it."""

    file: str
    size: int
    digest: str


def mirror(releases: Iterable[str]) -> str | None:
    """Where the host's own apt gets one of these releases from; None where it gets none of them."""
    if shutil.which("apt-get") is None:
        return None
    return mirror_of(_run(_TARGETS), releases)


def mirror_of(targets: str, releases: Iterable[str]) -> str | None:
    """The first mirror of the component `main` of one of these releases."""
    wanted = set(releases)
    for line in targets.splitlines():
        component, release, *mirror = line.split(" ", 2)
        if component == "main" and release in wanted and mirror and not mirror[0].startswith("cdrom:"):
            return mirror[0]
    return None


def source(mirror: str, suite: str, keyring: Path, architecture: str) -> str:
    """A suite at a mirror, as apt reads it."""
    fields = {
        "Types": "deb",
        "URIs": re.sub(r"^file:", "copy:", mirror),  # else what is got would stay where it is
        "Suites": suite,
        "Components": "main",
        "Architectures": architecture,
        "Signed-By": str(keyring),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def archives_of(uris: str) -> tuple[Archive, ...]:
    """What `apt-get --print-uris` says that it would get."""
    found = (_URI_LINE.fullmatch(line.strip()) for line in uris.splitlines())
    return tuple(
        Archive(file=match["file"], size=int(match["size"]), digest=match["digest"]) for match in found if match
    )


class Apt:
    """One suite's packages; made by `opened`."""

    def __init__(self, folder: Path, mirror: str) -> None:
        self._folder = folder
        self._mirror = mirror

    def archives(self, packages: Sequence[str]) -> tuple[Archive, ...]:
        """The files of packages and of all that they depend on."""
        return archives_of(self.run("install", "--print-uris", "-qq", "--no-install-recommends", *packages))

    def download(self, packages: Sequence[str]) -> Path:
        """Get these files; the folder that they are in."""
        self.run("install", "--download-only", "-qq", "--yes", "--no-install-recommends", *packages)
        return self._folder / "cache" / "archives"

    def run(self, *arguments: str) -> str:
        """Run apt-get on the suite. Raises EnvironmentLacks in its own words."""
        return _run(("-c", str(self._folder / "apt.conf"), *arguments), secret=self._mirror)


@contextmanager
def opened(mirror: str, suite: str, keyring: Path) -> Iterator[Apt]:
    """The suite as it is at this moment; raises EnvironmentLacks where it cannot be had or is not signed."""
    with tempfile.TemporaryDirectory(prefix="leakmatrix-apt-") as name:
        folder = Path(name)
        for part in ("state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()  # nothing is installed: everything that is needed is got
        (folder / "apt.conf").write_text(_SETTINGS.format(folder=folder))
        architecture = _call(("dpkg", "--print-architecture")).stdout.strip()
        (folder / "suite.sources").write_text(source(mirror, suite, keyring, architecture))
        apt = Apt(folder, mirror)
        apt.run("update", "-qq")
        yield apt


def unpack(archive: Path, folder: Path) -> None:
    """The files of a package; nothing of it is run."""
    done = _call(("dpkg-deb", "-x", str(archive), str(folder)))
    if done.returncode:
        raise EnvironmentLacks(f"{archive.name} cannot be unpacked: {done.stderr.strip()}", hint=_HINT)


def _run(arguments: Sequence[str], secret: str = "") -> str:
    done = _call(("apt-get", *arguments))
    if done.returncode:
        raise EnvironmentLacks(f"apt could not do its work; it says: {words(done.stderr, secret)}", hint=_HINT)
    return done.stdout


def words(said: str, mirror: str = "") -> str:
    """What apt said, without addresses, each sentence once."""
    host = urlsplit(mirror).hostname
    said = uv.plain(said).replace("<index>", "<mirror>")
    if host:
        said = said.replace(host, "<mirror>")
    lines = (line.strip() for line in said.splitlines())
    return "\n".join(dict.fromkeys(line for line in lines if line))


def _call(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            timeout=_TIMEOUT,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise EnvironmentLacks(f"{command[0]} cannot be run: {error.strerror}", hint="it is part of Debian") from error
    except subprocess.TimeoutExpired as error:
        raise EnvironmentLacks(f"{command[0]} did not answer within {_TIMEOUT:g} s", hint=_HINT) from error

"""`matrix.provision.apt`: the host's own mirror, and a suite that is signed; by the real apt, in a folder."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matrix.errors import EnvironmentLacks
from matrix.provision import apt

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None, reason="this host has no apt")

ONE_LINE = "deb [arch=amd64 signed-by=/x.gpg] http://mirror.test/debian bookworm main contrib\n"
FIELDS = "Types: deb deb-src\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\nComponents: main\n"
OTHERS = "deb https://elsewhere.test/apt cloud-bookworm main\ndeb https://flat.test/ ./\n"
RELEASES = ("bookworm", "testing")


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Have apt read its sources from a file of this test's own."""

    def write(name: str, text: str) -> None:
        parts = tmp_path / "sources.list.d"
        parts.mkdir()
        (parts / name).write_text(text)
        (tmp_path / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "{parts}";\n'
            f'Dir::State::lists "{tmp_path}/lists";\n'
        )
        monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))

    return write


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("x.list", ONE_LINE, id="one line"),
        pytest.param("x.sources", FIELDS, id="fields"),
        pytest.param("x.list", OTHERS + ONE_LINE, id="others before it"),
        pytest.param("x.list", "# deb http://off.test/debian bookworm main\n" + ONE_LINE, id="one switched off"),
        pytest.param("x.sources", "Enabled: no\n" + FIELDS.replace("mirror", "off") + "\n" + FIELDS, id="one disabled"),
    ],
)
def test_mirror(configure: Callable[[str, str], None], name: str, text: str) -> None:
    """The mirror is found in either format of apt's sources."""
    configure(name, text)
    assert apt.mirror(RELEASES) == "http://mirror.test/debian/"


@pytest.mark.parametrize("text", ["", OTHERS], ids=["nothing", "others"])
def test_no_mirror(configure: Callable[[str, str], None], text: str) -> None:
    """A source of something else is no mirror of Debian."""
    configure("x.list", text)
    assert apt.mirror(RELEASES) is None


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ("main bookworm http://a/\nmain bookworm http://b/", "http://a/"),
        ("contrib bookworm http://a/\nmain testing http://b/", "http://b/"),
        ("main bookworm cdrom:[x]/\nmain bookworm mirror+file:/etc/mirrors", "mirror+file:/etc/mirrors"),
        ("main  http://a/", None),
        ("", None),
    ],
    ids=["first", "main", "no CD", "flat", "none"],
)
def test_mirror_of(targets: str, found: str | None) -> None:
    """The first one of the component and the releases that are wanted."""
    assert apt.mirror_of(targets, RELEASES) == found


def test_archives_of() -> None:
    """A file is known by its name and digest; what else apt says is passed over."""
    digest = "0" * 64
    assert apt.archives_of(f"Reading lists...\n'http://m/x_1%2b2.deb' x_1%2b2.deb 12 SHA256:{digest}\n") == (
        apt.Archive(file="x_1%2b2.deb", size=12, digest=digest),
    )


def test_no_address_in_what_is_said() -> None:
    """Neither the mirror's address nor its host is passed on, and a sentence only once."""
    said = (
        "E: Could not resolve 'mirror.test'\nE: Failed http://mirror.test/x 404\nE: Failed http://mirror.test/x 404\n"
    )
    assert apt.words(said, "http://mirror.test/debian") == "E: Could not resolve '<mirror>'\nE: Failed <mirror> 404"


# A suite of one package, in a folder.


class Archive:
    """A tiny mirror, signed by a key of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "gnupg"
        self.home.mkdir(mode=0o700)
        self.keyring = folder / "keyring.gpg"
        self.mirror = folder / "mirror"
        self.deb = self.mirror / "pool" / "tiny_1.0_all.deb"
        self._build(folder / "tiny")
        self.gpg("--quick-generate-key", "Tiny <tiny@test>", "default", "default", "never")
        self.keyring.write_bytes(self.gpg("--export"))
        self.sign()

    def gpg(self, *arguments: str) -> bytes:
        command = ("gpg", "--homedir", self.home, "--batch", "--yes", "--passphrase", "", *arguments)
        return subprocess.run(command, capture_output=True, check=True).stdout

    def _build(self, root: Path) -> None:
        (root / "DEBIAN").mkdir(parents=True)
        (root / "usr").mkdir()
        (root / "usr" / "hello").write_text("world")
        control = "Package: tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@t>\nDescription: tiny\n"
        (root / "DEBIAN" / "control").write_text(control)
        self.deb.parent.mkdir(parents=True)
        subprocess.run(("dpkg-deb", "--root-owner-group", "-b", root, self.deb), capture_output=True, check=True)

    def sign(self) -> None:
        """Write the index of what there is, and sign it."""
        architecture = subprocess.run(("dpkg", "--print-architecture"), capture_output=True, text=True, check=True)
        name = architecture.stdout.strip()
        data = self.deb.read_bytes()
        packages = (
            "Package: tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: T <t@t>\nDescription: tiny\n"
            f"Filename: pool/{self.deb.name}\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
        ).encode()
        suite = self.mirror / "dists" / "tiny"
        index = f"main/binary-{name}/Packages"
        (suite / index).parent.mkdir(parents=True, exist_ok=True)
        (suite / index).write_bytes(packages)
        (suite / "Release").write_text(
            f"Origin: Tiny\nSuite: tiny\nCodename: tiny\nArchitectures: {name}\nComponents: main\n"
            "Date: Thu, 01 Jan 2026 00:00:00 UTC\n"
            f"SHA256:\n {hashlib.sha256(packages).hexdigest()} {len(packages)} {index}\n"
        )
        self.gpg("--clearsign", "-o", str(suite / "InRelease"), str(suite / "Release"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """A mirror of a suite with one package."""
    if shutil.which("gpg") is None:
        pytest.skip("this host has no gpg to sign with")
    tmp_path.chmod(0o755)
    made = Archive(tmp_path)
    yield made
    subprocess.run(("gpgconf", "--homedir", made.home, "--kill", "all"), check=True)  # the agent that gpg has started


def test_packages_are_got(archive: Archive, tmp_path: Path) -> None:
    """What apt says that it would get is what it gets, and unpacking it runs nothing of it."""
    with apt.opened(f"file:{archive.mirror}", "tiny", archive.keyring) as suite:
        (file,) = suite.archives(["tiny"])
        assert file.digest == hashlib.sha256(archive.deb.read_bytes()).hexdigest()
        apt.unpack(suite.download(["tiny"]) / file.file, tmp_path / "out")
    assert (tmp_path / "out" / "usr" / "hello").read_text() == "world"


def test_no_such_package(archive: Archive) -> None:
    """A package that the suite has not is told in apt's words."""
    with (
        apt.opened(f"file:{archive.mirror}", "tiny", archive.keyring) as suite,
        pytest.raises(EnvironmentLacks, match="Unable to locate package nobody"),
    ):
        suite.archives(["nobody"])


def test_another_key(archive: Archive, tmp_path: Path) -> None:
    """A suite that is signed by somebody else is refused, whoever else this host trusts."""
    other = tmp_path / "other.gpg"
    archive.gpg("--quick-generate-key", "Other <other@test>", "default", "default", "never")
    other.write_bytes(archive.gpg("--export", "other@test"))
    with (
        pytest.raises(EnvironmentLacks, match=r"not signed|couldn't be verified|NO_PUBKEY|Missing key"),
        apt.opened(f"file:{archive.mirror}", "tiny", other),
    ):
        pass


def test_no_signature(archive: Archive) -> None:
    """Without a signature nothing is believed."""
    (archive.mirror / "dists" / "tiny" / "InRelease").unlink()
    with (
        pytest.raises(EnvironmentLacks, match="not signed"),
        apt.opened(f"file:{archive.mirror}", "tiny", archive.keyring),
    ):
        pass


def test_no_mirror_there(tmp_path: Path, archive: Archive) -> None:
    """A mirror that cannot be reached is this machine's lack, with a hint."""
    with pytest.raises(EnvironmentLacks) as caught, apt.opened(f"file:{tmp_path}/nowhere", "tiny", archive.keyring):
        pass
    assert "LEAKMATRIX_SUITE=never" in caught.value.hint


def test_package_that_was_changed(archive: Archive) -> None:
    """A file with other bytes than those that were signed is refused."""
    with apt.opened(f"file:{archive.mirror}", "tiny", archive.keyring) as suite:
        archive.deb.write_bytes(archive.deb.read_bytes()[::-1])
        with pytest.raises(EnvironmentLacks, match=r"[Hh]ash|mismatch|size"):
            suite.download(["tiny"])

"""`matrix.guest.build_wheel`: what PEP 517 asks for, in a process of its own; on a backend that is a few lines."""

import io
import json
import subprocess
import sys
import tarfile
import zipfile

import pytest

BACKEND = """
import os, sys

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "tiny-1.0-py3-none-any.whl"
    with open(os.path.join(folder, name), "w") as wheel:
        wheel.write("%s in %s" % (sys.argv, sorted(os.listdir("."))))
    return name

class legacy:
    build_wheel = staticmethod(build_wheel)
"""


def as_tar(path, files):
    """An sdist."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


def as_zip(path, files):
    """The same in the other format."""
    with zipfile.ZipFile(str(path), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.fixture
def build(tmp_path):
    """Builds an sdist of these files with that backend: the process, and the answer."""

    def run(files, backend="backend", backend_path=("own",), write=as_tar, name="tiny-1.0.tar.gz"):
        write(tmp_path / name, files)
        answer = tmp_path / "answer"
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        job = {"sdist": str(tmp_path / name), "backend": backend, "backend_path": list(backend_path)}
        job.update(answer=str(answer), scratch=str(scratch))
        (tmp_path / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            (sys.executable, "-m", "matrix.guest.build_wheel", str(tmp_path / "job.json")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done, answer.read_bytes() if answer.exists() else b""

    return run


FILES = {"tiny-1.0/own/backend.py": BACKEND, "tiny-1.0/setup.py": ""}


def test_built(build):
    """The answer is the wheel's name, and the wheel; the backend was in the sdist's folder."""
    done, answer = build(FILES)
    assert done.returncode == 0, done.stdout
    assert answer == b"tiny-1.0-py3-none-any.whl\n['setup.py'] in ['own', 'setup.py']"


def test_object_in_a_module(build):
    """A backend may be an object in a module, as that of old set-up scripts is."""
    _, answer = build(FILES, backend="backend:legacy")
    assert answer.startswith(b"tiny-1.0-py3-none-any.whl\n")


def test_zip(build):
    """An sdist may be a zip file."""
    done, answer = build(FILES, write=as_zip, name="tiny-1.0.zip")
    assert done.returncode == 0, done.stdout
    assert answer


def test_fails(build):
    """A build that fails says why in its log, and gives no answer."""
    broken = {"tiny-1.0/own/backend.py": "def build_wheel(*args):\n    raise SystemExit('no compiler')\n"}
    done, answer = build(broken)
    assert (done.returncode, answer) == (1, b"")
    assert b"no compiler" in done.stdout


def test_two_folders(build):
    """What is no sdist is not built."""
    done, answer = build(dict(FILES, **{"other/setup.py": ""}))
    assert (done.returncode, answer) == (1, b"")

"""`python -m matrix.guest.build_wheel JOB`: build a wheel from an sdist, inside a sandbox without network.

It expects a job file, and on the import path what the sdist asks for to be built:

    {"sdist": "/leakmatrix/sdist-x/name-1.0.tar.gz", "backend": "setuptools.build_meta:__legacy__",
     "backend_path": [], "answer": "/job/answer/answer.jsonl", "scratch": "/tmp"}

It leaves an answer file: the wheel's name, a line break, and the wheel. Whatever is
printed is the log; a build that fails ends with an exit code other than 0.
"""

import importlib
import json
import os
import shutil
import sys
import tarfile
import zipfile


def main(path):
    """Build as the job in `path` says."""
    with open(path, encoding="utf-8") as text:
        job = json.load(text)
    source = unpacked(job["sdist"], os.path.join(job["scratch"], "source"))
    out = os.path.join(job["scratch"], "wheel")
    os.mkdir(out)
    os.chdir(source)
    sys.path[:0] = [os.path.join(source, part) for part in job["backend_path"]]
    sys.argv = ["setup.py"]  # of this program's arguments old set-up scripts know nothing
    name = backend(job["backend"]).build_wheel(out)
    with open(os.path.join(out, name), "rb") as wheel, open(job["answer"], "wb") as answer:
        answer.write(name.encode("utf-8") + b"\n")
        shutil.copyfileobj(wheel, answer)
    return 0


def unpacked(sdist, target):
    """The one folder that an sdist has, unpacked."""
    if sdist.endswith(".zip"):
        with zipfile.ZipFile(sdist) as archive:
            archive.extractall(target)  # noqa: S202  zipfile lets nothing out of the target
    else:
        with tarfile.open(sdist) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # not in the oldest 3.8 to 3.11
            archive.extractall(target)  # noqa: S202
    (folder,) = [name for name in os.listdir(target) if os.path.isdir(os.path.join(target, name))]
    return os.path.join(target, folder)


def backend(text):
    """The object that PEP 517 names, `module:attribute`."""
    module, _, attributes = text.partition(":")
    found = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found


if __name__ == "__main__":
    os._exit(main(sys.argv[1]))

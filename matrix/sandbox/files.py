"""Files in and out of a container that is not running: a tar in, a tar out."""

import io
import json
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container


def job_archive(job: Mapping[str, Any], *, user: int) -> bytes:
    """The job, readable, and one empty file that the guest's user may write its answer to: no other, and no folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        text = json.dumps(job).encode()
        entry = tarfile.TarInfo("job.json")
        entry.size, entry.mode = len(text), 0o444
        archive.addfile(entry, io.BytesIO(text))
        folder = tarfile.TarInfo("answer")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(folder)
        answer = tarfile.TarInfo("answer/answer.jsonl")
        answer.mode, answer.uid, answer.gid = 0o600, user, user
        archive.addfile(answer)
    return buffer.getvalue()


def read(container: Container, path: str, most: int) -> bytes | None:
    """A file of a container, one byte more than `most` at the most; None where there is none."""
    try:
        chunks, _ = container.get_archive(path)
    except NotFound:
        return None
    packed = io.BytesIO()
    for chunk in chunks:
        packed.write(chunk)
        if packed.tell() > most + 4096:
            break
    packed.seek(0)
    with suppress(tarfile.TarError), tarfile.open(fileobj=packed) as archive:
        member = archive.next()
        file = archive.extractfile(member) if member is not None and member.isfile() else None
        return file.read(most + 1) if file is not None else None
    return None

"""`python -m matrix.guest JOB`: run a cell's cases and leave the answer.

It expects a job file, described in `wire.py`; the import path set up by whoever
starts it: the client's packages first, then pytest's, then this code and the cases.

It leaves an answer file, whose every line is complete: records are flushed one by one,
and the footer comes last. Expected trouble (the client cannot be imported, a control
gives the wrong answer, a case crashes) is a record; the exit code is 0 whenever the
footer was written.
"""

import json
import os
import platform
import sys

from .wire import MAX_TEXT, PROTOCOL


class Answer:
    """The answer file: one JSON object a line, each flushed at once."""

    def __init__(self, path):
        self._file = open(path, "w", encoding="utf-8")

    def write(self, record):
        """Append one record."""
        self._file.write(json.dumps(record) + "\n")
        self._file.flush()

    def unavailable(self, status, reason):
        """Say why this cell has no result."""
        self.write({"record": "unavailable", "status": status, "reason": reason[:MAX_TEXT]})


def main(path):
    """Run the job in `path`."""
    with open(path, encoding="utf-8") as text:
        job = json.load(text)
    answer = Answer(job["answer"])
    answer.write(_header())
    cases = _run(job, answer)
    answer.write({"record": "footer", "cases": cases})
    return 0


def _header():
    return {
        "record": "header",
        "protocol": PROTOCOL,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
    }


def _run(job, answer):
    """The number of case records written."""
    from . import adapter, importers, plugin
    from .explain import raised
    from .peer import Peer, PeerError

    if job["protocol"] != PROTOCOL:
        answer.unavailable("invalid", "the job speaks protocol %r, this guest %d" % (job["protocol"], PROTOCOL))
        return 0
    peer = Peer(**job["peer"])
    try:
        peer.wait_until_ready(job["limits"]["peer_seconds"])
        _trust(peer.certificate_authority(), job["scratch"])
    except PeerError as error:
        answer.unavailable("invalid", "no peer: %s" % error)
        return 0
    try:
        client = adapter.load(job["client"])
    except BaseException as error:
        answer.unavailable("import error", raised(error))
        return 0
    importers.complete()
    run = plugin.Plugin(job, client, peer, answer.write)
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    _pytest([os.path.join(root, path) for path in job["cases"]["paths"]], run)
    if run.problem is not None:
        answer.unavailable(*run.problem)
    return run.cases


def _trust(certificate, scratch):
    """Make the peer's CA the only one, for every client: TLS set-up is then short, and real."""
    path = os.path.join(scratch, "ca.pem")
    with open(path, "w", encoding="ascii") as file:
        file.write(certificate)
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ[variable] = path


def _pytest(paths, run):
    import pytest

    here = os.path.dirname(os.path.abspath(__file__))
    root = os.path.dirname(os.path.dirname(here))  # modules are named from there
    controls = os.path.join(here, "controls.py")
    quiet = ("cacheprovider", "capture", "faulthandler", "logging", "terminal", "threadexception")
    quiet += ("unraisableexception", "warnings", "junitxml", "pastebin", "debugging", "stepwise", "doctest")
    arguments = ["-c", os.devnull, "--rootdir", root, "--import-mode=importlib", "--assert=plain"]
    for name in quiet:
        arguments += ["-p", "no:" + name]
    code = pytest.main([*arguments, controls, *paths], plugins=[run])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and run.problem is None:
        run.problem = "invalid", "pytest ended with %s" % code


if __name__ == "__main__":
    # No finalization: what a client left for it (a thread, an atexit function, a closed
    # standard output) must not spoil an answer that is complete.
    os._exit(main(sys.argv[1]))

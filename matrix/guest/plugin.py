"""The pytest plugin of the guest: marks, fixtures, and a run loop in which each case is a forked child.

pytest is used to collect cases and to set up their fixtures; it runs, judges and
prints nothing. The only module here that needs it.
"""

import os
import tempfile
from collections import Counter, deque

import pytest
from _pytest.runner import runtestprotocol

from . import adapter, collector, runs, warm
from .adapter import Unsupported
from .explain import merged, raised
from .forked import Child, side_by_side
from .growth import tells
from .reconcile import disturbed
from .select import case_matches, nearest_first
from .wire import CONTRACTS, MAX_TEXT, PASSING

_BUILT_IN = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "cases")
_WARM_UP = 0, None, "warm-up", {}  # the first entry of the queue: the client is used once


class Plugin:
    """Collects, selects and runs the cases of one job; hands each finished record to `write`."""

    def __init__(self, job, client, peer, write):
        self._limits = job["limits"]
        self._scratch = job["scratch"]
        self._select = job["cases"]["select"]
        self._name = job["client"]
        self._client = client
        self._peer = peer
        self._write = write
        self._here = peer  # in a child: the peer under the case's own address
        self._outcome = None  # in a child: what the measured call came to
        self._what = "verdict"  # in a child: which of the runs it is, and what the verdict run answered
        self._known = None
        self.cases = 0
        self.problem = None  # (status, reason): why nothing in this cell is to be believed

    @pytest.fixture
    def peer(self):
        """The HTTP server, under an address of this case's own."""
        return self._here

    @pytest.fixture
    def client(self):
        """The client under test, through its adapter."""
        return self._client

    def pytest_configure(self, config):
        """Register the marks that cases carry."""
        for contract in CONTRACTS:
            config.addinivalue_line("markers", contract + "(text, promise=, fix=): what this case is")
        config.addinivalue_line("markers", "objects(name, ...): classes whose instances are counted")
        config.addinivalue_line(
            "markers", "client(name, specifier): the only client, and versions, that a case is about"
        )
        config.addinivalue_line("markers", "once: not repeated to see whether it grows")
        config.addinivalue_line("markers", "memory: the bytes that each call leaves are counted")

    def pytest_collection_modifyitems(self, items):
        """Keep the controls and the cases that were asked for."""
        cases = [item for item in items if _contract(item) != "control"]
        twice = [name for name, times in Counter(map(case_id, items)).items() if times > 1]
        if twice and self.problem is None:
            self.problem = "invalid", "more than one case is called %s: rename all but one" % twice[0]
        wanted = [item for item in cases if self._wanted(item)]
        if not wanted and self.problem is None:
            there = nearest_first(self._select, sorted(map(case_id, cases)), near=6, most=12) or "no case at all"
            self.problem = "usage", "no case matches %s; there is: %s" % (" or ".join(self._select), there)
        wanted.sort(key=_place)
        items[:] = [item for item in items if item not in cases] + wanted

    def _wanted(self, item):
        return any(case_matches(pattern, case_id(item)) for pattern in self._select)

    def pytest_collectreport(self, report):
        """A case file that cannot be imported, or skips itself, spoils the cell: its cases would just be missing."""
        if self.problem is not None:
            return  # the first is enough
        if report.failed:
            self.problem = "invalid", "cases cannot be collected: %s" % _error_first(str(report.longrepr))
        elif report.skipped:
            reason = report.nodeid, _skipped(report.longrepr)
            self.problem = "invalid", "%s as a whole: %s; skip in its cases, so that each is seen" % reason

    def pytest_runtestloop(self, session):
        """Controls first; then, if they all gave their known answers, everything else."""
        if self.problem is None:
            numbered = list(enumerate(session.items))
            controls = [entry for entry in numbered if _contract(entry[1]) == "control"]
            warm.tracebacks()
            cases = [entry for entry in numbered if entry not in controls]
            for item in session.items:
                item.location  # noqa: B018 - which each child would find out again
            self._run(controls, cases)
        return True

    def _warm_up(self):
        return {"modules": warm.modules_used(self._client, self._peer)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        """Measure the case's function instead of merely calling it."""
        names = pyfuncitem._fixtureinfo.argnames
        arguments = {name: pyfuncitem.funcargs[name] for name in names}
        late = self._limits["late_seconds"]
        setting = runs.make_setting(self._client, self._here, pyfuncitem, self._known, late)
        try:
            self._outcome = runs.RUNS[self._what](pyfuncitem.obj, arguments, setting)
        except (Unsupported, pytest.skip.Exception) as reason:
            self._outcome = {"status": "unsupported", "reason": str(reason)[:MAX_TEXT]}
        except BaseException as error:
            self._outcome = {"status": "error", "reason": raised(error)}
        return True

    def _run(self, controls, cases):
        """Every item's verdict, and the runs that say more of it.

        The controls go first, and the client is used once at the same time, so that the cases start
        with its modules loaded. They do not wait for the controls' answers, most of which take their time;
        a wrong one ends it all, and then nobody believes what the cases have answered.
        """
        waiting, again = deque([_WARM_UP]), set()
        waiting.extend((number, item, "verdict", {}) for number, item in controls)

        def ended(entry, outcome):
            if entry is _WARM_UP:
                warm.load(outcome.get("modules", ()))
                _freeze()
                waiting.extend((number, item, "verdict", {}) for number, item in cases if self._fits(number, item))
                return
            number, item, what, known = entry
            if outcome.pop("stalled", False) and number not in again:
                again.add(number)
                waiting.append(entry)  # behind all others: the machine may be less busy then
                return
            known[what] = outcome
            more = _more(item, known["verdict"])
            if what == "verdict":
                waiting.extendleft((number, item, name, known) for name in more)
            if len(known) == 1 + len(more):
                self._finish(number, item, _joined(known))
            if self.problem is not None:
                waiting.clear()

        _freeze()
        side_by_side(waiting, self._start, ended, self._limits["jobs"])

    def _fits(self, number, item):
        """Whether a case is about the client of this cell; one that is not is answered at once."""
        try:
            reason = adapter.unfit(self._name, item.get_closest_marker("client"))
            unfit = reason and {"status": "unsupported", "reason": reason}
        except Exception as error:  # a mark that says nothing
            unfit = {"status": "error", "reason": raised(error)}
        if unfit:
            self._finish(number, item, unfit)
        return not unfit

    def _start(self, entry):
        if entry is _WARM_UP:
            return Child(self._warm_up, os.path.join(self._scratch, "warm"), self._limits["case_seconds"])
        number, item, what, known = entry

        def task():
            # Each run has an address of its own: they go on side by side, and may ask what has come there.
            self._here = self._peer.for_case(number * len(runs.RUNS) + list(runs.RUNS).index(what))
            tempfile.tempdir = path + ".tmp"
            os.makedirs(tempfile.tempdir, exist_ok=True)
            os.environ["TMPDIR"] = tempfile.tempdir
            self._what = what
            self._known = known.get("verdict")
            return self._protocol(item)

        path = os.path.join(self._scratch, "case-%d-%s" % (number, what))
        return Child(task, path, self._limits["case_seconds"])

    def _protocol(self, item):
        """Set up the item's fixtures, measure it, tear down; in the child."""
        setup = runtestprotocol(item, log=False, nextitem=None)[0]
        if setup.skipped:
            return {"status": "unsupported", "reason": _skipped(setup.longrepr)[:MAX_TEXT]}
        if setup.failed:
            return {"status": "error", "reason": setup.longreprtext[-MAX_TEXT:]}
        if self._outcome is None:
            return {"status": "error", "reason": "not measured: a case is a plain test function"}
        return self._outcome

    def _finish(self, number, item, outcome):
        record = {"record": "case", "order": number, "case": case_id(item)}
        record.update(_said(item))
        promise = self._client.promise(record["case"]) if _built_in(item) else None
        if promise is not None and record["contract"] == "guarantee":
            # Each client vouches for itself: where its documentation does not, there is no guarantee to break.
            record["promise"] = promise
            record["contract"] = "guarantee" if promise else "hazard"
        record.update(outcome)
        if record["contract"] == "guarantee" and outcome.get("verdict"):
            record["passed"] = outcome["verdict"] in PASSING
        if record["contract"] == "control":
            self._judge(item, outcome)
        self.cases += 1
        self._write(record)

    def _judge(self, item, outcome):
        mark = item.get_closest_marker("control")
        answer = outcome.get("verdict") or "%(status)s: %(reason)s" % outcome
        wrong = answer != mark.args[0]
        if not wrong and "kinds" in mark.kwargs:
            wrong, answer = outcome["kinds"] != mark.kwargs["kinds"], "%s" % outcome["kinds"]
        if wrong and self.problem is None:
            known = mark.kwargs.get("kinds", mark.args[0])
            self.problem = "invalid", "%s answered %s, which is known to be %s" % (case_id(item), answer, known)


def _freeze():
    """What is there before a child is its baseline: that keeps the collections cheap in a clean case.

    The rung `gc` thaws it again.
    """
    collector.freeze()


def case_id(item):
    """`session[left_open]` for `cases/test_session.py::test_session[left_open]`."""
    return item.name[len("test_") :] if item.name.startswith("test_") else item.name


def _place(item):
    """Where a file of cases comes in the table: its PLACE; those without one come last."""
    return getattr(item.module, "PLACE", 1000)


def _built_in(item):
    return os.path.commonpath([str(item.fspath), _BUILT_IN]) == _BUILT_IN


def _contract(item):
    """A case without a mark is a guarantee: what it leaves behind is a failure."""
    return next((name for name in CONTRACTS if item.get_closest_marker(name)), "guarantee")


def _said(item):
    """What its mark says of a case: its contract, the sentence for it, who vouches, what puts it right."""
    contract = _contract(item)
    said = {"contract": contract, "sentence": _headline(item.function), "subject": _headline(item.module)}
    marker = item.get_closest_marker(contract)
    if marker is not None and contract != "control":
        said["sentence"] = marker.args[0] if marker.args else said["sentence"]
        said.update((name, marker.kwargs[name]) for name in ("promise", "fix") if name in marker.kwargs)
    return said


def _headline(documented):
    return (documented.__doc__ or "").strip().partition("\n")[0]


def _line(reason):
    return reason.partition("\n")[0][:200]


def _error_first(text):
    """What pytest says of an error, the exception in the first line: a table has no room for more."""
    said = [line[2:].strip() for line in text.splitlines() if line.startswith("E ")]
    return "%s\n\n%s" % (said[-1], text) if said else text


def _skipped(longrepr):
    """A skip's reason; pytest has it as (file, line, reason)."""
    return longrepr[-1] if isinstance(longrepr, tuple) else str(longrepr)


def _more(item, outcome):
    """The runs that follow a verdict run: the check on the instruments, and what tells more of a leak."""
    if outcome.get("verdict") is None:
        return ()
    if _contract(item) == "control":
        return ()
    if outcome["verdict"] not in PASSING:
        once = item.get_closest_marker("once") or not tells(outcome["verdict"])
        return ("why", "bare") if once else ("why", "growth", "bare")
    return ("growth", "bare") if item.get_closest_marker("memory") else ("bare",)


def _joined(known):
    """The verdict run's answer, with what the other runs found, as far as they got. Its numbers alone decide."""
    answer = dict(known["verdict"])
    failed = ["%s run: %s" % (name, _line(run["reason"])) for name, run in sorted(known.items()) if "reason" in run]
    if "left" in known.get("why", {}):
        answer["left"] = merged(answer["left"], known["why"]["left"])
    if "growth" in known.get("growth", {}):
        answer["growth"] = known["growth"]["growth"]
        answer["series"] = known["growth"]["series"]
        if known["growth"]["memory"] is not None:  # what no look at one moment shows
            answer["kinds"] = dict(answer["kinds"], memory="held")
            answer["verdict"] = "held"
    if "bare" in known.get("bare", {}):
        answer["bare"] = known["bare"]["bare"]
        sentence = disturbed(answer["kinds"], known["bare"]["kinds"], collector.DROPPED)
        answer["sensors"] = [*answer["sensors"], *([sentence] if sentence else [])]
    if "verdict" in answer:
        answer["sensors"] = [*answer["sensors"], *failed]
    return answer

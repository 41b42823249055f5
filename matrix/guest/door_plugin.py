"""pytest's side of `no_leaks`: a marker and a fixture, registered when the distribution is installed.

`@pytest.mark.no_leaks` or the fixture `no_leaks` checks the whole call of a test, fixtures excluded. The marker takes
what `no_leaks(...)` takes. What only the test's local variables held is gone when it has returned; to have that
told, too, use `with no_leaks():` within.
"""

import functools
import inspect
import sys

import pytest


def pytest_configure(config):
    """Let `--strict-markers` know the marker."""
    config.addinivalue_line("markers", "no_leaks(ignore=(), wait=1.4): fail the test if it leaves something behind")


@pytest.fixture(name="no_leaks")
def _no_leaks():
    """The whole test is checked; the value is `matrix.no_leaks`, for blocks within it."""
    from .door import no_leaks

    return no_leaks


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_call(item):
    """Call the test within a block of `no_leaks`: in the loop, where it is a coroutine."""
    marker = item.get_closest_marker("no_leaks")
    if not hasattr(item, "obj") or (marker is None and "no_leaks" not in getattr(item, "fixturenames", ())):
        yield
        return
    original = item.obj
    item.obj = checked = _checked(original, {} if marker is None else marker.kwargs)
    case = _asynchronous_case(item)
    if case is not None:  # it calls its own method, where that is a coroutine
        setattr(case, item.name, checked)
    try:
        yield
    finally:
        item.obj = original


def _asynchronous_case(item):
    unittest = sys.modules.get("unittest")  # not imported for those who have no such tests
    case = getattr(item, "instance", None) or getattr(item, "_testcase", None)  # by pytest's version
    return case if unittest and isinstance(case, unittest.TestCase) and inspect.iscoroutinefunction(item.obj) else None


def _checked(function, options):
    from .door import no_leaks

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def checked(*args, **kwargs):
            __tracebackhide__ = True
            async with no_leaks(**options):
                return await function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def checked(*args, **kwargs):
            __tracebackhide__ = True
            with no_leaks(**options):
                return function(*args, **kwargs)

    return checked

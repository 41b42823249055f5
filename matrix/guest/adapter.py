"""The client under test as the cases see it: a small adapter module, found by the client's name.

An adapter (`cases/clients/<client>.py`) defines those of the `FEATURES` that its
client has, in the version that is installed. Asking for one that it lacks, or for an option that its
function does not take, makes the case `unsupported`: the adapter decides that, never a try/except around a scenario.
"""

import importlib
import importlib.metadata
import inspect
import weakref

from .select import matches

# What an adapter may define; `cases/clients/__init__.py` says what each must do.
FEATURES = (
    "get",
    "open_client",
    "open_tls_client",
    "open_pool",
    "fetch",
    "send",
    "head",
    "stream",
    "stream_block",
    "read",
    "read_some",
    "close",
    "close_response",
    "block",
    "status",
    "following",
    "shared",
    "copied",
    "get_async",
    "open_async_client",
    "fetch_async",
    "send_async",
    "stream_async",
    "stream_async_block",
    "read_async",
    "read_some_async",
    "close_async",
    "close_response_async",
    "async_block",
    "websocket_block",
    "connect",
    "disconnect",
    "echo",
    "websocket_async_block",
    "connect_async",
    "disconnect_async",
    "echo_async",
    "move_on_after",
    "in_use",
)

# What openers may be told. What an adapter's function has no parameter for is unsupported.
OPTIONS = ("timeout", "pool", "proxy", "http2", "retries", "hook", "url")

_OPEN = ("open_client", "open_tls_client", "open_async_client", "open_pool")


class Unsupported(Exception):
    """This client, in this version, has no such feature."""


def _close(session):
    session.close()


def _block(session):
    """What `with` takes: the session itself, where it can."""
    if not hasattr(type(session), "__enter__"):
        raise Unsupported("a %s does not work in a with block" % type(session).__name__)
    return session


def _async_block(session):
    if not hasattr(type(session), "__aenter__"):
        raise Unsupported("a %s does not work in an async with block" % type(session).__name__)
    return session


def _status(response):
    return response.status_code


def _itself(session):
    return session


async def _close_async(session):
    await session.aclose()


# What most clients have in the same form: an adapter defines it where its client differs.
_USUAL = {
    "close": _close,
    "close_response": _close,
    "block": _block,
    "status": _status,
    "following": _itself,
    "close_async": _close_async,
    "close_response_async": _close_async,
    "async_block": _async_block,
}


class Client:
    """An adapter's features as attributes; a missing one raises `Unsupported`."""

    def __init__(self, name, module):
        self._name = name
        self._module = module
        self._sessions = []  # weak references, in the order of opening

    def sessions(self):
        """The sessions that were opened through the adapter and are still alive, if it can say what they use."""
        if not hasattr(self._module, "in_use"):
            return []
        return [session for session in (reference() for reference in self._sessions) if session is not None]

    def errors(self, trouble):
        """The exceptions by which the client tells of some trouble: `"refused"`, `"async read timeout"`, ...

        An asynchronous client that tells by others than its twin has a name for them that begins with "async ".
        """
        known = getattr(self._module, "ERRORS", {})
        usual = trouble[len("async ") :] if trouble.startswith("async ") else trouble
        found = known[trouble] if trouble in known else known.get(usual)
        if found is None:
            raise Unsupported("the adapter of %s names no error for %r" % (self._name, trouble))
        return found

    def promise(self, case_id):
        """The sentence of the client's documentation that vouches for a case, empty where there is none.

        The first pattern that fits counts: an adapter lists the special ones first. None: the adapter says
        nothing of promises, and a case is what its mark says.
        """
        promises = getattr(self._module, "PROMISES", None)
        if promises is None:
            return None
        return next((said for pattern, said in promises.items() if matches(pattern, case_id)), "")

    def _opener(self, feature, opened):
        """Open a session, and remember it weakly: it is asked how much of its pool it uses."""
        takes = inspect.signature(opened).parameters

        def opener(**options):
            for option in options:
                if option not in OPTIONS:
                    raise AttributeError("openers have no option %r; they have: %s" % (option, ", ".join(OPTIONS)))
                if option not in takes:
                    raise Unsupported("the adapter of %s has no %s in %s" % (self._name, option, feature))
            session = opened(**options)
            try:
                self._sessions.append(weakref.ref(session))
            except TypeError:
                pass  # not to be referred to weakly: its pool is not watched
            return session

        return opener

    def __getattr__(self, feature):
        if feature not in FEATURES:
            raise AttributeError("adapters have no feature %r; they have: %s" % (feature, ", ".join(FEATURES)))
        if self._module is None:
            raise Unsupported("there is no adapter cases/clients/%s.py" % module_name(self._name))
        found = getattr(self._module, feature, _USUAL.get(feature))
        if feature == "open_tls_client" and found is None:
            found = getattr(self._module, "open_client", None)  # most are told by the address alone
        if found is None:
            raise Unsupported("the adapter of %s defines no %s" % (self._name, feature))
        return self._opener(feature, found) if feature in _OPEN else found


def load(name):
    """Import the client, through its adapter. Raises whatever the import raises."""
    adapter = "cases.clients." + module_name(name)
    try:
        module = importlib.import_module(adapter)
    except ModuleNotFoundError as error:
        if error.name != adapter:
            raise
        importlib.import_module(module_name(name))
        module = None
    return Client(name, module)


def unfit(name, mark):
    """Why a case marked `client(name, ">=1.0")` is not about the client of this cell; None if it is."""
    if mark is None:
        return None
    wanted, specifier = (*mark.args, "")[:2]
    if name != wanted:
        return "this case is about %s" % wanted
    if not specifier:
        return None
    from packaging.specifiers import SpecifierSet  # pytest needs it, too

    version = importlib.metadata.version(name)
    if SpecifierSet(specifier, prereleases=True).contains(version):
        return None
    return "this case is about %s %s" % (wanted, specifier)


def module_name(client):
    """The file of a client's adapter: `curl-cffi` is `curl_cffi`."""
    return client.replace("-", "_")

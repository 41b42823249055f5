"""The client under test as the cases see it: a small adapter module, found by the client's name.

An adapter (`cases/clients/<client>.py`) defines those of the `FEATURES` that its
client has, in the version that is installed. Asking for one that it lacks makes the
case `unsupported`: the adapter decides that, never a try/except around a scenario.
"""

import importlib
import importlib.metadata
import weakref

# What an adapter may define; `cases/clients/__init__.py` says what each must do.
FEATURES = (
    "get",
    "open_client",
    "fetch",
    "stream",
    "read",
    "open_async_client",
    "fetch_async",
    "in_use",
)

_OPEN = ("open_client", "open_async_client")


class Unsupported(Exception):
    """This client, in this version, has no such feature."""


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

    def _noted(self, opened):
        """Open a session, and remember it weakly: it is asked how much of its pool it uses."""

        def noted(*args, **kwargs):
            session = opened(*args, **kwargs)
            try:
                self._sessions.append(weakref.ref(session))
            except TypeError:
                pass  # not to be referred to weakly: its pool is not watched
            return session

        return noted

    def __getattr__(self, feature):
        if feature not in FEATURES:
            raise AttributeError("adapters have no feature %r; they have: %s" % (feature, ", ".join(FEATURES)))
        if self._module is None:
            raise Unsupported("there is no adapter cases/clients/%s.py" % module_name(self._name))
        try:
            found = getattr(self._module, feature)
        except AttributeError:
            message = "the adapter of %s defines no %s" % (self._name, feature)
            raise Unsupported(message) from None
        return self._noted(found) if feature in _OPEN else found


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
    from packaging.specifiers import SpecifierSet  # pytest needs it, too

    version = importlib.metadata.version(name)
    if SpecifierSet(specifier, prereleases=True).contains(version):
        return None
    return "this case is about %s %s" % (wanted, specifier)


def module_name(client):
    """The file of a client's adapter: `curl-cffi` is `curl_cffi`."""
    return client.replace("-", "_")

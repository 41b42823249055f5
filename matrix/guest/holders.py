"""Who still holds a thing: the shortest chain of references from a root to it.

One forward pass from labelled roots finds the chains of all targets at once (a
backward search costs one pass over the heap for each step). Two questions are asked:

- who in the program keeps it, when it is there to the end: from the modules, through
  everything; what is merely bookkeeping of the interpreter counts only where nothing
  else leads there.
- which local variable had it, when it was gone once they were dropped: from the locals,
  through instances and containers only.

For explaining runs only: nothing here decides a verdict. Modules are never handed to
`gc.get_referents`: on 3.12 that of `_asyncio` returns dead objects, and the interpreter
then spins in finalization (gh-122695).
"""

import contextvars
import gc
import sys
import threading
import types
import weakref
from collections import deque
from itertools import chain

from . import collector

MAX_VISITED = 2000000
# A number of an object's own. CPython makes this one of its address, without the audit event that each `id()` raises.
identity = object.__hash__ if collector.COUNTS_REFERENCES else id
# What a class is made of: each refers to its class alone, from which it was reached. On PyPy the last is a function.
_SLOTS = {types.GetSetDescriptorType, types.MemberDescriptorType, types.WrapperDescriptorType} - {types.FunctionType}
_ATOMS = frozenset(
    (str, bytes, bytearray, int, float, complex, bool, type(None), type(Ellipsis), range, types.CodeType, *_SLOTS)
)
# What no collection would look into holds atoms alone, such as most tuples. PyPy cannot tell.
_may_hold = getattr(gc, "is_tracked", lambda _thing: True)
_NEVER = (types.ModuleType,)  # each is a root of its own, through its dictionary
_HARNESS = ("matrix.guest", "_pytest", "pytest", "pluggy")


def kept_by(targets, roots):
    """Key -> chain from a module, else from one of `roots` (label -> object), else from bookkeeping.

    `targets` maps keys to objects. A chain is a tuple of words, from the root to the thing:
    `("module cases.test_session", "SESSION", "Session.adapters", ..., "socket")`.
    """
    search = _Search(targets, _NEVER)
    for labelled in (_modules(), roots.items(), _threads(), _finalizers()):
        search.walk(labelled)
    search.walk_on()
    return search.found


def held_in(targets, variables):
    """Key -> chain from one of some local variables (label -> value)."""
    search = _Search(targets, (*_NEVER, type))
    search.walk(variables.items())
    return search.found


def referring(target, targets):
    """What refers to a thing directly, by class and attribute: for what no chain leads to.

    Nothing on PyPy, where one question takes half a second.
    """
    if not collector.COUNTS_REFERENCES:
        return []
    own = {id(targets), id(sys._getframe()), id(sys._getframe(1))}
    words = []
    for holder in gc.get_referrers(target):
        if id(holder) in own or type(holder) in (types.FrameType, types.ModuleType):
            continue
        if type(holder) is dict:
            key = _key_of(holder, target)  # here: up to 3.11 a comprehension that names the target refers to it
            owners = [owner for owner in gc.get_referrers(holder) if _instance_dict(owner) is holder]
            words += ["%s.%s" % (type(owner).__name__, key) for owner in owners[:1]]
        else:
            words.append(_reference(holder, target))
    return sorted(set(words))[:3]


def _modules():
    for name, module in sorted(sys.modules.items()):
        if _is(module, types.ModuleType) and not _is_harness(name, module):
            yield "module " + name, vars(module)


def _is_harness(name, module):
    """Ours, or pytest's; the program that was started is so where it is one of theirs."""
    spec = getattr(module, "__spec__", None) if name == "__main__" else None
    return (name if spec is None else spec.name).startswith(_HARNESS)


def _threads():
    for variable, value in contextvars.copy_context().items():
        yield "context variable " + variable.name, [value]
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, innermost in sys._current_frames().items():
        frame = innermost if ident != threading.get_ident() else None
        while frame is not None:
            place = "thread %s, in %s" % (names.get(ident, "unknown to threading"), frame.f_code.co_name)
            yield place, dict(frame.f_locals)  # since 3.13 a view of them, which refers to none
            frame = frame.f_back


def _finalizers():
    yield "weakref.finalize", dict.copy(getattr(weakref.finalize, "_registry", {}))


class _Follows(dict):
    """Type -> what gives the references of its instances; None: not to be followed. The heap is large: asked once."""

    def __init__(self, never):
        super().__init__()
        self._never = never

    def __missing__(self, kind):
        self[kind] = found = _how_to_follow(kind, self._never)
        return found


class _Search:
    """Breadth first; `found` is filled as targets are reached."""

    def __init__(self, targets, never):
        self.found = {}
        self._follows = _Follows(never)
        self._wanted = {identity(target): key for key, target in targets.items()}
        self._parents = {}  # id -> (parent, label of a root, object): keeps the objects, so ids stay theirs
        skipped = (targets, self.found, self._wanted, self._parents, sys.modules)
        self._skip = {identity(own) for own in skipped}
        self._skip.add(identity(getattr(weakref.finalize, "_registry", None)))

    def walk(self, roots):
        """Follow every reference from some labelled roots, until all targets are found."""
        wanted, parents = self._wanted, self._parents
        queue = []
        for label, root in roots:
            if identity(root) not in parents:
                parents[identity(root)] = (None, label, root)
                queue.append(root)
                if identity(root) in wanted:
                    self._note(root)
        self._follow(queue)

    def walk_on(self):
        """From what was found to what nothing else leads to: a task is held by its timer, which is left, too."""
        self._follow([self._parents[number][2] for number in self._wanted if number in self._parents])

    def _follow(self, queue):
        wanted, parents, skip, follows = self._wanted, self._parents, self._skip, self._follows
        for current in queue:  # which grows meanwhile
            if len(self.found) == len(wanted) or len(parents) >= MAX_VISITED:
                break
            follow = follows[type(current)] or _how_to_follow(type(current), ()) or gc.get_referents  # of a root
            for child in follow(current):
                if follows[type(child)] is None:  # most are texts and numbers
                    continue
                number = identity(child)
                if number in parents or number in skip or not (_may_hold(child) or number in wanted):
                    continue
                parents[number] = (current, None, child)
                if number in wanted:
                    self._note(child)  # a leaf for now: a chain runs through another leak where there is no other
                else:
                    queue.append(child)

    def _note(self, reached):
        path = []
        step, label = reached, None
        while step is not None:
            path.append(step)
            step, label, _ = self._parents[identity(step)]
        self.found.setdefault(self._wanted[identity(reached)], tuple(_words(label, path[::-1])))


def _is(thing, kinds):
    """`isinstance` without asking the thing for its `__class__`, which may run, and raise, anything."""
    return issubclass(type(thing), kinds)


def _how_to_follow(kind, never):
    """What gives the references of a type's instances, or None. Asked once for each type: the heap is large."""
    if kind in _ATOMS or issubclass(kind, never):
        return None
    if issubclass(kind, threading.local):
        return _of_local
    return _DIRECTLY.get(kind, gc.get_referents)


def _of_local(current):
    """The values are this thread's, and no reference of the object's."""
    values = threading.local.__getattribute__(current, "__dict__")
    if not collector.COUNTS_REFERENCES:
        return (values,)  # PyPy's refers to its threads, and so to all that they run
    return (*gc.get_referents(current), values)


def _of_function(current):
    """Without its globals: a module's dictionary. Its own is made by being asked for: most are empty."""
    return (current.__closure__, current.__defaults__, current.__kwdefaults__, vars(current) or None)


def _of_dict(current):
    return chain.from_iterable(list(current.items()))


# What most of a heap is. `gc.get_referents` raises an audit event each time, which costs more than it does.
_DIRECTLY = {types.FunctionType: _of_function, dict: _of_dict, list: list, tuple: iter}


def _words(label, path):
    """Names for the references along a path, as a program would write them."""
    words = [label]
    index = 1
    while index < len(path):
        holder, child = path[index - 1], path[index]
        if _is(child, dict) and _instance_dict(holder) is child and index + 1 < len(path):
            index += 1
            words.append("%s.%s" % (type(holder).__name__, _key_of(child, path[index])))
        else:
            words.append(_reference(holder, child))
        index += 1
    return [*words, type(path[-1]).__name__]


def _reference(holder, child):
    if _is(holder, dict):
        return _key_of(holder, child)
    if _is(holder, (list, tuple, deque, set, frozenset)):
        return "%s item" % type(holder).__name__
    if _is(holder, types.FunctionType):
        return "function %s" % holder.__qualname__
    if _is(holder, types.MethodType):
        return "method %s of %s" % (holder.__func__.__name__, type(child).__name__)
    if _is(holder, types.CellType):
        return "closure"
    return "%s.%s" % (type(holder).__name__, _attribute(holder, child))


def _instance_dict(holder):
    try:
        return object.__getattribute__(holder, "__dict__")
    except (AttributeError, TypeError):
        return None


def _key_of(mapping, child):
    for key, value in dict.items(mapping):
        if value is child:
            return key[:80] if _is(key, str) else "[%s]" % type(key).__name__
    return "[value]"


def _attribute(holder, child):
    variables = _instance_dict(holder)
    if _is(variables, dict):
        for name, value in dict.items(variables):
            if value is child:
                return name
    for cls in type(holder).__mro__:
        for name, slot in vars(cls).items():
            if _is(slot, types.MemberDescriptorType):
                try:
                    if slot.__get__(holder) is child:
                        return name
                except AttributeError:
                    continue
    return "<reference>"

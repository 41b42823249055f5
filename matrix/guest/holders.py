"""Who still holds a thing: the shortest chain of references from a root to it.

One forward pass from labelled roots finds the chains of all targets at once (a
backward search costs one pass over the heap for each step). Roots are the modules;
then, only if no chain was found there, what is merely bookkeeping of the
interpreter, and what the caller names, such as local variables. For explaining runs only: nothing
here decides a verdict.

Modules are never handed to `gc.get_referents`: on 3.12 that of `_asyncio` returns
dead objects, and the interpreter then spins in finalization (gh-122695).
"""

import gc
import sys
import threading
import types
import weakref
from collections import deque

MAX_VISITED = 2000000
_ATOMS = (str, bytes, bytearray, int, float, complex, bool, type(None), type(Ellipsis), range)
_HARNESS = ("matrix.guest", "_pytest", "pytest", "pluggy", "__main__")


def chains(targets, roots):
    """Key -> chain, a tuple of words from the root to the thing; missing where nothing leads there.

    `targets` maps keys to objects, `roots` maps labels to objects that count as roots
    besides the modules, at lower priority. A chain reads `("module cases.keep", "KEPT", "Session.adapters", ...)`.
    """
    wanted = {id(target): key for key, target in targets.items()}
    parents = {}
    found = {}
    own = {id(targets), id(roots), id(wanted), id(parents), id(found)}
    for labelled in (_modules(), roots.items(), _bookkeeping()):
        _pass(labelled, wanted, parents, found, own)
        if len(found) == len(wanted):
            break
    return found


def _modules():
    for name, module in sorted(sys.modules.items()):
        if isinstance(module, types.ModuleType) and not name.startswith(_HARNESS):
            yield "module " + name, vars(module)


def _bookkeeping():
    registry = getattr(weakref.finalize, "_registry", {})
    yield "weakref.finalize", dict.copy(registry)
    for ident, frame in sys._current_frames().items():
        if ident != threading.get_ident():
            yield "thread %d" % ident, frame.f_locals


def _pass(roots, wanted, parents, found, own):
    """Breadth first from `roots`; `parents` (id -> (parent, object)) is shared by all passes."""
    skip = own | {id(getattr(weakref.finalize, "_registry", None)), id(sys.modules)}
    queue = deque()
    for label, root in roots:
        if id(root) not in parents:
            parents[id(root)] = (None, label, root)
            queue.append(root)
            _note(root, wanted, parents, found)
    while queue and len(found) < len(wanted) and len(parents) < MAX_VISITED:
        current = queue.popleft()
        for child in gc.get_referents(current):
            if isinstance(child, _ATOMS) or id(child) in parents or id(child) in skip:
                continue
            if isinstance(child, types.ModuleType):
                continue  # each is a root of its own, through its dictionary
            parents[id(child)] = (current, None, child)
            _note(child, wanted, parents, found)
            if id(child) not in wanted:  # what is left is a leaf: no chain runs through another leak
                queue.append(child)


def _note(reached, wanted, parents, found):
    key = wanted.get(id(reached))
    if key is None or key in found:
        return
    path = []
    step = reached
    label = None
    while step is not None:
        path.append(step)
        step, label = parents[id(step)][0], parents[id(step)][1]
    found[key] = tuple(_words(label, path[::-1]))


def _words(label, path):
    """Names for the references along a path, as a program would write them."""
    words = [label]
    holder = path[0]
    index = 1
    while index < len(path):
        child = path[index]
        if isinstance(child, dict) and _instance_dict(holder) is child and index + 1 < len(path):
            index += 1
            words.append("%s.%s" % (type(holder).__name__, _key_of(child, path[index])))
        else:
            words.append(_reference(holder, child))
        holder = path[index]
        index += 1
    words.append(type(path[-1]).__name__)
    return words


def _reference(holder, child):
    if isinstance(holder, dict):
        return _key_of(holder, child)
    if isinstance(holder, (list, tuple, deque, set, frozenset)):
        return "%s item" % type(holder).__name__
    if isinstance(holder, types.FunctionType):
        return "function %s" % holder.__qualname__
    if isinstance(holder, types.MethodType):
        return "method %s of %s" % (holder.__func__.__name__, type(child).__name__)
    if isinstance(holder, types.CellType):
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
            return key[:80] if isinstance(key, str) else "[%s]" % type(key).__name__
    return "[value]"


def _attribute(holder, child):
    variables = _instance_dict(holder)
    if isinstance(variables, dict):
        for name, value in dict.items(variables):
            if value is child:
                return name
    for cls in type(holder).__mro__:
        for name, slot in vars(cls).items():
            if isinstance(slot, types.MemberDescriptorType):
                try:
                    if slot.__get__(holder) is child:
                        return name
                except AttributeError:
                    continue
    return "<reference>"

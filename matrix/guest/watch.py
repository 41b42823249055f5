"""All that can be left, behind one look: the kernel's things, and what only Python or the client knows.

Snapshot and filter: `begin` notes what is there, `left` is what has come since and no
rule of `ignored` explains. Bare, it asks nobody but the kernel and changes nothing in the process: the
observer's check on itself.
"""

import tempfile

from . import collector, ignored, things
from .instances import Instances
from .loops import Loops
from .native import Probe
from .origins import Origin, Origins
from .pools import Pools
from .serial import Serial
from .warned import Warnings

# The families whose keys have a number of `Serial`'s, instead of one of the kernel's.
_NUMBERED = frozenset(("loop", "task", "generator", "timer", "slot", "object"))


class Watch:
    """Watches one process: from `instrument`, which must come first, over `begin`, for as long as it lives.

    `client` is the adapter, whose pools are asked; `objects` are dotted names of classes. `explaining`
    also has it say where timers are made, which costs each of them; `bare` asks the kernel alone; `listening`
    has warnings told, which changes their filters.
    """

    def __init__(self, client=None, objects=(), *, explaining=False, bare=False, listening=True):
        self._listening = listening
        self._explaining = explaining
        self._bare = bare
        self.before = set()
        self.hits = {}  # rule -> keys that it explained
        self.warnings = Warnings()
        self.probe = None  # a profile function, in an explaining run
        self.origins = Origins()
        self._serial = Serial()
        self._loops = Loops(self._serial)
        self._pools = Pools(self._serial, client)
        self._instances = Instances(self._serial, objects)
        self._knows = ()
        self._temporary = None

    def instrument(self):
        """Have Python say what it makes, and where; for the rest of this process."""
        if self._bare:
            return
        if self._listening:
            self.warnings.watch()
        self.origins.watch()
        self._loops.watch(timers=self._explaining)
        self._knows = (self._loops, self._pools, self._instances)

    def know(self, loop):
        """The loop that the scenario runs in, if it has one."""
        if loop is not None:
            self._loops.know(loop)

    def adopt(self):
        """Take in what was made before `instrument`: for a process that is not our own."""
        self._loops.adopt()

    def begin(self):
        """From here on, what comes is new."""
        if self._explaining:
            self.probe = Probe()
        if self._instances.names:
            collector.thaw()  # instances that are older would be listed only once the rung `gc` has done so
        self._temporary = tempfile.tempdir  # which the scenario may change
        self.before = self.there()

    def there(self):
        """The keys of everything there is."""
        return things.keys(self._temporary).union(*[known.keys() for known in self._knows])

    def left(self, before=None):
        """The keys of what has come since `begin`, or since another look, without what a rule explains."""
        new = self.there() - (before or self.before)
        if self._bare and any(key[0] == "thread" for key in new):
            self._loops.adopt()  # an idle worker of any loop is nobody's leak; with instruments, all loops are known
        return ignored.filtered(new, self.origins, self._loops, self.hits)

    def uncounted(self):
        """The names of classes that were to be counted and are not there, by the end of the scenario."""
        return self._instances.missing()

    def freed(self, key):
        """Whether what a key stands for was an object, and is none any more: nobody has closed it.

        Not a timer: its loop has it until it has run or was cancelled, and only then it may be freed.
        """
        return key[0] in _NUMBERED and key[0] != "timer" and self._serial.known(key[1])[0]() is None

    def origins_of(self, keys):
        """Key -> origin, for those whose creation was seen, or which can be referred to."""
        found = {} if self.probe is None else self.probe.of(keys)
        found.update(self.origins.of(keys))
        found.update((key, Origin(*self._serial.known(key[1]))) for key in keys if key[0] in _NUMBERED)
        return found

    def ignored(self):
        """Rule -> how many things it explained."""
        return {name: len(keys) for name, keys in sorted(self.hits.items())}

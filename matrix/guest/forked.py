"""Running a function in a forked child, with a time limit, its answer in a file.

A child is a process group of its own, so that whatever it starts ends with it. It may
close any descriptor, fill its output or die: the answer is a file written under
another name and renamed, and a missing one is an outcome with a reason.
"""

import faulthandler
import json
import os
import re
import signal
import sys
import time
import traceback

from .wire import MAX_TEXT

POLL = 0.004  # s between two looks whether a child has ended
_READY = 2  # processes ready to run, for each processor; this one, which asks, is not counted
_ANYWAY = 2  # children at a time, however crowded it is: a cell must come to its end
_GRACE = 0.5  # from SIGABRT, at which faulthandler writes the stacks, to SIGKILL
_OF_PYTEST = re.compile(r'  File ".*/(_pytest|pluggy)/|  File "<frozen runpy>"')


class Child:
    """One forked child. `poll` until it gives an outcome, a dictionary."""

    def __init__(self, function, path, seconds):
        """Fork and call `function`, whose result must be JSON, for at the most `seconds`."""
        self._path = path
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._aborted = False
        _remove(path)  # an answer of another child's is none of this one's
        _flush()
        self.pid = os.fork()
        if self.pid == 0:
            _child(function, path)
        _lead_group(self.pid)  # in both processes: neither must act before it is done

    def poll(self):
        """The outcome, or None while the child runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.kill()  # what it left running
            return self._outcome(status)
        late = time.monotonic() - self._deadline
        if late > 0 and not self._aborted:
            self._aborted = True
            os.kill(self.pid, signal.SIGABRT)
        elif late > _GRACE:
            self.kill()
        return None

    def wait(self):
        """The outcome, once there is one."""
        while True:
            outcome = self.poll()
            if outcome is not None:
                return outcome
            time.sleep(POLL)

    def kill(self):
        """End the child and everything in its group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def _outcome(self, status):
        said = _tail(self._path + ".log")
        try:
            with open(self._path) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            pass
        if self._aborted:
            return {"status": "timeout", "reason": "still running after %g s\n%s" % (self._seconds, said)}
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            reason = "killed by signal %d (%s)\n%s" % (number, signal.strsignal(number), said)
        else:
            reason = "ended with exit code %d and no answer\n%s" % (os.WEXITSTATUS(status), said)
        return {"status": "crashed", "reason": reason}


def crowded(load="/proc/loadavg"):
    """Whether more wants to run than this machine's processors can: what means to wait a moment waits longer there."""
    try:
        with open(load) as file:
            ready = int(file.read().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return False  # a sandbox that does not say
    return ready - 1 > _READY * (os.cpu_count() or 1)


def side_by_side(waiting, start, ended, most, crowded=crowded):
    """Run a queue of tasks, up to `most` at a time, and two while the machine is crowded.

    `start(task)` gives its Child; `ended(task, outcome)` may put more into the queue.
    """
    running = []
    while waiting or running:
        while waiting and len(running) < most and (len(running) < _ANYWAY or not crowded()):
            task = waiting.popleft()
            running.append((task, start(task)))
        time.sleep(POLL)
        polled = [(task, child, child.poll()) for task, child in running]
        running = [(task, child) for task, child, outcome in polled if outcome is None]
        for task, _, outcome in polled:
            if outcome is not None:
                ended(task, outcome)


def _child(function, path):
    """Never returns."""
    code = 1
    pid = os.getpid()
    try:
        _lead_group(0)
        log = os.open(path + ".log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        faulthandler.enable(file=2)
        outcome = json.dumps(function())
        if os.getpid() != pid:
            os._exit(0)  # a copy that the function made of this process: it has no say
        _close(log)  # kept until here: the answer needs a descriptor, and the function may have used up all
        with open(path + ".new", "w") as answer:
            answer.write(outcome)
        os.rename(path + ".new", path)
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _flush():
    """What is buffered belongs to the parent alone; a client may have closed or replaced either."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass


def _close(descriptor):
    try:
        os.close(descriptor)
    except OSError:
        pass  # the function has closed it


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _lead_group(pid):
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # it did so itself, or has ended


def _tail(path):
    try:
        with open(path, "rb") as log:
            log.seek(max(0, os.path.getsize(path) - 16 * MAX_TEXT))
            return _essence(log.read().decode("utf-8", "replace"))
    except OSError:
        return ""


def _essence(said):
    """The last words; of faulthandler's stacks the beginning, for they have the innermost call first."""
    said = "\n".join(line for line in said.strip().splitlines() if not _OF_PYTEST.match(line))
    words, fatal, stacks = said.rpartition("Fatal Python error")
    if not fatal:
        return said[-MAX_TEXT:]
    return words[-MAX_TEXT // 4 :] + fatal + stacks[: MAX_TEXT // 2]

"""A client whose import crashes the interpreter."""

import os
import signal

os.kill(os.getpid(), signal.SIGSEGV)

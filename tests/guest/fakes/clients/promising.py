"""A client whose documentation promises one thing, and says of another that it promises nothing."""

from .plain import *  # noqa: F403

PROMISES = {"parameters*": "", "guar*": '"It is always clean." (promising: docs)'}

"""A client whose import raises, for want of another module."""

import no_such_dependency  # noqa: F401

"""leakmatrix: which HTTP client leaves something behind, in which version, on which Python.

This file is read by every interpreter from CPython 3.8 on, because the guest
(`matrix.guest`) is imported through it: it stays free of imports and of
anything a newer Python needs. `no_leaks` is the one name that programs import from here.
"""


def __getattr__(name: str) -> object:
    """`from matrix import no_leaks`, loaded when it is asked for."""
    if name == "no_leaks":
        from .guest.door import no_leaks  # noqa: PLC0415  see above

        return no_leaks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

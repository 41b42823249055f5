"""leakmatrix: which HTTP client leaves something behind, in which version, on which Python.

This file is read by every interpreter from CPython 3.8 on, because the guest
(`matrix.guest`) is imported through it: it stays free of imports and of
anything a newer Python needs.
"""

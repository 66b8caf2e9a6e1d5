"""How kernels are compiled: those that Python calls, and those that only kernels call.

Compiling is what a first call waits for, and numba makes four things of a function that nobody
needs of one that only kernels call: a wrapper for Python, another for C, a file in the cache, and
machine code of its own.  Without them a first enumeration takes half the time.

Two habits keep the rest down.  numba compiles a function again for a *constant* argument, so
whatever may be a constant or a variable is passed as `ZERO`, not ``0``.  And slices
are copied by loops: ``a[:] = b`` brings along the machinery that words its error.
"""

import numpy as np
from numba import njit

entry = njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)
"""For kernels that Python calls: compiled at the first call, and kept on disk."""

helper = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For functions that kernels alone call: compiled with each of them."""

small = njit(
    nogil=True,
    error_model="numpy",
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    forceinline=True,
)
"""For short helpers of inner loops, where a call would take longer than what it does."""

inlined = njit(nogil=True, error_model="numpy", inline="always")
"""For functions with one place where they are called, or a line long."""

ZERO, ONE = np.int64(0), np.int64(1)
"""Constants that numba takes for variables."""

"""Compilation of kernels that allocate nothing.

Numba counts references to every array that a function receives, slices or takes out of a tuple.
In small functions that are called millions of times this is a sixth of the run time, for arrays
that the caller keeps alive anyway.  The option that leaves the counting out is numba's own; a
version without it compiles the same kernels with counting.
"""

from collections.abc import Callable
from typing import Any

from numba import njit

ANY_ORDER = {"reassoc", "contract", "nsz"}
"""Flags under which sums may be reordered, so that they fill the vector units."""


def uncounted(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return `numba.njit` with the options of this room and without reference counts.

    A function whose name begins with an underscore gets no wrapper for Python either, which takes as
    long to compile as the function itself: only kernels may call it.
    """
    options |= {"cache": True, "nogil": True, "no_cfunc_wrapper": True}

    def compiled(function: Callable[..., Any]) -> Any:
        own = options | {"no_cpython_wrapper": function.__name__.startswith("_")}
        try:
            return njit(_nrt=False, **own)(function)
        except KeyError:
            return njit(**own)(function)

    return compiled

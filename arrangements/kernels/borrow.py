"""Views that are not reference counted."""

from numba import config
from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def _without_owner(typingctx, array):  # noqa: ARG001 - numba's signature
    def codegen(context, builder, signature, args):
        view = context.make_array(signature.args[0])(context, builder, args[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()  # noqa: SLF001 - numba's way to return an array

    return array(array), codegen


def _itself(array):
    return array


borrowed = _itself if config.DISABLE_JIT else _without_owner
"""The same array without its owner: the caller keeps the owner alive.

Numba counts references with atomic instructions at every slice and call; with a dozen small
slices per flat they took more than half of the sweep's time.  Kernels run as Python
(``NUMBA_DISABLE_JIT=1``), to be debugged or counted step by step, have nothing to save.
"""

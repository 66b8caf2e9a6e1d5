"""Views that are not reference counted."""

from numba.core import cgutils
from numba.extending import intrinsic


@intrinsic
def borrowed(typingctx, array):  # noqa: ARG001 - numba's signature
    """The same array without its owner: the caller keeps the owner alive.

    Numba counts references with atomic instructions at every slice and call; with a dozen small
    slices per flat they took more than half of the sweep's time.
    """

    def codegen(context, builder, signature, args):
        view = context.make_array(signature.args[0])(context, builder, args[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()  # noqa: SLF001 - numba's way to return an array

    return array(array), codegen

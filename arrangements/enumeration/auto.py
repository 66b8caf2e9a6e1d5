"""The choice of a method, with its reason."""

from __future__ import annotations

from typing import final

import numpy as np

from arrangements.arrangement import Arrangement
from arrangements.counting import cover_number
from arrangements.enumeration.angles import Angles
from arrangements.enumeration.base import BatchRun, Method
from arrangements.enumeration.double_description import DoubleDescription
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.sweep import Sweep
from arrangements.exact import dot, null_vector
from arrangements.kernel_cache import kernels_are_loaded
from arrangements.units import WHOLE_SPACE, Cone, Unit

_WORTH_CALLING = 0.05
"""Seconds of linear programs from which preparing data for kernels that are loaded pays."""
_WORTH_LOADING = 1.0
"""Seconds of linear programs from which loading compiled kernels pays."""
_WORTH_COMPILING = 20.0
"""Seconds of linear programs from which compiling them, once on a machine, pays."""
_VERTICES = 48
_MOSTLY = 0.5
"""Share of special vertices from which splitting cones beats the sweep: measured."""


@final
class Auto(Method):
    """The default: chooses a method for each unit.

    Notes
    -----
    *Decision table.* Kernels are compiled once on a machine, which takes some twenty seconds;
    after that they are loaded from a cache.

    ==================================================  ===================  ===================
    unit                                                method               because
    ==================================================  ===================  ===================
    rank two                                            `Angles`             sorting is enough
    linear programs take a second, 20 while the         `Incremental`        done before the
    kernels are not compiled, 0.05 once they are                             kernels are ready
    a cone of two or more half-spaces                   `DoubleDescription`  a sweep visits all
                                                                             regions
    the same with entries too large for that            `Incremental`        any entries do
    most vertices lie on more hyperplanes than in       `DoubleDescription`  up to a hundred
    general position, entries small                                          times faster there
    anything else                                       `Sweep`              a thousand times
                                                                             faster
    ==================================================  ===================  ===================

    Examples
    --------
    >>> import arrangements as ar
    >>> A = ar.Arrangement([[1, 0], [0, 1], [1, 1]])
    >>> ar.Auto().choice(A, A.domain)  # rank two
    Angles()
    """

    def choose(self, arrangement: Arrangement, unit: Cone) -> tuple[Method, str]:
        """Return the method for a unit, and the reason in words."""
        if Angles.supports(arrangement, unit):
            return Angles(), "lines of the plane need only be sorted"
        regions = cover_number(arrangement.restricted_to(unit))
        seconds = Incremental().estimate_seconds(arrangement, regions)
        if seconds <= (_WORTH_CALLING if kernels_are_loaded() else _WORTH_LOADING):
            return Incremental(), f"linear programs take about {seconds:.1g} seconds"
        fast, reason = _compiled_method(arrangement, unit)
        if seconds <= _WORTH_COMPILING and not fast.is_ready():
            return Incremental(), (
                f"linear programs take about {seconds:.2g} seconds, compiling longer"
            )
        return fast, reason

    def choice(self, arrangement: Arrangement, cone: Cone) -> Method:
        """Return the method for a cone."""
        return self.choose(arrangement, cone)[0]

    def run(self, arrangement: Arrangement, piece: Unit) -> BatchRun:
        """Yield what the chosen method yields, piece after piece."""
        cone = piece.within
        method = self.choice(arrangement, cone)
        tree = None
        for part in method.pieces(arrangement, cone):
            tree = yield from method.run(arrangement, part)
        return tree

    def estimate_seconds(self, arrangement: Arrangement, regions: int) -> float:
        """Return what the chosen method estimates."""
        method, _ = self.choose(arrangement, arrangement.domain)
        return method.estimate_seconds(arrangement, regions)


def _compiled_method(arrangement: Arrangement, unit: Cone) -> tuple[Method, str]:
    small = DoubleDescription.supports(arrangement, unit)
    if len(unit.normals) > 1:
        reason = "a sweep would visit the regions outside the cone too"
        if small:
            return DoubleDescription(), reason
        return Incremental(), f"{reason}, and entries are too large to split cones in machine words"
    if small and _special_share(arrangement) >= _MOSTLY:
        return DoubleDescription(), "most vertices lie on more hyperplanes than they need to"
    return Sweep(), "neither linear programs nor splitting cones are faster"


def _special_share(arrangement: Arrangement) -> float:
    """Estimate the share of vertices on more hyperplanes than rank - 1, weighted by bases."""
    rng = np.random.default_rng(0)
    # Of the rows alone: the domain's normals may have columns that the rows do not span.
    rows = [tuple(map(int, row)) for row in arrangement.frame(WHOLE_SPACE).hyperplanes]
    needed = arrangement.rank - 1
    special = 0
    for _ in range(_VERTICES):
        chosen = [rows[i] for i in rng.permutation(len(rows))[:needed]]
        # A null vector of the columns: what all chosen rows vanish on.
        vertex = null_vector(list(zip(*chosen, strict=True)))
        if vertex is None or sum(dot(row, vertex) == 0 for row in rows) > needed:
            special += 1
    return special / _VERTICES

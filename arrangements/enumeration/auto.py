"""The choice of a method, with its reason."""

from __future__ import annotations

from typing import final

from arrangements.arrangement import Arrangement
from arrangements.counting import cover_number
from arrangements.enumeration.base import BatchRun, Method
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.sweep import Sweep, sweep_is_compiled
from arrangements.units import Cone, Unit

_WORTH_LOADING = 1.0
"""Seconds of linear programs from which loading compiled kernels pays."""
_WORTH_COMPILING = 20.0
"""Seconds of linear programs from which compiling them, once on a machine, pays."""


@final
class Auto(Method):
    """The default: chooses a method for each unit.

    Notes
    -----
    *Decision table.* Kernels are compiled once on a machine, which takes about a minute;
    after that they are loaded from a cache.

    ==================================================  =============  =====================
    unit                                                method         because
    ==================================================  =============  =====================
    linear programs take a second, or 20 while the      `Incremental`  done before the
    kernels are not compiled                                           kernels are ready
    a cone of two or more half-spaces                   `Incremental`  a sweep visits all
                                                                       regions
    anything else                                       `Sweep`        a thousand times
                                                                       faster
    ==================================================  =============  =====================
    """

    def choose(self, arrangement: Arrangement, unit: Cone) -> tuple[Method, str]:
        """Return the method for a unit, and the reason in words."""
        regions = cover_number(arrangement.restricted_to(unit))
        seconds = Incremental().estimate_seconds(arrangement, regions)
        if seconds <= _WORTH_LOADING:
            return Incremental(), f"linear programs take about {seconds:.1g} seconds"
        if len(unit.normals) > 1:
            return Incremental(), "a sweep would visit the regions outside the cone too"
        if seconds <= _WORTH_COMPILING and not sweep_is_compiled():
            return Incremental(), (
                f"linear programs take about {seconds:.2g} seconds, compiling the sweep longer"
            )
        return Sweep(), f"linear programs would take about {seconds:.2g} seconds"

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

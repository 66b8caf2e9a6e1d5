"""Every numerical tolerance of the package, with what it decides and what it cannot spoil.

No tolerance enters a certificate: bounds are evaluated exactly whatever is proposed.
A bad tolerance makes a gap larger, never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecoverySettings:
    """When a block of a convex solution is a neuron, and when two are the same.

    Parameters
    ----------
    negligible : float
        Blocks whose norm is below this part of the sum of all norms are dropped:
        interior-point methods leave about 1e-8 where zero is meant.
    collinear : float
        Neurons of one sign whose directions differ by less than this angle (radians) are
        one neuron that the solver split between cells sharing a boundary.
    dependent : float
        Outputs of neurons are linearly dependent when their smallest singular value is
        below this part of the largest (columns of unit length).
    slack : float
        A narrower network is preferred when its objective is larger by at most the gap
        of the wider one, or by this part of it.  The network without neurons is taken at
        once when its own gap is that small.
    most_slack : float
        But never when it is larger by more than this part.
    """

    negligible: float = 1e-7
    collinear: float = 1e-5
    dependent: float = 1e-7
    slack: float = 1e-12
    most_slack: float = 1e-9


RECOVERY = RecoverySettings()


@dataclass(frozen=True, slots=True)
class StationaritySettings:
    """When a network counts as the optimum of the program over its own patterns.

    Parameters
    ----------
    tie : float
        Rows whose hyperplane is within this angle (radians) of a neuron count as through
        it: training ends near kinks, not on them.  It decides which cells are the neuron's
        own; any choice gives a restriction of the same program.
    gap : float
        Relative gap between the network and the restricted program at which it is its
        optimum; a network better by more than this shows that it is not.
    most_entries : int
        Cells times rows times columns up to which the cells are bounded, in rational
        arithmetic.
    most_solved : int
        The same up to which the restricted program is solved when the network's own
        residual does not settle the question.
    """

    tie: float = 1e-7
    gap: float = 1e-6
    most_entries: int = 4_000_000
    most_solved: int = 400_000


STATIONARITY = StationaritySettings()

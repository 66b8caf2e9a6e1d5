"""A path from any network to a global optimum along which the objective never rises.

Neurons are scaled as wholes: sqrt(c) times hidden and output weights puts out c times as much and
costs c times as much.  So along weights c that move on a line, outputs and costs move on lines, and
the objective is convex.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from convex_program.bracket import Bracket, finite_objective
from convex_program.errors import ArgumentError
from convex_program.irreducible import reduced_weights
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.settings import RECOVERY

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Piece:
    """One slot for each neuron, weights from and to, and the output bias from and to."""

    hidden: Floats
    output: Floats
    before: Floats
    after: Floats
    biases: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False, repr=False)
class DescentPath:
    """Networks of one width from the given one to an optimum.

    Parameters
    ----------
    problem : TrainingProblem
    start, end : Network
        The given network, and the optimum with zero neurons up to the same width.
    pieces : tuple
        Between them: one, or two where room has to be made first.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> start = cx.Network([[-1.0], [0.5]], [0.3, -1.0])
    >>> path = cx.descent_path(start, cx.global_optimum(problem), width=4)
    >>> path.width, path.at(0.0).width, problem.objective(path.at(1.0)) < problem.objective(start)
    (4, 4, True)
    """

    problem: TrainingProblem
    start: Network
    end: Network
    pieces: tuple[_Piece, ...]

    @property
    def width(self) -> int:
        """Number of neurons all along, zero ones included."""
        return len(self.pieces[0].hidden)

    def at(self, t: float) -> Network:
        """Return the network at a time from 0 to 1."""
        if not 0.0 <= t <= 1.0:
            raise ArgumentError(f"t = {t}: times run from 0 to 1")
        place = min(int(t * len(self.pieces)), len(self.pieces) - 1)
        piece = self.pieces[place]
        s = t * len(self.pieces) - place
        root = np.sqrt((1.0 - s) * piece.before + s * piece.after)[:, np.newaxis]
        bias = (1.0 - s) * piece.biases[0] + s * piece.biases[1]
        return Network(
            root * piece.hidden,
            root * piece.output,
            bias if len(bias) > 1 else float(bias[0]),
            self.start.activation,
        )

    def objectives(self, count: int = 101) -> tuple[Fraction, ...]:
        """Return the objectives at so many equidistant times, as the rational numbers they are."""
        if count < 2:  # noqa: PLR2004 - both ends
            raise ArgumentError(f"count = {count}: both ends are needed, two at least")
        return tuple(finite_objective(self.problem, self.at(i / (count - 1))) for i in range(count))

    def __repr__(self) -> str:
        """One line: width and ends."""
        first, last = (float(finite_objective(self.problem, net)) for net in (self.start, self.end))
        return f"DescentPath({self.width} neurons, objective from {first:.9g} to {last:.9g})"


def descent_path(network: Network, optimum: Bracket, *, width: int | None = None) -> DescentPath:
    """Return a path to a global optimum along which the objective never rises.

    Parameters
    ----------
    network : Network
        Any network of the optimum's problem.
    optimum : Bracket
        From `global_optimum`.
    width : int, optional
        Neurons along the path, the network's own by default; more begin as zero neurons.

    Returns
    -------
    DescentPath

    Raises
    ------
    ArgumentError
        When there is no room: the neurons that cannot be merged away and those of the optimum are more
        than the width.  ``n c`` and the optimum's neurons, for c outputs, are always enough.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> from convex_program import global_optimum
    >>> path = descent_path(Network([[-1.0], [0.5]], [0.3, -1.0]), global_optimum(problem), width=4)
    >>> values = path.objectives(50)
    >>> all(b <= a for a, b in zip(values, values[1:]))
    True

    Notes
    -----
    *Algorithm.* While neurons put out linearly dependent vectors, weights move along a dependency, which
    keeps the outputs and does not raise the cost, until one is zero (Caratheodory).  Then the network
    with weights 1 - t and the optimum with weights t: the objective is convex in t with its minimum at 1.

    *Exactness.* Weights are floats.  The objective falls up to rounding, and up to the optimum's gap
    where the network is as good as the optimum.

    *Reference.* Haeffele and Vidal 2017; Wang, Lacotte and Pilanci 2022.
    """
    problem = optimum.problem
    problem.admit(network)
    best = optimum.network
    chosen = best.active()
    slots = network.width if width is None else width
    if slots < network.width:
        raise ArgumentError(f"width = {width}, and the network has {network.width} neurons")
    missing = slots - network.width
    hidden = np.vstack([network.hidden, np.zeros((missing, network.features))])
    output = np.vstack([network.output, np.zeros((missing, network.outputs))])
    weights = np.zeros(slots)
    weights[network.active()] = 1.0
    pieces: list[_Piece] = []
    here = (network.constants, network.constants)
    # Neurons that put out nothing may still cost: they shrink with those that are merged away.
    costly = np.abs(hidden).sum(axis=1) + np.abs(output).sum(axis=1) > 0.0
    if costly[weights == 0.0].any() or np.count_nonzero(weights == 0.0) < len(chosen):
        responses = problem.gauge.outputs(hidden)
        outputs = np.einsum("nk,kc->nkc", responses, output)
        outputs = outputs.transpose(0, 2, 1).reshape(-1, slots)
        counted = hidden[:, : problem.gauge.decayed]
        costs = (counted**2).sum(axis=1) + (output**2).sum(axis=1)
        weights = reduced_weights(outputs, costs, RECOVERY.dependent)
        pieces.append(_Piece(hidden, output, np.ones(slots), weights, here))
    free = np.flatnonzero(weights == 0.0)
    if len(free) < len(chosen):
        needed = slots - len(free) + len(chosen)
        raise ArgumentError(
            f"width = {slots}: {slots - len(free)} neurons put out independent vectors and the optimum "
            f"has {len(chosen)}; use width={needed}"
        )
    places = free[: len(chosen)]
    scale = np.sqrt(weights)[:, np.newaxis]
    hidden, output = scale * hidden, scale * output
    before, after = (weights > 0.0).astype(np.float64), np.zeros(slots)
    hidden[places], output[places] = best.hidden[chosen], best.output[chosen]
    after[places] = 1.0
    pieces.append(_Piece(hidden, output, before, after, (network.constants, best.constants)))
    path = DescentPath(problem, network, best, tuple(pieces))
    return DescentPath(problem, path.at(0.0), path.at(1.0), path.pieces)

"""Front door: the best gated network for given gates."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

import arrangements as ar
from convex_program.clock import Clock
from convex_program.dual import feasible_scale
from convex_program.errors import ArgumentError
from convex_program.gated.gates import Gated
from convex_program.gated.network import GatedNetwork
from convex_program.gated.program import GatedProgram
from convex_program.gated.record import GatedOptimum
from convex_program.norms import power_of_two
from convex_program.problem import TrainingProblem
from convex_program.rounding import round_down
from convex_program.solvers.proximal import BlockProblem, Proximal


def gated_optimum(
    problem: TrainingProblem,
    gates: Gated,
    *,
    gap: float = 1e-6,
    time_limit: float | None = None,
    progress: ar.Listener = ar.session_listener,
) -> GatedOptimum:
    """Find the best gated network: ``min f(sum_i G_i X w_i + b) + beta sum_i |w_i|``.

    Parameters
    ----------
    problem : TrainingProblem
        One output, a smooth loss, beta > 0.
    gates : Gated
        Tens of thousands are fine; of gates with equal patterns on the data the first counts.
    gap : float
        Relative gap to reach.
    time_limit : float, optional
        Seconds; then the best so far, with the gap reached.
    progress : Listener, optional

    Returns
    -------
    GatedOptimum

    Raises
    ------
    ArgumentError
        When the problem is of another kind, or the gates of other data.

    Examples
    --------
    >>> problem = TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = gated_optimum(problem, Gated([[1.0], [-1.0]]))
    >>> round(best.upper, 6), best.relative_gap < 1e-6
    (1.25, True)

    Notes
    -----
    *Algorithm.* Accelerated proximal gradients with restart and line search on a working set of
    gates; the gradients of all gates, one matrix product, say when it is done.

    *Exactness.* Objective and bound are evaluated in rational arithmetic; only the norms are rounded,
    upwards.

    *Cost.* ``2 k n d`` operations for the gradients of k gates, a few dozen times; the steps in
    between are over the gates in use.

    *Reference.* Mishkin, Sahiner and Pilanci, "Fast convex optimization for two-layer ReLU networks",
    ICML 2022.
    """
    if not gap > 0.0 or not math.isfinite(gap):
        raise ArgumentError(f"gap = {gap}: a relative gap is a positive number, such as 1e-4")
    if time_limit is not None and not time_limit > 0.0:
        raise ArgumentError(f"time_limit = {time_limit}: seconds must be positive")
    clock = Clock(time_limit)
    program = GatedProgram.of(problem, gates)
    fit, unit_y, value = problem.fit.rescaled()
    unit_x = power_of_two(problem.features)
    bend = problem.output_bias.bend(problem.decay)
    blocks = BlockProblem(
        features=problem.features / unit_x,
        fit=fit,
        beta=problem.decay * float(Fraction(unit_y) / value) / unit_x,
        bend=None if bend is None else bend * float(Fraction(unit_y) ** 2 / value),
        blocks=len(program.gates),
        gains=program.gains,
    )
    # The exact bounds are a little apart from the floats: aim a little below.
    found = Proximal(blocks, 0.9 * gap, clock).solve(progress)
    weights = found.weights * (unit_y / unit_x)
    chosen = found.chosen if len(found.chosen) else np.array([0])
    network = GatedNetwork(
        program.gates.take(chosen),
        weights if len(found.chosen) else np.zeros((1, problem.gauge.columns)),
        found.bias * unit_y,
        problem.activation,
    )
    vector = problem.feasible(found.dual * round_down(value / Fraction(unit_y)))
    numbers = tuple(vector.tolist())
    scale = feasible_scale(problem, vector, program.square(numbers))
    return GatedOptimum(program, network, numbers, scale, found.status, found.steps)

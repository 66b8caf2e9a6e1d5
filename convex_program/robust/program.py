"""Adversarial training over patterns that no attack changes, as one convex program.

Derivation.  A block u_i whose neuron keeps its pattern over the ball around every row obeys

    (2 D_i - 1) x_k.u_i >= radius |u_i|_*      for every row k,

norms over the columns that move.  Then the network is linear over each ball, its output on row k stays within
``c_k -+ radius |g_k|_*`` with ``g_k = sum_i gain_ik (u_i - v_i)``, and both ends are reached.  A convex loss is
largest at an end.  With ``a <= c - r`` and ``b >= c + r`` the larger of l(a) and l(b) is, at its least over a and
b, the larger of l(c - r) and l(c + r): below its minimum l falls, above it rises.
"""

from __future__ import annotations

import time
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.errors import SolverError
from convex_program.fit import Fit
from convex_program.norms import power_of_two
from convex_program.program import ConvexProgram
from convex_program.robust.ball import Ball
from convex_program.solution import Solution, Status
from convex_program.solvers.full_pattern import run_clarabel

Floats = npt.NDArray[np.float64]

_TOLERANCES = (1e-10, 1e-8, 1e-6)
"""Asked of the conic solver one after the other, until it answers."""


def solve_stable(program: ConvexProgram, ball: Ball, moving: tuple[int, ...]) -> Solution:
    """Solve the program of adversarial training over given patterns, numerically.

    Parameters
    ----------
    program : ConvexProgram
        Problem and patterns.
    ball : Ball
    moving : tuple of int
        Columns that move.

    Returns
    -------
    Solution
        Its dual vector is an element of ``-df`` at the outputs on the data that nobody moved.

    Raises
    ------
    SolverError
        When nothing usable came back.
    """
    with extra:
        import cvxpy as cp

    start = time.perf_counter()
    problem = program.problem
    gauge = problem.gauge
    fit, unit_y, value = problem.fit.rescaled()
    unit_x = power_of_two(gauge.features[:, : gauge.decayed])
    units = np.where(np.arange(gauge.columns) < gauge.decayed, unit_x, 1.0)
    features = gauge.features / units
    radius = float(ball.radius) / unit_x
    decay = problem.decay * float(Fraction(unit_y) / value) / unit_x
    count, moved = len(program.patterns), list(moving)
    gains = gauge.gains(program.activations)
    sides = np.where(program.activations, 1.0, -1.0)

    blocks = [cp.Variable((count, features.shape[1])) for _ in range(2)]
    difference = blocks[0] - blocks[1]
    bias, penalty = problem.constant.expression(
        cp, problem.decay * float(Fraction(unit_y) ** 2 / value)
    )
    outputs = cp.sum(cp.multiply(gains, difference @ features.T), axis=0) + bias
    attacked = bool(radius > 0.0 and moved)
    spread: Any = 0.0
    constraints: list[Any] = []
    if attacked:
        spread = radius * ball.dual_norm_expression(cp, (gains.T @ difference)[:, moved])
    for block in blocks:
        room: Any = 0.0
        if attacked:
            # one number a block: the same for all rows
            lengths = cp.Variable((count, 1))
            constraints.append(ball.dual_norm_expression(cp, block[:, moved]) <= lengths[:, 0])
            room = radius * lengths @ np.ones((1, len(features)))
        constraints.append(cp.multiply(sides, block @ features.T) >= room)
    loss, held = _worst(cp, fit, outputs, spread)
    costs = sum(cp.sum(cp.norm(block[:, : gauge.decayed], axis=1)) for block in blocks)
    model = cp.Problem(cp.Minimize(loss + decay * costs + penalty), [*constraints, *held])
    status = _solve(cp, model)
    found = [np.asarray(block.value) * (unit_y / units) for block in blocks]
    constant = 0.0 if isinstance(bias, float) else float(bias.value) * unit_y
    return Solution(
        positive=found[0],
        negative=found[1],
        output_bias=constant,
        dual=problem.fit.residual(program.outputs(found[0] - found[1]) + constant),
        objective=float(model.value) * value,
        status=status,
        iterations=int(model.solver_stats.num_iters or 0),
        seconds=time.perf_counter() - start,
        solver=f"cvxpy {cp.__version__} with Clarabel",
    )


def _solve(cp: Any, model: Any) -> Status:
    """Solve to the sharpest tolerance that the conic solver copes with."""
    for tolerance in _TOLERANCES[:-1]:
        try:
            return run_clarabel(cp, model, tolerance)
        except SolverError:
            continue
    run_clarabel(cp, model, _TOLERANCES[-1])
    return Status.INACCURATE


def _worst(cp: Any, fit: Fit, outputs: Any, spread: Any) -> tuple[Any, list[Any]]:
    """Return the sum of the larger losses at both ends, and what holds it."""
    n = len(fit.targets)
    if not fit.loss.scales:
        # losses of labels fall as the label's side is gone to: one end is enough
        end = cp.Variable(n)
        held = [cp.multiply(fit.targets, end) <= cp.multiply(fit.targets, outputs) - spread]
        return fit.loss.expression(cp, end, fit.targets, fit.weights), held
    low, high, most = cp.Variable(n), cp.Variable(n), cp.Variable(n)
    held = [low <= outputs - spread, high >= outputs + spread]
    for k in np.flatnonzero(fit.weights > 0.0).tolist():
        one = slice(k, k + 1)
        for end in (low, high):
            held.append(
                fit.loss.expression(cp, end[one], fit.targets[one], fit.weights[one]) <= most[k]
            )
    return cp.sum(most[np.flatnonzero(fit.weights > 0.0).tolist()]), held

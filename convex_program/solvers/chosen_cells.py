"""The program over chosen cells, each with one sign: one block a cell, one cone constraint each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.errors import SolverError
from convex_program.gauge import Atom
from convex_program.problem import TrainingProblem

Sides = npt.NDArray[np.bool_]


def solve_on_cells(
    problem: TrainingProblem, cells: Sides, signs: tuple[int, ...]
) -> tuple[list[Atom], float]:
    """Return the best atoms, one in the closure of each cell, and the output bias.

    Parameters
    ----------
    problem : TrainingProblem
        Of one output.
    cells : (k, n) bool
    signs : k times 1 or -1

    Raises
    ------
    SolverError
        When the conic solver returned nothing usable.
    """
    with extra:
        import cvxpy as cp

    gauge = problem.gauge
    bias, penalty = problem.constant.expression(cp, problem.decay)
    outputs, costs, constraints, blocks = bias, penalty, [], []
    for cell, sign in zip(cells, signs, strict=True):
        block = gauge.block(cell)
        u = cp.Variable(gauge.columns)
        blocks.append(u)
        outputs = outputs + sign * (block.fit @ u)
        costs = costs + problem.decay * cp.norm(u[: gauge.decayed])
        rows = block.cone[block.cone.any(axis=1)]
        if len(rows):
            constraints.append(rows / np.linalg.norm(rows, axis=1, keepdims=True) @ u >= 0)
    loss = problem.fit.loss.expression(cp, outputs, problem.targets, problem.fit.weights)
    model = cp.Problem(cp.Minimize(loss + costs), constraints)
    try:
        model.solve(solver=cp.CLARABEL)
    except cp.SolverError as error:
        raise SolverError(f"Clarabel stopped without a solution: {error}") from None
    if model.status not in {cp.OPTIMAL, cp.OPTIMAL_INACCURATE}:
        raise SolverError(f"Clarabel reports {model.status} for a problem that has a solution")
    atoms = [Atom(np.asarray(u.value), sign) for u, sign in zip(blocks, signs, strict=True)]
    return atoms, bias if isinstance(bias, float) else float(bias.value)

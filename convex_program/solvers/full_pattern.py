"""All patterns in one conic program, written down in cvxpy and solved by Clarabel."""

from __future__ import annotations

import time
import warnings
from typing import Any, final

import numpy as np
import numpy.typing as npt

from convex_program.errors import SolverError
from convex_program.norms import power_of_two
from convex_program.program import ConvexProgram
from convex_program.solution import Solution, Status
from convex_program.solvers.base import Solver

FloatMatrix = npt.NDArray[np.float64]


@final
class FullPattern(Solver):
    """The reference: every block of every pattern at once.

    Parameters
    ----------
    tolerance : float
        Gap and feasibility tolerance asked of Clarabel.

    Notes
    -----
    *Algorithm.* Data and targets are scaled to size one by powers of two, which scales
    the solution exactly: ``p*(a X, c y, a c beta) = c^2 p*(X, y, beta)`` (the targets
    only where the loss allows it).

    *Cost.* An interior-point method on 2 P q variables and 2 P m inequalities; it stops
    being practical near 10^4 patterns.

    *Reference.* Pilanci and Ergen, ICML 2020, equation (8).
    """

    def __init__(self, tolerance: float = 1e-11) -> None:
        self.tolerance = tolerance

    def solve(self, program: ConvexProgram) -> Solution:
        """Solve the program over its patterns."""
        import cvxpy as cp

        problem = program.problem
        start = time.perf_counter()
        unit_x, unit_y = power_of_two(problem.features), problem.loss.unit(problem.targets)
        features = problem.features / unit_x
        targets = problem.targets / unit_y
        decay = problem.decay / (unit_x * unit_y)
        count, width = len(program.patterns), features.shape[1]

        positive = cp.Variable((count, width))
        negative = cp.Variable((count, width))
        fit, cone = _matrices(program, features)
        difference = cp.vec(positive - negative, order="C")
        # b scales with y, so beta/2 b^2 / unit_y^2 = beta/2 b'^2: its beta stays as it is.
        bias, penalty = problem.output_bias.expression(cp, problem.decay)
        outputs = fit @ difference + bias
        objective = (
            problem.loss.expression(cp, outputs, targets)
            + decay * (cp.sum(cp.norm(positive, axis=1)) + cp.sum(cp.norm(negative, axis=1)))
            + penalty
        )
        # zero rows alone leave no cone, and some versions of cvxpy take no empty constraints
        sides = (positive, negative) if cone.shape[0] else ()
        constraints = [cone @ cp.vec(side, order="C") >= 0 for side in sides]
        model = cp.Problem(cp.Minimize(objective), constraints)
        status = _run(cp, model, self.tolerance)
        scale = unit_y / unit_x
        blocks = (np.asarray(positive.value) * scale, np.asarray(negative.value) * scale)
        constant = 0.0 if isinstance(bias, float) else float(bias.value) * unit_y
        fitted = program.outputs(blocks[0] - blocks[1]) + constant
        return Solution(
            positive=blocks[0],
            negative=blocks[1],
            output_bias=constant,
            dual=problem.loss.residual(fitted, problem.targets),
            objective=float(model.value) * unit_y**2,
            status=status,
            iterations=int(model.solver_stats.num_iters or 0),
            seconds=time.perf_counter() - start,
            solver=f"cvxpy {cp.__version__} with Clarabel",
        )

    def __repr__(self) -> str:
        """Say what it is."""
        return f"FullPattern(tolerance={self.tolerance:g})"


def _run(cp: Any, model: Any, tolerance: float) -> Status:
    try:
        with warnings.catch_warnings():
            # cvxpy warns of reduced accuracy; here that is a status, and a certificate
            # says how much it matters.
            warnings.simplefilter("ignore", UserWarning)
            model.solve(
                solver=cp.CLARABEL,
                tol_gap_abs=tolerance,
                tol_gap_rel=tolerance,
                tol_feas=tolerance,
                max_iter=200,
            )
    except cp.SolverError as error:
        raise SolverError(f"Clarabel stopped without a solution: {error}") from None
    if model.status == cp.OPTIMAL:
        return Status.OPTIMAL
    if model.status == cp.OPTIMAL_INACCURATE:
        return Status.INACCURATE
    raise SolverError(f"Clarabel reports {model.status} for a problem that has a solution")


def _matrices(program: ConvexProgram, features: FloatMatrix) -> tuple[Any, Any]:
    """Return the fit map (n, P q) and the cone map (P m, P q), rows of unit length."""
    from scipy import sparse

    architecture = program.problem.architecture
    # Zero rows give no constraint.  Parallel rows give one twice in a region, but patterns
    # somebody wrote down may contradict themselves on them, and then only u = 0 is left.
    rows = np.flatnonzero(program.patterns.arrangement.orientation)
    fits, cones = [], []
    for activation in program.activations:
        block = architecture.block(features, activation)
        fits.append(block.fit)
        cones.append(sparse.csr_array(block.cone[rows]))
    cone = sparse.block_diag(cones, format="csr") if len(rows) else _empty(program, features)
    norms = np.sqrt(np.asarray(cone.multiply(cone).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0
    return np.hstack(fits), sparse.diags(1 / norms) @ cone


def _empty(program: ConvexProgram, features: FloatMatrix) -> Any:
    from scipy import sparse

    return sparse.csr_array((0, len(program.patterns) * features.shape[1]))

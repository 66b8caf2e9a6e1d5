"""All patterns in one conic program, written down in cvxpy and solved by Clarabel."""

from __future__ import annotations

import time
import warnings
from fractions import Fraction
from typing import Any, final

import numpy as np
import numpy.typing as npt

import arrangements as ar
from arrangements.extras import extra
from convex_program.errors import ArgumentError, SolverError
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.norms import power_of_two
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.solution import Proposal, Solution, Status
from convex_program.solvers.base import Solver, proposal_of

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
    the solution exactly (the targets only where the loss allows it).

    *Cost.* An interior-point method on 2 P q variables and 2 P m inequalities; it stops
    being practical near 10^4 patterns.

    *Reference.* Pilanci and Ergen, ICML 2020, equation (8).

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> round(cx.global_optimum(problem, solver=cx.FullPattern()).upper, 6)
    1.25
    """

    begins = False

    def __init__(self, tolerance: float = 1e-11) -> None:
        self.tolerance = tolerance

    def listing(self, problem: TrainingProblem) -> str:
        """Say that it needs the list."""
        del problem
        return "the solver writes the program down over all patterns"

    def within(self, seconds: float | None) -> FullPattern:
        """Return itself: the conic solver is not interrupted."""
        del seconds
        return self

    def propose(
        self,
        problem: TrainingProblem,
        *,
        patterns: ar.PatternList | None = None,
        start: Network | Proposal | None = None,
        progress: ar.Listener = ar.silent,
    ) -> Proposal:
        """Solve the program over the patterns, all of them if none are given."""
        del start
        obstacle = self.obstacle(problem)
        if obstacle:
            raise ArgumentError(f"solver: {obstacle}")
        if patterns is None:
            patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
        program = ConvexProgram(problem, patterns)
        solution = self.solve(program)
        return proposal_of(program, solution)

    def solve(self, program: ConvexProgram) -> Solution:
        """Solve the program over its patterns; see `propose` for the network.

        Raises
        ------
        SolverError
            When nothing usable came back.
        """
        with extra:
            import cvxpy as cp

        problem = program.problem
        start = time.perf_counter()
        gauge = problem.gauge
        fit, unit_y, value = problem.fit.rescaled()
        unit_x = power_of_two(gauge.features[:, : gauge.decayed])
        units = np.where(np.arange(gauge.columns) < gauge.decayed, unit_x, 1.0)
        features = gauge.features / units
        # Columns without decay keep their unit: their blocks are in units of z.
        decay = problem.decay * float(Fraction(unit_y) / value) / unit_x
        count, width = len(program.patterns), features.shape[1]

        positive = cp.Variable((count, width))
        negative = cp.Variable((count, width))
        sums, cone = _matrices(program, features)
        difference = cp.vec(positive - negative, order="C")
        bias, penalty = problem.constant.expression(
            cp, problem.decay * float(Fraction(unit_y) ** 2 / value)
        )
        outputs = cp.Variable(len(features))
        costs = sum(
            cp.sum(cp.norm(side[:, : gauge.decayed], axis=1)) for side in (positive, negative)
        )
        objective = fit.loss.expression(cp, outputs, fit.targets, fit.weights) + decay * costs
        # zero rows alone leave no cone, and some versions of cvxpy take no empty constraints
        sides = (positive, negative) if cone.shape[0] else ()
        meets = outputs == sums @ difference + bias
        constraints = [meets, *(cone @ cp.vec(side, order="C") >= 0 for side in sides)]
        model = cp.Problem(cp.Minimize(objective + penalty), constraints)
        status = run_clarabel(cp, model, self.tolerance)
        scale = unit_y / units
        blocks = (np.asarray(positive.value) * scale, np.asarray(negative.value) * scale)
        constant = 0.0 if isinstance(bias, float) else float(bias.value) * unit_y
        fitted = program.outputs(blocks[0] - blocks[1]) + constant
        if fit.pulled:
            # z is no function that v answers: the multiplier of z = fit is v, up to its sign.
            dual = _signed(np.asarray(meets.dual_value), fit) * float(value / Fraction(unit_y))
        else:
            dual = problem.fit.residual(fitted)
        return Solution(
            positive=blocks[0],
            negative=blocks[1],
            output_bias=constant,
            dual=dual,
            objective=float(model.value) * value,
            status=status,
            iterations=int(model.solver_stats.num_iters or 0),
            seconds=time.perf_counter() - start,
            solver=f"cvxpy {cp.__version__} with Clarabel",
        )

    def __repr__(self) -> str:
        """Say what it is."""
        return f"FullPattern(tolerance={self.tolerance:g})"


def _signed(multiplier: FloatMatrix, fit: Fit) -> FloatMatrix:
    """Return a multiplier or its negative, which of them has the larger dual value.

    The dual value of the right one is the optimum, that of the other at most 0.
    """
    sides = (multiplier, -multiplier)
    return max(sides, key=lambda side: fit.dual_value(fit.clip(side)))


def run_clarabel(cp: Any, model: Any, tolerance: float) -> Status:
    """Solve a model that has a solution; say how well.

    Raises
    ------
    SolverError
        When nothing usable came back.
    """
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
        return Status.SOLVED
    if model.status == cp.OPTIMAL_INACCURATE:
        return Status.INACCURATE
    raise SolverError(f"Clarabel reports {model.status} for a problem that has a solution")


def _matrices(program: ConvexProgram, features: FloatMatrix) -> tuple[Any, Any]:
    """Return the fit map (n, P q) and the cone map (P m, P q), rows of unit length."""
    with extra:
        from scipy import sparse

    gauge = program.problem.gauge
    # Zero rows give no constraint.  Parallel rows give one twice in a region, but patterns
    # somebody wrote down may contradict themselves on them, and then only u = 0 is left.
    rows = np.flatnonzero(program.patterns.arrangement.orientation)
    fits, cones = [], []
    for activation in program.activations:
        block = gauge.block(activation, features)
        fits.append(block.fit)
        cones.append(sparse.csr_array(block.cone[rows]))
    cone = sparse.block_diag(cones, format="csr") if len(rows) else _empty(program, features)
    norms = np.sqrt(np.asarray(cone.multiply(cone).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0
    return np.hstack(fits), sparse.diags(1 / norms) @ cone


def _empty(program: ConvexProgram, features: FloatMatrix) -> Any:
    with extra:
        from scipy import sparse

    return sparse.csr_array((0, len(program.patterns) * features.shape[1]))

"""All optima of a training problem: the one optimum of its dual tells where their neurons lie."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.errors import ArgumentError, SolverError
from convex_program.evidence import require_complete
from convex_program.losses import EntryLoss
from convex_program.norms import row_norms
from convex_program.optimal_set.directions import Direction, NearDual, blur, possible_directions
from convex_program.optimal_set.guess import (
    exact_fits,
    exact_outputs,
    rational_dual,
    tight_directions,
)
from convex_program.optimal_set.record import Answer, OptimalSet
from convex_program.optimal_set.weights import (
    WeightPolytope,
    exact_vertices,
    numerical_polytope,
    polytope_of_vertices,
)
from convex_program.optimum import GlobalOptimum, decayed_optimum
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_up, round_up
from convex_program.settings import RECOVERY
from convex_program.solvers import Solver

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_MOST_CELLS = 20_000
"""Cells are all looked at in rational arithmetic."""
_SHORT_OF = Fraction(1, 10**5)
"""A direction that stays this much below beta is none, to working accuracy."""
_ROUNDING = 1e-12
"""More than what singular values and products of unit vectors lose."""


def optimal_set(
    problem: TrainingProblem,
    *,
    patterns: ar.CompletePatterns | None = None,
    solver: Solver | None = None,
    progress: ar.Listener = ar.session_listener,
) -> OptimalSet:
    """Describe every optimal network of a training problem.

    Parameters
    ----------
    problem : TrainingProblem
        One output, beta > 0, a smooth and strictly convex loss (`Squared`, `Logistic`), all
        weights decayed, no output bias.
    patterns : CompletePatterns, optional
        All activation patterns of the data; enumerated by default.
    solver : Solver, optional
        As in `global_optimum`.
    progress : Listener, optional

    Returns
    -------
    OptimalSet
        Directions, polytope of weights, widths m* and M*.

    Raises
    ------
    ArgumentError
        When the problem is of another kind, or has more than 20,000 patterns.
    SolverError
        When the optimum is not known well enough to say where neurons may lie.

    Examples
    --------
    >>> rows = [[4, 0], [-4, 0], [0, 3], [0, -3]]
    >>> problem = TrainingProblem(rows, [18, 18, 11, 11], beta=10)
    >>> optima = optimal_set(problem)
    >>> optima.unique, optima.smallest_width, optima.connected_from
    (<Answer.NO: 'no, proved'>, 2, 4)
    >>> [net.width for net in optima.minimal_networks()]
    [2, 2]

    Notes
    -----
    *Algorithm.* The dual optimum v is unique, and known within ``sqrt(2 L gap)`` for a loss whose
    derivative has the Lipschitz constant L.  In each cell with a sign a neuron of an optimum has the
    direction of the nearest point to ``s X' G v`` if that has length beta, and is not there if it is shorter.
    Optimal weights c are then all ``c >= 0`` with ``sum c_k a_k = z``.

    *Exactness.* Cells are ruled out in rational arithmetic.  That there is one optimum only is
    proved where the outputs of all directions stay independent however v moves within its radius.  That there are
    several can be proved only where v is recognized as rational numbers: then all is decided
    exactly.  Otherwise the answer is *undecided*, and the polytope holds to working accuracy.

    *Cost.* One nonnegative least squares for each cell and sign; at most 20,000 small systems for the
    vertices, beyond that two linear programs a direction and one mixed-integer program.

    *Reference.* Mishkin and Pilanci, "Optimal sets and solution paths of ReLU networks", 2023; Kim, Mishkin and
    Pilanci, "Exploring the loss landscape of regularized neural networks via convex duality", 2024, for the
    numbers of neurons from which on optima are connected.
    """
    _require_kind(problem)
    if patterns is None:
        if ar.cover_number(problem.arrangement) > _MOST_CELLS:
            _require_few(ar.count_regions(problem.arrangement, progress=ar.silent))
        patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
    require_complete(patterns, problem.arrangement)
    _require_few(len(patterns))
    best = decayed_optimum(problem, patterns=patterns, solver=solver, progress=progress)
    near = _near_dual(problem, best)
    exact = _exactly(problem, patterns, near)
    if exact is not None:
        directions, polytope = exact
        unique = Answer.NO if polytope.dimension else Answer.YES
        return _record(best, directions, polytope, unique, patterns, exact=True, certain=True)
    found = possible_directions(problem, patterns, near)
    if found is None:
        raise SolverError(
            f"the optimum is known to a relative gap of {best.relative_gap:.2g} only, which does not say "
            "where its neurons lie; a larger beta or data of size one may help"
        )
    return _numerically(problem, patterns, best, near, found)


def _require_kind(problem: TrainingProblem) -> None:
    if not isinstance(problem, TrainingProblem):
        raise ArgumentError(f"problem = {problem!r} is not a TrainingProblem")
    problem.require_one_output("problem: all optima are described for one output", "ask for each")
    loss = problem.fit.loss
    if not problem.exact_beta or not (isinstance(loss, EntryLoss) and loss.strict):
        raise ArgumentError(
            f"problem = {problem!r}: all optima are described for beta > 0 and a smooth, strictly convex "
            "loss, Squared() or Logistic(): else optima need not have the same outputs"
        )
    if problem.gauge.constants or problem.output_bias.bend(problem.decay) is not None:
        raise ArgumentError(
            f"hidden_bias = {problem.hidden_bias!r}, output_bias = {problem.output_bias!r}: all optima are "
            "described where every weight is decayed; use DecayedHiddenBias() and NoBias()"
        )
    if problem.sample_weight is not None and not all(problem.sample_weight):
        raise ArgumentError("sample_weight: a row of weight 0 says nothing; leave it out")


def _require_few(cells: int) -> None:
    if cells > _MOST_CELLS:
        raise ArgumentError(
            f"problem: {cells:,} activation patterns, more than {_MOST_CELLS:,}; take fewer rows or columns"
        )


def _near_dual(problem: TrainingProblem, best: GlobalOptimum) -> NearDual:
    """Return the certificate's vector and how far the dual optimum may be from it."""
    heaviest = max(problem.fit.entry_weights or (Fraction(1),))
    steepest = Fraction(problem.fit.loss.steepest(0.0)) * heaviest
    gap = best.exact_upper - best.exact_lower
    certificate = best.certificate
    radius = Fraction(root_up(2 * steepest * gap))
    return NearDual(certificate.vector, Fraction(certificate.scale), radius)


def _exactly(
    problem: TrainingProblem, patterns: ar.CompletePatterns, near: NearDual
) -> tuple[list[Direction], WeightPolytope] | None:
    """Return all directions and weights where the dual optimum is recognized, else None."""
    dual = rational_dual(near)
    if dual is None:
        return None
    outputs = exact_outputs(problem, dual)
    if outputs is None:
        return None
    directions = tight_directions(problem, patterns, dual)
    if directions is None:
        return None
    vertices = exact_vertices(exact_fits(problem, directions), outputs)
    if not vertices:
        return None
    # Points have length beta: so much heavier are weights of unit vectors.
    beta = problem.exact_beta
    table = np.array([[float(beta * x) for x in vertex] for vertex in vertices])
    return directions, polytope_of_vertices(table.reshape(len(vertices), len(directions)))


def _numerically(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    best: GlobalOptimum,
    near: NearDual,
    found: list[Direction],
) -> OptimalSet:
    """Return what floats say of the weights, and what of it is sure."""
    low = problem.exact_beta * (1 - _SHORT_OF)
    tight = _merged([one for one in found if one.square >= low * low])
    fits = _fits(problem, tight)
    outputs = best.network.forward(problem.data)
    polytope = numerical_polytope(fits, outputs)
    whole = len(found) == len(tight)
    radii = _radii(problem, best, near, tight if whole else found)
    unique = Answer.UNDECIDED if radii is None else Answer.YES
    certain = False
    if radii is not None and whole:
        if len(radii):
            exactly = np.linalg.lstsq(fits, outputs, rcond=None)[0]
            away = _distance(problem, near, outputs) + np.linalg.norm(fits @ exactly - outputs)
            room = radii[:, 0] * away + radii[:, 1]
            certain = bool((exactly > room).all())
        else:
            certain = True
    return _record(best, tight, polytope, unique, patterns, exact=False, certain=certain)


def _merged(directions: list[Direction]) -> list[Direction]:
    """Leave out directions that agree with another up to rounding: one that no proof told apart."""
    kept: list[Direction] = []
    for one in sorted(directions, key=lambda item: not item.settled):
        close = any(
            one.sign == other.sign and np.linalg.norm(one.unit - other.unit) <= RECOVERY.collinear
            for other in kept
        )
        if one.settled or not close:
            kept.append(one)
    return kept


def _fits(problem: TrainingProblem, directions: list[Direction]) -> FloatMatrix:
    """Return what the directions put out, shape (n, k)."""
    if not directions:
        return np.zeros((len(problem.targets), 0))
    units = np.array([one.unit for one in directions])
    signs = np.array([float(one.sign) for one in directions])
    return np.asarray(problem.gauge.outputs(units) * signs)


def _radii(
    problem: TrainingProblem, best: GlobalOptimum, near: NearDual, directions: list[Direction]
) -> FloatMatrix | None:
    """Prove that outputs of all directions are independent, wherever the dual optimum is.

    Returns
    -------
    (k, 2) float64, or None
        The optimal weight k is within ``radii[k, 0] * t + radii[k, 1]`` of the solution for outputs
        at distance t of the optimal ones; None without a proof.
    """
    if not directions:
        return np.zeros((0, 2))
    if not all(one.settled for one in directions):
        return None
    fits = _fits(problem, directions)
    lengths = row_norms(fits.T)
    size = float(np.linalg.norm(problem.features)) * problem.activation.steepness
    beta = problem.exact_beta
    # Points move by so much, their lengths as well: unit vectors by twice that, over beta.
    turn = round_up(2 * blur(problem, near.radius) / beta) + _ROUNDING
    moved = np.full(len(directions), size * turn * (1.0 + _ROUNDING))
    if not lengths.all():
        return None
    least = float(np.linalg.svd(fits / lengths, compute_uv=False)[-1]) if _tall(fits) else 0.0
    least -= _ROUNDING * len(directions) + float(np.linalg.norm(moved / lengths))
    if not least > 0.0:
        return None
    total = round_up(best.exact_upper / beta)
    first = 1.0 / (least * lengths)
    return np.stack([first, first * moved.max() * total], axis=1)


def _tall(fits: FloatMatrix) -> bool:
    return bool(fits.shape[0] >= fits.shape[1])


def _distance(problem: TrainingProblem, near: NearDual, outputs: FloatVector) -> float:
    """Return how far outputs may be from the optimal ones, which the dual optimum answers."""
    weights = problem.fit.weights
    v = np.array([float(x) for x in near.exact]) / weights
    radius = round_up(near.radius) / weights * (1.0 + _ROUNDING) + _ROUNDING * np.abs(v)
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = [
            problem.fit.loss.dual_slope(v + side * radius, problem.targets) for side in (-1.0, 1.0)
        ]
    away = np.maximum(np.abs(ends[0] - outputs), np.abs(ends[1] - outputs))
    rounding = _ROUNDING * (np.abs(outputs) + np.abs(problem.targets))
    norm = float(np.linalg.norm(away + rounding))
    return norm if np.isfinite(norm) else np.inf


def _record(
    best: GlobalOptimum,
    directions: list[Direction],
    polytope: WeightPolytope,
    unique: Answer,
    patterns: ar.CompletePatterns,
    *,
    exact: bool,
    certain: bool,
) -> OptimalSet:
    columns = best.problem.gauge.columns
    return OptimalSet(
        optimum=best,
        directions=np.array([one.unit for one in directions]).reshape(len(directions), columns),
        signs=np.array([one.sign for one in directions], dtype=np.int8),
        polytope=polytope,
        unique=unique,
        exact=exact,
        certain=certain,
        cells=len(patterns),
    )

"""From any dual vector to a certificate: the nearer to the dual optimum, the better."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.certificate import Certificate
from convex_program.claim import CellClaim
from convex_program.clock import OutOfTime
from convex_program.errors import ArgumentError
from convex_program.evidence import ListedCells, PairProducts, Priced, require_complete
from convex_program.evidence.cells import largest_square
from convex_program.evidence.lines import MOST_RANK
from convex_program.pricing import (
    AutoPricing,
    PricingMethod,
    VectorBranchAndBound,
    price_cells,
    priced_rows,
)
from convex_program.pricing.pair_proof import PairProof
from convex_program.pricing.proof_aim import ProofAim
from convex_program.pricing.shortest_proof import ShortestProof
from convex_program.pricing.vector_proof import VectorConeProof
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_down

FloatVector = npt.NDArray[np.float64]

_PAIRED = 1e-9
"""Relative excess of a bound by pairs that is as good as none."""


def certify_dual(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    vector: FloatVector,
    *,
    progress: ar.Listener = ar.session_listener,
) -> Certificate:
    """Turn any vector into a proved certificate over a list of all patterns.

    Parameters
    ----------
    problem : TrainingProblem
    patterns : CompletePatterns
    vector : (n,) float64
        Usually ``-grad f`` at the outputs of a network or of a convex solution.
    progress : Listener

    Returns
    -------
    Certificate
        Level *proved*: its bound is evaluated in rational arithmetic.

    Examples
    --------
    >>> import numpy as np
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> patterns = ar.enumerate_patterns(problem.arrangement)
    >>> float(cx.certify_dual(problem, patterns, np.array([0.5, 0.5])).lower)
    1.25

    Notes
    -----
    *Algorithm.* Price all cells in floating point, evaluate the largest bound H exactly,
    then use v at the scale ``t = min(best, beta / H)``, rounded towards zero until
    ``t H <= beta`` holds exactly.
    """
    problem.require_one_output(
        "patterns: a bound over a list of patterns is about one output",
        "certify_rigorously needs no list",
    )
    require_complete(patterns, problem.arrangement)
    vector = _dual_vector(problem, vector)
    scale, cells = scaled_on_cells(problem, patterns, vector, progress)
    return Certificate(problem, tuple(vector.tolist()), scale, ListedCells(patterns, cells))


def certify_rigorously(
    problem: TrainingProblem,
    vector: FloatVector,
    *,
    pricing: PricingMethod | None = None,
    limits: VectorBranchAndBound | None = None,
) -> Certificate:
    """Turn any vector into a rigorous certificate, without a list of patterns.

    Parameters
    ----------
    problem : TrainingProblem
    vector : (n,) float64
        Usually ``-grad f`` at the outputs of a network; of several outputs flat, row by row.
    pricing : PricingMethod, optional
        A limit makes the bound weaker, never wrong.  For one output.
    limits : VectorBranchAndBound, optional
        The same for several outputs.

    Returns
    -------
    Certificate

    Raises
    ------
    ArgumentError
        When the vector is not n finite numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> round(float(cx.certify_rigorously(problem, np.array([1.0, 1.0])).lower), 6)
    1.25

    Notes
    -----
    *Exactness.* H is float64 with rounding bounds added; the rest is rational arithmetic.
    """
    vector = _dual_vector(problem, vector)
    if problem.outputs > 1:
        if pricing is not None:
            problem.require_one_output(
                f"pricing = {pricing!r} is about one output",
                "give limits=VectorBranchAndBound(...)",
            )
        return certified_by(problem, vector, matrix_bound(problem, vector, limits))
    method = AutoPricing() if pricing is None else pricing
    return certified_by(problem, vector, priced_rows(problem.gauge).price(method, vector).bound)


def matrix_bound(
    problem: TrainingProblem, vector: FloatVector, method: VectorBranchAndBound | None = None
) -> float:
    """Return a bound of ``|V^T phi(Xu)|`` over the unit ball, for V flat, row by row."""
    matrix = vector.reshape(-1, problem.outputs)
    limits = VectorBranchAndBound() if method is None else method
    return priced_rows(problem.gauge).price_matrix(limits, matrix).bound


def certify_on_cones(
    problem: TrainingProblem,
    vector: FloatVector,
    *,
    starts: npt.NDArray[np.float64] | None = None,
    tolerance: float = 1e-11,
    most_bytes: int | None = None,
    seconds: float | None = None,
    progress: ar.Listener = ar.silent,
) -> Certificate | None:
    """Turn any vector into a proved certificate, without a list of patterns.

    Parameters
    ----------
    problem : TrainingProblem
    vector : (n,) float64
        Usually ``-grad f`` at the outputs of a network or of a convex solution; of several outputs flat, row by row.
    starts : (k, d) float64, optional
        Directions near which neurons put out most along the vector.
    tolerance : float
        Relative excess of the bound over what neurons put out.
    most_bytes : int, optional
        When to give up: trees larger than this.
    seconds : float, optional
        When to give up: no more time than this.
    progress : Listener
        Called with the stage "proof".

    Returns
    -------
    Certificate or None
        Level *proved*; None when the trees came to no end within the limits.

    Notes
    -----
    *Algorithm.* One depth-first search writes trees of cones (`ConeTree`, for several outputs `VectorConeTree`); they are then checked as
    any reader would, and t is the best scale that the bound they prove allows.

    *Exactness.* Integers decide.
    """
    vector = _dual_vector(problem, vector)
    if problem.arrangement.rank > MOST_RANK + 1:  # differences of rows may have one less
        return None
    wanted = best_scale(problem, vector, math.inf)
    # No bound is needed below beta / t; nothing exceeds the sum of all rows' sizes.
    sizes = np.abs(vector).reshape(-1, problem.outputs).sum(axis=1)
    size = float(sizes @ np.abs(problem.gauge.features).sum(axis=1))
    most = 4.0 * problem.activation.steepness * size
    level = min(problem.decay / wanted, most) if wanted > 0.0 else most
    deadline = math.inf if seconds is None else time.perf_counter() + seconds
    values = tuple(vector.tolist())
    kind = ShortestProof if problem.outputs == 1 else VectorConeProof
    with ar.ending_stages(progress) as listener:
        aim = ProofAim(level, tolerance, listener, most_bytes, deadline)
        proof = kind(problem.exact, values, aim)
        tree = proof.write(starts) if proof.writable else None
        if tree is None:
            return None
        try:
            evidence = proof.evidence(tree, ar.cover_number(problem.arrangement))
        except OutOfTime:
            return None
    scale = feasible_scale(problem, vector, evidence.square(problem.exact, values))
    return Certificate(problem, values, scale, evidence)


def certify_on_pairs(
    problem: TrainingProblem,
    vector: FloatVector,
    *,
    starts: npt.NDArray[np.float64] | None = None,
    seconds: float | None = None,
    progress: ar.Listener = ar.silent,
) -> Certificate | None:
    """Turn any vector into a proved certificate in any dimension, by multipliers of products of pairs.

    Parameters
    ----------
    problem : TrainingProblem
        With one output and decayed hidden biases, and at most 600 rows on distinct lines.
    vector : (n,) float64
    starts : (k, d) float64, optional
        Directions near which neurons put out most along the vector.
    seconds : float, optional
        When to stop: what is known by then is written.
    progress : Listener
        Called with the stage "proof".

    Returns
    -------
    Certificate or None
        Level *proved*, seldom as sharp as one by cones; None for other problems, and where nothing was shown.

    Notes
    -----
    *Algorithm.* The relaxation of `SemidefiniteRelaxation` on the lines that a checker sees; its multipliers are rounded, and
    checked as any reader would (`PairProducts`).

    *Exactness.* Integers decide.
    """
    if problem.outputs > 1 or problem.exact.constants or (seconds is not None and seconds <= 0.0):
        return None
    vector = _dual_vector(problem, vector)
    values = tuple(vector.tolist())
    wanted = best_scale(problem, vector, math.inf)
    deadline = math.inf if seconds is None else time.perf_counter() + seconds
    level = problem.decay / wanted if wanted > 0.0 else 0.0
    with ar.ending_stages(progress) as listener:
        aim = ProofAim(level, _PAIRED, listener, None, deadline)
        proof = PairProof(problem.exact, values, aim)
        multipliers = proof.write(starts) if proof.writable else None
    if multipliers is None:
        return None
    evidence = PairProducts(multipliers, ar.cover_number(problem.arrangement))
    scale = feasible_scale(problem, vector, evidence.square(problem.exact, values))
    return Certificate(problem, values, scale, evidence)


def certified_by(problem: TrainingProblem, vector: FloatVector, peak: float) -> Certificate:
    """Return the best certificate of a vector with ``|v.phi(Xu)| <= peak |u|``.

    The vector must be one that `TrainingProblem.feasible` returns.
    """
    evidence = Priced(peak, ar.cover_number(problem.arrangement))
    scale = feasible_scale(problem, vector, evidence.square(problem.exact, ()))
    return Certificate(problem, tuple(vector.tolist()), scale, evidence)


def scaled_on_cells(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    vector: FloatVector,
    progress: ar.Listener = ar.silent,
) -> tuple[float, tuple[CellClaim, ...]]:
    """Return the scale at which a vector is feasible on the cells listed, and multipliers.

    Over a complete list that bounds every network, over any other only the program
    restricted to it.
    """
    best = best_scale(problem, vector, math.inf)
    # Where t |X' G v| <= beta already holds with room to spare no multipliers are needed.
    room = 0.999 * problem.decay / best if best else math.inf
    cells = multipliers(problem, patterns, vector, room, progress)
    square = largest_square(problem.exact, patterns.activations(), tuple(vector.tolist()), cells)
    return feasible_scale(problem, vector, square), cells


def exact_peak(
    problem: TrainingProblem,
    patterns: ar.CompletePatterns,
    vector: FloatVector,
    *,
    progress: ar.Listener = ar.silent,
) -> Fraction:
    """Return an exact upper bound of ``max |v.phi(Xu)|^2`` over the unit ball."""
    cells = multipliers(problem, patterns, vector, 0.0, progress)
    square = largest_square(problem.exact, patterns.activations(), tuple(vector.tolist()), cells)
    if square is None:
        raise ArgumentError("vector: it does not add up to zero, and constants cost nothing")
    return square


def multipliers(
    problem: TrainingProblem,
    patterns: ar.PatternList,
    vector: FloatVector,
    threshold: float,
    progress: ar.Listener,
) -> tuple[CellClaim, ...]:
    """Return multipliers for the cells that need any, as plain numbers."""
    found = price_cells(problem, patterns, vector, threshold=threshold, progress=progress)
    return tuple(
        CellClaim(
            int(found.cells[i]),
            int(found.signs[i]),
            tuple(found.rows[found.starts[i] : found.starts[i + 1]].tolist()),
            tuple(found.values[found.starts[i] : found.starts[i + 1]].tolist()),
        )
        for i in range(len(found.cells))
    )


def best_scale(problem: TrainingProblem, vector: FloatVector, most: float) -> float:
    """Return the t in ``[0, most]`` at which t v has the largest dual value, in floating point."""
    curvature = problem.constant.bent(vector, problem.decay, problem.outputs)
    return problem.fit.best_scale(vector, curvature, most)


def feasible_scale(problem: TrainingProblem, vector: FloatVector, square: Fraction | None) -> float:
    """Return the best float scale t with ``t^2 square <= beta^2`` exactly."""
    if square is None:
        return 0.0
    beta = problem.exact_beta
    most = math.inf if square == 0 else root_down(beta * beta / square)
    scale = best_scale(problem, vector, most)
    while Fraction(scale) ** 2 * square > beta * beta:
        scale = math.nextafter(scale, 0.0)
    return scale


def _dual_vector(problem: TrainingProblem, vector: FloatVector) -> FloatVector:
    vector = np.asarray(vector, dtype=np.float64)
    if vector.shape != problem.targets.shape or not np.isfinite(vector).all():
        raise ArgumentError(
            f"vector has shape {vector.shape}; a dual vector is {len(problem.targets)} finite "
            f"numbers, one for each {'row' if problem.outputs == 1 else 'entry, row by row'}"
        )
    return problem.feasible(vector)

"""A network that puts out given numbers on the data, as narrow as the theory allows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.gauge import Gauge
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.problem import TrainingProblem, network_claim
from convex_program.undecayed.space import ReachableSpace

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]

_SWEEPS = 24
"""Lines of weights that are tried; the one that meets hyperplanes farthest apart is taken."""
_REFINEMENTS = 4
_FAINT = 2.0**-20
"""Neurons with outputs this small beside the largest are not scaled up to size one."""
_TINY = 2.0**-1000
_FARTHEST = 2.0**500
_TOGETHER = 2.0**-30
"""Crossings this close, relative to all, belong to rows of one line."""


def network_through(
    problem: TrainingProblem, space: ReachableSpace, outputs: Sequence[Fraction]
) -> Network:
    """Return a network of at most `ReachableSpace.width` neurons with these outputs, up to rounding.

    Parameters
    ----------
    problem : TrainingProblem
    space : ReachableSpace
        Of the problem.
    outputs : n Fraction
        In the space.

    Notes
    -----
    *Algorithm.* Move the weights u along a line of weight space and put a neuron into every gap between
    two hyperplanes it crosses: only one kink lies between neighbours, so their outputs span what
    kinks span.  A few neurons elsewhere span the linear rest.  A pivoted QR factorization picks as many
    of them as the dimension; output weights are least squares, refined with exact residuals.

    *Exactness.* None: weights are floats.  The network's objective is evaluated exactly elsewhere.
    """
    gauge = problem.gauge
    target = np.array([float(value) for value in outputs])
    if not any(outputs):
        return gauge.empty(0.0)
    vectors = spanning_neurons(problem, space)
    constant = np.ones((len(target), int(_biased(problem))))
    matrix = np.hstack([gauge.outputs(vectors), constant])
    found = _refined(problem, vectors, matrix, target, outputs)
    if gauge.activation.kink != 0 or found.width == 0:
        return found
    # Unit vectors: the sum of the neurons is one neuron with the output weights as its own.
    return found.with_weights(found.output.T @ found.hidden, np.ones(1))


def spanning_neurons(problem: TrainingProblem, space: ReachableSpace) -> FloatMatrix:
    """Return hidden weights whose outputs span a reachable space, with the constant if there is one.

    Parameters
    ----------
    problem : TrainingProblem
    space : ReachableSpace
        Of the problem.

    Returns
    -------
    (k, q) float64
        As many as the dimension (less one for an output bias), well independent in floating point.
    """
    gauge = problem.gauge
    biased = _biased(problem)
    vectors = np.eye(gauge.columns) if gauge.activation.kink == 0 else _candidates(gauge, space)
    constant = np.ones((gauge.features.shape[0], int(biased)))
    return vectors[_independent(gauge.outputs(vectors), constant, space.dimension - biased)]


def _biased(problem: TrainingProblem) -> bool:
    return problem.output_bias.bend(0.0) is not None


def _candidates(gauge: Gauge, space: ReachableSpace) -> FloatMatrix:
    """Return vectors whose outputs span the space, (k, q)."""
    columns = gauge.columns
    random = np.random.default_rng(0)
    rows = gauge.features
    size = np.abs(rows).max(axis=0)
    unit = 1.0 / np.where(size > _TINY, size, 1.0)
    norms = np.linalg.norm(rows * unit, axis=1)
    rows = rows[norms > 0.0]
    best: FloatMatrix = np.empty((0, columns))
    widest = -1.0
    for _ in range(_SWEEPS):
        start = random.standard_normal(columns) * unit
        along = _direction(rows, random, unit)
        points = _crossings(rows @ start, rows @ along)
        score = float(np.diff(points).min(initial=np.inf)) / (float(np.ptp(points)) or 1.0)
        if score > widest:
            widest = score
            best = start + _between(points)[:, np.newaxis] * along
    extra = random.standard_normal((2 * min(columns, space.dimension) + 2, columns)) * unit
    vectors = np.vstack([best, extra])
    return np.asarray(vectors / row_norms(vectors / unit)[:, np.newaxis])


def _direction(rows: FloatMatrix, random: np.random.Generator, unit: FloatVector) -> FloatVector:
    """Return where to move: along a column that is positive throughout, if there is one."""
    positive = np.flatnonzero((rows > 0.0).all(axis=0))
    if len(positive):
        axis = np.zeros(len(unit))
        axis[positive[-1]] = unit[positive[-1]]
        return axis
    return np.asarray(random.standard_normal(len(unit)) * unit)


def _crossings(start: FloatVector, along: FloatVector) -> FloatVector:
    """Return where ``start + t along`` vanishes, sorted, rows of one line once; at least one number."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        times = -start / along
    times = np.sort(times[np.abs(times) < _FARTHEST])
    if len(times) == 0:
        return np.zeros(1)
    apart = np.diff(times) > _TOGETHER * np.ptp(times)
    return np.asarray(times[np.r_[True, apart]])


def _between(points: FloatVector) -> FloatVector:
    """Return a number in each gap, and two on either side."""
    step = float(np.ptp(points)) / len(points) or 1.0
    low, high = points[0], points[-1]
    middle = 0.5 * (points[1:] + points[:-1])
    return np.asarray(np.r_[low - 2 * step, low - step, middle, high + step, high + 2 * step])


def _independent(answers: FloatMatrix, constant: FloatMatrix, count: int) -> npt.NDArray[np.intp]:
    """Return the columns that a pivoted QR factorization takes first."""
    with extra:
        from scipy.linalg import qr

    lengths = np.linalg.norm(answers, axis=0)
    # Neurons that are zero up to rounding must not be blown up.
    scaled = answers / np.maximum(lengths, _FAINT * max(float(lengths.max()), _TINY))
    if constant.shape[1]:
        scaled = scaled - scaled.mean(axis=0)
    _, order = qr(scaled, mode="r", pivoting=True, check_finite=False)
    return np.sort(np.asarray(order[:count]))


def _refined(
    problem: TrainingProblem,
    vectors: FloatMatrix,
    matrix: FloatMatrix,
    target: FloatVector,
    outputs: Sequence[Fraction],
) -> Network:
    """Return the network whose output weights are least squares, refined; the best one met."""
    with extra:
        from scipy.linalg import lstsq

    def network(weights: FloatVector) -> Network:
        bias = float(weights[len(vectors)]) if len(weights) > len(vectors) else 0.0
        return Network(vectors, weights[: len(vectors)], bias, problem.activation)

    weights = np.zeros(matrix.shape[1])
    rest, best, smallest = target, weights, np.inf
    for _ in range(_REFINEMENTS):
        weights = weights + lstsq(matrix, rest, cond=1e-14, lapack_driver="gelsy")[0]
        reached = problem.exact.outputs(network_claim(network(weights)))
        rest = np.array([float(a - b) for a, b in zip(outputs, reached, strict=True)])
        error = float(np.linalg.norm(rest))
        if not error < smallest:
            break
        best, smallest = weights, error
    return network(best)

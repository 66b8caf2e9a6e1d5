"""Fewer neurons, same function on the data: irreducible networks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.problem import TrainingProblem
from convex_program.settings import RECOVERY, RecoverySettings

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


def irreducible_network(
    problem: TrainingProblem, network: Network, settings: RecoverySettings = RECOVERY
) -> Network:
    """Drop neurons until the outputs of those left are linearly independent.

    Parameters
    ----------
    problem : TrainingProblem
    network : Network
    settings : RecoverySettings
        ``dependent`` decides when outputs count as linearly dependent.

    Returns
    -------
    Network
        Balanced, at most min(n c, neurons) wide for c outputs; the same outputs on the data up to
        rounding, and a penalty that is not larger up to rounding.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> wide = cx.Network([[1.0], [2.0], [-1.0]], [1.0, 0.5, 1.0])  # two neurons put out the same
    >>> cx.irreducible_network(problem, wide)
    Network(2 neurons, 1 inputs)

    Notes
    -----
    *Algorithm.* Let a_k be the outputs ``phi(X w_k) alpha_k^T`` of the neurons, matrices of n c
    entries.  While ``sum b_k a_k = 0`` for some b, oriented so that ``sum b_k |w_k| |alpha_k| >= 0``, the
    weights ``c_k - t b_k`` keep the outputs and do not raise the penalty; t grows until a
    weight reaches zero, and that neuron goes.  At an optimum the penalty stays the same,
    so the result is an optimum with at most n c neurons.

    *Reference.* Mishkin and Pilanci 2023, on minimal models; Caratheodory.
    """
    if len(network.active()) == 0:
        return problem.gauge.empty(network.output_bias, network.outputs)
    balanced = network.balanced(problem.gauge.decayed)
    responses = problem.gauge.outputs(balanced.hidden)
    outputs = np.einsum("nk,kc->nck", responses, balanced.output).reshape(-1, balanced.width)
    costs = balanced.masses(problem.gauge.decayed)
    weights = reduced_weights(outputs, costs, settings.dependent)
    alive = np.flatnonzero(weights > 0)
    factors = np.sqrt(weights[alive])[:, np.newaxis]
    kept = balanced.with_weights(balanced.hidden[alive] * factors, balanced.output[alive] * factors)
    return kept.balanced(problem.gauge.decayed)


def reduced_weights(outputs: FloatMatrix, costs: FloatVector, dependent: float) -> FloatVector:
    """Return nonnegative weights that keep the sum of outputs, do not raise the cost, and are mostly 0.

    Parameters
    ----------
    outputs : (n, m) float64
        What each of m neurons puts out.
    costs : (m,) float64
    dependent : float
        Smallest singular value over the largest below which outputs are dependent.

    Returns
    -------
    (m,) float64
        Those with a positive weight have independent outputs; all weights began as 1.
    """
    weights = np.zeros(len(costs))
    alive = np.flatnonzero(outputs.any(axis=0))
    weights[alive] = 1.0
    while (direction := _dependency(outputs[:, alive], dependent)) is not None:
        if direction @ costs[alive] < 0:
            direction = -direction
        # With equal cost either way some entry may still be positive only in -direction.
        if not np.any(direction > 0):
            direction = -direction
        falling = direction > 0
        steps = weights[alive][falling] / direction[falling]
        weights[alive] -= steps.min() * direction
        gone = np.flatnonzero(falling)[np.argmin(steps)]
        weights[alive[gone]] = 0.0
        alive = np.delete(alive, gone)
    return np.asarray(np.maximum(weights, 0.0))


def _dependency(outputs: FloatMatrix, tolerance: float) -> FloatVector | None:
    """Return b with ``outputs @ b = 0`` up to the tolerance, or None."""
    if outputs.shape[1] == 0:
        return None
    lengths = row_norms(outputs.T)
    wide = outputs.shape[1] > outputs.shape[0]
    # Only a wide matrix needs the full factors for its last right vector; a tall one would
    # get an n x n factor that nobody reads.
    _, values, rows = np.linalg.svd(outputs / lengths, full_matrices=wide)
    if not wide and values[-1] > tolerance * values[0]:
        return None
    return np.asarray(rows[-1] / lengths)

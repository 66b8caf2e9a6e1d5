"""Fewer neurons, same function on the data: irreducible networks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from convex_program.gauge import Atom
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
        Balanced, at most min(n, neurons) wide; the same outputs on the data up to
        rounding, and a penalty that is not larger up to rounding.

    Notes
    -----
    *Algorithm.* Let a_k be the signed outputs ``s_k phi(X u_k)`` of the balanced neurons.
    While ``sum b_k a_k = 0`` for some b, oriented so that ``sum b_k |u_k| >= 0``, the
    weights ``c_k - t b_k`` keep the outputs and do not raise the penalty; t grows until a
    weight reaches zero, and that neuron goes.  At an optimum the penalty stays the same,
    so the result is an optimum with at most n neurons.

    *Reference.* Mishkin and Pilanci 2023, on minimal models; Caratheodory.
    """
    atoms = list(problem.gauge.atoms(network))
    vectors = np.array([atom.vector for atom in atoms])
    signs = np.array([atom.sign for atom in atoms])
    if len(atoms) == 0:
        return problem.gauge.empty(network.output_bias)
    outputs = signs * problem.gauge.outputs(vectors)
    costs = problem.gauge.costs(vectors)
    weights = np.ones(len(atoms))
    alive = np.flatnonzero(outputs.any(axis=0))
    while (direction := _dependency(outputs[:, alive], settings.dependent)) is not None:
        if direction @ costs[alive] < 0:
            direction = -direction
        # With equal cost either way some entry may still be positive only in -direction.
        if not np.any(direction > 0):
            direction = -direction
        falling = direction > 0
        steps = weights[alive][falling] / direction[falling]
        weights[alive] -= steps.min() * direction
        gone = np.flatnonzero(falling)[np.argmin(steps)]
        alive = np.delete(alive, gone)
    kept = [Atom(weights[k] * vectors[k], int(signs[k])) for k in alive if weights[k] > 0]
    return problem.gauge.network(kept, network.output_bias)


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

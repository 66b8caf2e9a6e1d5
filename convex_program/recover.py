"""From a convex solution to a network and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError
from convex_program.gauge import Atom
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.program import ConvexProgram
from convex_program.settings import RECOVERY, RecoverySettings
from convex_program.solution import Solution

FloatMatrix = npt.NDArray[np.float64]


def recover_network(
    program: ConvexProgram, solution: Solution, settings: RecoverySettings = RECOVERY
) -> Network:
    """Return the network of a convex solution.

    Parameters
    ----------
    program : ConvexProgram
    solution : Solution
    settings : RecoverySettings
        Which blocks count as zero, and which directions as equal.

    Returns
    -------
    Network
        Balanced.  Blocks of one sign with one direction become one neuron (solvers split
        a neuron on a boundary between the adjacent cells); u_i and v_i of one cell stay
        two neurons when both are non-zero.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> program = cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))
    >>> cx.recover_network(program, cx.FullPattern().solve(program))
    Network(2 neurons, 1 inputs)

    Notes
    -----
    The network's objective can differ from the program's value by rounding and by the
    blocks dropped; a certificate is about the network as it is.
    """
    gauge = program.problem.gauge
    atoms: list[Atom] = []
    blocks = (solution.positive, solution.negative)
    total = sum(float(gauge.costs(block).sum()) for block in blocks)
    for sign, block in zip((1, -1), blocks, strict=True):
        norms = gauge.costs(block)
        kept = norms > settings.negligible * total
        atoms += [Atom(vector, sign) for vector in _cluster(block[kept], settings.collinear)]
        if gauge.constants:
            # Blocks without decayed weights still put constants out, each over its own cell.
            free = block[~kept] * (np.arange(gauge.columns) >= gauge.decayed)
            atoms += [Atom(vector, sign) for vector in free if vector.any()]
    return program.problem.realized(gauge.network(atoms, 0.0), solution.output_bias)


def convex_point(program: ConvexProgram, network: Network) -> tuple[FloatMatrix, FloatMatrix]:
    """Return blocks (u, v), each of shape (P, q), with the outputs of a network.

    Each neuron goes to one cell whose closure contains it, found by exact signs.

    Raises
    ------
    ArgumentError
        When a neuron is in no listed cell: the list is not complete.

    Examples
    --------
    >>> import arrangements as ar
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> program = cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))
    >>> positive, negative = cx.convex_point(program, cx.Network([[2.0]], [-3.0]))
    >>> float(positive.sum()), float(negative.sum())
    (0.0, 6.0)

    Notes
    -----
    The program's value there is at most the network's objective, with equality iff the
    network is balanced and neurons of one (cell, sign) are collinear.
    """
    positive = np.zeros((len(program.patterns), program.problem.features.shape[1]))
    negative = np.zeros_like(positive)
    activations = program.activations
    for atom in program.problem.gauge.atoms(network):
        signs = program.patterns.arrangement.data.signs(atom.vector[np.newaxis])[0]
        fits = ~np.any((activations & (signs < 0)) | (~activations & (signs > 0)), axis=1)
        cells = np.flatnonzero(fits)
        if len(cells) == 0:
            raise ArgumentError("a neuron lies in no listed cell: the pattern list is not complete")
        (positive if atom.sign > 0 else negative)[cells[0]] += atom.vector
    return positive, negative


def _cluster(vectors: FloatMatrix, angle: float) -> list[FloatMatrix]:
    """Add up vectors whose directions agree, largest first."""
    norms = row_norms(vectors)
    sums: list[FloatMatrix] = []
    for index in np.argsort(-norms, kind="stable"):
        direction = vectors[index] / norms[index]
        for position, total in enumerate(sums):
            unit = total / row_norms(total[np.newaxis])[0]
            if np.linalg.norm(unit - direction) < angle:
                sums[position] = total + vectors[index]
                break
        else:
            sums.append(vectors[index].copy())
    return sums

"""Weights of given atoms, a vector each: a group lasso on a quadratic model that is nowhere below."""

from __future__ import annotations

import numpy as np

from convex_program.solvers.vector.ground import Floats, VectorGround, VectorNeurons

_SWEEPS = 300
_TOLERANCE = 1e-7
_MODELS = 6
_FALL = 1e-4


def weigh(ground: VectorGround, atoms: VectorNeurons, bias: Floats) -> tuple[VectorNeurons, Floats]:
    """Return atoms with good weights, and the output biases that go with them.

    Parameters
    ----------
    ground : VectorGround
    atoms : VectorNeurons
        Of any size: directions count, and b as a start.
    bias : (c,) float64

    Notes
    -----
    For atoms a_k of unit cost minimise ``f(sum a_k b_k^T + 1 a^T) + beta sum |b_k|``.  With rates rho_i,
    bounds of the second derivatives of row i, the model ``-<V, D> + 1/2 sum rho_i |D_i|^2`` of a change D
    lies above f, so F falls with every model; for the squared loss the first one is f itself.  The
    biases, which cost little or nothing, are eliminated.
    """
    from convex_program.kernels import descend_groups

    costs = ground.costs(atoms.w)
    if not costs.all():
        atoms, costs = atoms.take(np.flatnonzero(costs)), costs[costs > 0.0]
    units = atoms.w / costs[:, None]
    b = atoms.b * costs[:, None]
    plain = VectorNeurons(units, b, atoms.states)
    a = ground.outputs_of(plain)
    n, c = a.shape[1], ground.outputs
    rate = ground.fit.steepest(0.0).reshape(n, c).max(axis=1)
    total = float(rate.sum()) + (ground.bend or 0.0)
    share = 1.0 / total if ground.bend is not None and total > 0.0 else 0.0
    rated = a * rate
    gram = rated @ a.T - share * np.outer(rated.sum(axis=1), rated.sum(axis=1))
    value = np.inf
    for _ in range(_MODELS):
        z = a.T @ b + bias
        v = ground.fit.answer(z.ravel())[0].reshape(n, c)
        target = v + rate[:, None] * z
        pull = a @ target - share * np.outer(rated.sum(axis=1), target.sum(axis=0))
        descend_groups(gram, pull, ground.beta, b, _SWEEPS, _TOLERANCE)
        if share:
            bias = share * (target - rate[:, None] * (a.T @ b)).sum(axis=0)
        new = ground.fit.value((a.T @ b + bias).ravel()) + ground.beta * float(
            np.linalg.norm(b, axis=1).sum()
        )
        if value - new <= _FALL * abs(new):
            break
        value = new
    used = np.linalg.norm(b, axis=1)
    used = np.flatnonzero(used > 1e-9 * used.max(initial=0.0))
    net = VectorNeurons(units[used], b[used], atoms.states[used])
    if len(used):
        ground.balance(net)
    return net, bias

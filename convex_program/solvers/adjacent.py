"""The convex program restricted to given cells, as a small cone program for Clarabel.

The safeguard of the working set: whole cells, no local model.  Variables w_k (the block of cell
k with its sign) and t_k >= |w_k|; the cone rows (2 D_k - I) X w_k >= 0 are added when violated.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.solvers.newton import KINK, OFF, ON, Floats, Ground, Neurons

_CLOSE = 0.05  # rows within this angle of a cell's own direction enter from the start
_VIOLATED = 1e-9
_ROUNDS = 30


def adjacent_cells(net: Neurons, most: int) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
    """Return distinct (patterns, signs, directions) of cells whose closure holds a neuron.

    A neuron on z kinks lies in up to 2^z of them; at most ``most`` are taken for each.
    """
    seen: set[bytes] = set()
    patterns, signs, directions = [], [], []
    for w, sign, state in zip(net.w, net.signs, net.states, strict=True):
        kinks = np.flatnonzero(state == KINK)
        for number, sides in enumerate(product((False, True), repeat=len(kinks))):
            if number == most:
                break
            pattern = state == ON
            pattern[kinks] = sides
            key = pattern.tobytes() + (b"+" if sign > 0 else b"-")
            if key not in seen:
                seen.add(key)
                patterns.append(pattern)
                signs.append(sign)
                directions.append(w / np.linalg.norm(w))
    n, d = net.states.shape[1], net.w.shape[1]
    return (
        np.array(patterns, dtype=bool).reshape(-1, n),
        np.array(signs, dtype=float),
        np.array(directions).reshape(-1, d),
    )


def solve_cells(
    ground: Ground,
    model: Any,
    *,
    patterns: npt.NDArray[np.bool_],
    signs: Floats,
    directions: Floats,
) -> Floats:
    """Return blocks (K, d) of the restricted optimum for a model, accurate as interior points are.

    Parameters
    ----------
    ground : Ground
    model : Model
        The loss as a quadratic; the best output bias is taken out of it.
    patterns, signs, directions
        As `adjacent_cells` returns them.
    """
    import clarabel
    import scipy.sparse as sp

    from convex_program.kernels import centre_design

    X = ground.X
    cells, d = directions.shape
    inside, outside = ground.gains[ON], ground.gains[OFF]
    columns = np.concatenate(
        [
            s * np.where(p, inside, outside)[:, None] * X
            for p, s in zip(patterns, signs, strict=True)
        ],
        axis=1,
    )
    linear = -(columns.T @ model.target)
    linear += model.share * model.target.sum() * (columns.T @ model.rate)
    root = np.sqrt(model.rate)
    design = root[:, None] * columns
    if model.share > 0.0:
        centre_design(design, root, model.share)
    quadratic = sp.block_diag(
        [sp.csc_matrix(np.triu(design.T @ design)), sp.csc_matrix((cells, cells))], format="csc"
    )
    linear = np.concatenate([linear, np.full(cells, model.beta)])
    lengths = np.maximum(ground.lengths, 1e-300)
    sides = np.where(patterns, 1.0, -1.0)
    taken = np.abs(directions @ X.T) <= _CLOSE * lengths
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    # Second-order cones (t_k, w_k): s = -A x with one row per entry
    p = ground.decayed
    order = [j for k in range(cells) for j in (cells * d + k, *range(k * d, k * d + p))]
    soc = sp.csc_matrix(
        (-np.ones(len(order)), (np.arange(len(order)), order)), shape=(len(order), cells * (d + 1))
    )
    blocks = np.zeros((cells, d))
    for _ in range(_ROUNDS):
        cuts = _cone_rows(X / lengths[:, None], sides, np.argwhere(taken), cells)
        cones = [clarabel.NonnegativeConeT(cuts.shape[0])] if cuts.shape[0] else []
        cones += [clarabel.SecondOrderConeT(p + 1)] * cells
        matrix = sp.vstack([cuts, soc], format="csc")
        solution = clarabel.DefaultSolver(
            quadratic, linear, matrix, np.zeros(matrix.shape[0]), cones, settings
        ).solve()
        blocks = np.asarray(solution.x)[: cells * d].reshape(cells, d)
        norms = ground.costs(blocks)
        level = _VIOLATED * norms.max(initial=0.0)
        violated = (sides * (blocks @ X.T) < -level * lengths) & (norms > level)[:, None] & ~taken
        if not violated.any():
            break
        taken |= violated
    return blocks


def _cone_rows(units: Floats, sides: Floats, pairs: npt.NDArray[np.intp], cells: int) -> Any:
    """Return -(2D - I) x_i in the columns of block k, for the pairs (k, i)."""
    import scipy.sparse as sp

    d = units.shape[1]
    k, i = pairs[:, 0], pairs[:, 1]
    values = -(sides[k, i][:, None] * units[i])
    row = np.repeat(np.arange(len(pairs)), d)
    column = (k[:, None] * d + np.arange(d)).ravel()
    return sp.csc_matrix((values.ravel(), (row, column)), shape=(len(pairs), cells * (d + 1)))

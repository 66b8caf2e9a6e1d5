"""The convex program restricted to given cells, as a small cone program for Clarabel.

The safeguard of the working set: whole cells, no local model of the neurons.  Variables w_k (the
block of cell k with its sign) and t_k >= |w_k|; the cone rows (2 D_k - I) X w_k >= 0 are added when
violated.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.solvers.ground import KINK, OFF, ON, Floats, Ground, Neurons
from convex_program.solvers.kinked import (
    dual_of_lines,
    kinked_part,
    quadratic_part,
    quiet_settings,
)

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


@dataclass(frozen=True, eq=False)
class CellSolution:
    """Blocks (K, d), the output bias of a loss with kinks, and its dual vector if there is one."""

    blocks: Floats
    bias: float
    v: Floats | None


def solve_cells(
    ground: Ground,
    model: Any | None,
    *,
    patterns: npt.NDArray[np.bool_],
    signs: Floats,
    directions: Floats,
    deadline: float = math.inf,
) -> CellSolution | None:
    """Return the restricted optimum, as accurate as interior points are; None where time is up before.

    Parameters
    ----------
    ground : Ground
    model : Model or None
        The loss as a quadratic, the best output bias taken out of it; None for a loss with kinks.
    patterns, signs, directions
        As `adjacent_cells` returns them.
    deadline : float
        By ``time.perf_counter``, looked at between steps of the interior points.
    """
    with extra:
        import clarabel
        import scipy.sparse as sp

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
    part = kinked_part(columns, ground) if model is None else quadratic_part(columns, model)
    beta = ground.beta if model is None else model.beta
    # x holds the blocks, then the loss's others, then t_k >= |w_k|
    quadratic = sp.block_diag([part.quadratic, sp.csc_matrix((cells, cells))], format="csc")
    linear = np.concatenate([part.linear, np.full(cells, beta)])
    first, width = cells * d + part.extra, len(linear)
    lines = sp.hstack([part.lines, sp.csc_matrix((part.lines.shape[0], cells))])
    lengths = np.maximum(ground.lengths, 1e-300)
    sides = np.where(patterns, 1.0, -1.0)
    taken = np.abs(directions @ X.T) <= _CLOSE * lengths
    # Second-order cones (t_k, w_k): s = -A x with one row per entry
    p = ground.decayed
    order = [j for k in range(cells) for j in (first + k, *range(k * d, k * d + p))]
    soc = sp.csc_matrix(
        (-np.ones(len(order)), (np.arange(len(order)), order)), shape=(len(order), width)
    )
    for _ in range(_ROUNDS):
        left = deadline - time.perf_counter()
        if left <= 0.0:
            return None
        cuts = _cone_rows(X / lengths[:, None], sides, np.argwhere(taken), width)
        plain = lines.shape[0] + cuts.shape[0]
        cones = [clarabel.NonnegativeConeT(plain)] if plain else []
        cones += [clarabel.SecondOrderConeT(p + 1)] * cells
        matrix = sp.vstack([lines, cuts, soc], format="csc")
        right = np.zeros(matrix.shape[0])
        right[: len(part.right)] = part.right
        solution = clarabel.DefaultSolver(
            quadratic, linear, matrix, right, cones, quiet_settings(left)
        ).solve()
        if solution.status == clarabel.SolverStatus.MaxTime:
            return None
        point = np.asarray(solution.x)
        blocks = point[: cells * d].reshape(cells, d)
        norms = ground.costs(blocks)
        level = _VIOLATED * norms.max(initial=0.0)
        violated = (sides * (blocks @ X.T) < -level * lengths) & (norms > level)[:, None] & ~taken
        if not violated.any():
            break
        taken |= violated
    if model is not None:
        return CellSolution(blocks, 0.0, None)
    bias = float(point[cells * d]) if ground.bend is not None else 0.0
    return CellSolution(blocks, bias, dual_of_lines(ground, np.asarray(solution.z)))


def _cone_rows(units: Floats, sides: Floats, pairs: npt.NDArray[np.intp], width: int) -> Any:
    """Return -(2D - I) x_i in the columns of block k, for the pairs (k, i)."""
    with extra:
        import scipy.sparse as sp

    d = units.shape[1]
    k, i = pairs[:, 0], pairs[:, 1]
    values = -(sides[k, i][:, None] * units[i])
    row = np.repeat(np.arange(len(pairs)), d)
    column = (k[:, None] * d + np.arange(d)).ravel()
    return sp.csc_matrix((values.ravel(), (row, column)), shape=(len(pairs), width))

"""Rows prepared for branch and bound: scaled, in coordinates of their row space, one per line.

Four changes of the data, each with a rigorous account of what it costs.

*Rounding.*  Rational entries are rounded to float64; by how much is known exactly and joins
rho_j below.  Data given as floats are not changed at all.

*Scaling* by powers of two is exact (what becomes subnormal is counted in ``defect``).

*Row space.*  Let B be any d x r matrix and xhat_j any float vectors.  For a unit vector u put
w = B^T u: |w| <= |B| and x_j.u = xhat_j.w + (x_j - B xhat_j).u.  Since (.)_+ is 1-Lipschitz and
h is positively homogeneous,

    h(v; X) <= |B| h(v; Xhat) + sum_j |v_j| rho_j,       rho_j >= |x_j - B xhat_j|.

The rank never has to be known: a poor B only loosens the bound.  At full numerical rank B = I.

*Parallel rows.*  If xhat_j = r_j e for all rows of a class, then with t = e.w

    sum_j v_j (r_j t)_+ = kappa (t)_+ - l t,  kappa = sum_j v_j |r_j|,  l = sum_{r_j<0} v_j |r_j|:

one kink per line, convex if kappa > 0 and concave if kappa < 0, plus a linear term.  (Neurons with other slopes: `convex_program.pricing.signed`.)  Without
this a convex and a concave kink can lie on top of each other, maximisers sit on the convex one
and the search has to cut down to the tolerance around them.  Ratios are floats; what they miss,
|xhat_j - r_j e|, is added to rho_j, so that here, too, nothing has to be exactly parallel.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from convex_program.activations import Activation, ReLU
from convex_program.gauge import Gauge
from convex_program.rounding import round_up

Floats = npt.NDArray[np.float64]

EPS = 2.0**-53
_RANK_TOLERANCE = 1e-13
_HALF = 0.5  # the mantissa of a power of two
_GRID = 2.0**40  # directions are compared on this grid; a miss only leaves rows unmerged
ROUND_UP = 1.0 + 2.0**-45  # covers a handful of roundings in the driver's own scalar arithmetic


def exponent(a: Floats) -> int:
    """Return e with ``2^(e-1) <= max |a| < 2^e``, 0 for a zero array."""
    return int(np.frexp(np.abs(a).max(initial=0.0))[1])


def sum_up(terms: Floats) -> Floats:
    """Return column sums of nonnegative terms, rounded up (n additions, gamma_n relative)."""
    n = terms.shape[0]
    return np.asarray(np.sum(terms, axis=0) * (1.0 + 2.0 * (n + 4) * EPS))


def shifted_up(value: float, shift: int) -> float:
    """Return ``2^shift value``, rounded up where it becomes subnormal."""
    moved = float(np.ldexp(value, shift))
    if np.ldexp(moved, -shift) < value:
        return float(np.nextafter(moved, np.inf))
    return moved


@dataclass(frozen=True, eq=False)
class ReducedRows:
    """``X = 2^shift (diag(ratio) lines[line_of] B^T + E)``, with bounds on the rows of E.

    Parameters
    ----------
    lines : (m, r) float64
        One representative row for each line, entries at most about 1 in size.
    line_of : (n,) int64
        Line of every row (0 for zero rows, whose ratio is 0).
    ratio : (n,) float64
        Multiples of the representatives.
    basis : (d, r) float64 or None
        B; None for the identity.
    stretch : float
        Upper bound of ``|B|``.
    defect : (n,) float64
        rho_j in units of ``2^shift``.
    shift : int
        The power of two taken out of X.
    columns : int
        d.
    activation : Activation
        How neurons act on the rows.
    sides : tuple of int
        The signs of v that are asked about.
    """

    lines: Floats
    line_of: npt.NDArray[np.int64]
    ratio: Floats
    basis: Floats | None
    stretch: float
    defect: Floats
    shift: int
    columns: int
    activation: Activation
    sides: tuple[int, ...] = (1, -1)

    @classmethod
    def of_gauge(cls, gauge: Gauge) -> ReducedRows:
        """Reduce the exact rows of a gauge: what rounding them to floats cost is counted."""
        return cls.of(gauge.features, rounding_of(gauge), activation=gauge.activation)

    @classmethod
    def of(
        cls,
        X: Floats,
        missed: Floats | None = None,
        *,
        activation: Activation | None = None,
        sides: tuple[int, ...] = (1, -1),
    ) -> ReducedRows:
        """Scale X, pass to a basis of its row space if that is smaller, merge parallel rows.

        Parameters
        ----------
        X : (n, d) float64
        missed : (n,) float64, optional
            Upper bounds of the distances between the rows meant and those of X.
        activation : Activation, optional
            `ReLU` by default.
        sides : tuple of int
            The signs of v that are asked about.
        """
        X = np.ascontiguousarray(X, dtype=np.float64)
        shift = exponent(X)
        # ldexp rounds only what becomes subnormal: at most 2^-1074 an entry.
        scaled = np.ldexp(X, -shift)
        defect = np.where(np.ldexp(scaled, shift) == X, 0.0, 2.0**-1060).max(axis=1, initial=0.0)
        if missed is not None:
            defect = defect + [shifted_up(float(value), -shift) for value in missed]
        rows, basis, stretch, outside = _row_space(scaled)
        lines, line_of, ratio, unparallel = parallel_classes(rows)
        return cls(
            lines=lines,
            line_of=line_of,
            ratio=ratio,
            basis=basis,
            stretch=stretch,
            defect=(defect + outside + stretch * unparallel) * ROUND_UP,
            shift=shift,
            columns=X.shape[1],
            activation=ReLU() if activation is None else activation,
            sides=sides,
        )

    @classmethod
    def unturned(cls, X: Floats, *, activation: Activation) -> ReducedRows:
        """Merge parallel rows of X, entries about 1 in size, in the coordinates they have.

        For searches: how far rows are from parallel is counted, and nothing else changes.
        """
        rows = np.ascontiguousarray(X, dtype=np.float64)
        lines, line_of, ratio, unparallel = parallel_classes(rows)
        return cls(
            lines=lines,
            line_of=line_of,
            ratio=ratio,
            basis=None,
            stretch=1.0,
            defect=unparallel * ROUND_UP,
            shift=0,
            columns=rows.shape[1],
            activation=activation,
        )

    @property
    def rank(self) -> int:
        """Dimension of the search."""
        return int(self.lines.shape[1])

    def lift(self, w: Floats) -> Floats:
        """Return the unit vector of R^d with coordinates w."""
        u = w if self.basis is None else self.basis @ w
        return np.asarray(u / np.linalg.norm(u))

    def lower(self, u: Floats) -> Floats:
        """Return the coordinates of (k, d) vectors."""
        return u if self.basis is None else np.asarray(u @ self.basis)

    def upper(self, w: Floats) -> Floats:
        """Return the (k, d) vectors with coordinates w, lengths kept."""
        return w if self.basis is None else np.asarray(w @ self.basis.T)


def rounding_of(gauge: Gauge) -> Floats:
    """Return bounds of the distance between exact rows and their floats, from exact sums."""
    exact = gauge.exact_rows
    missed = np.zeros(len(exact))
    for j, (row, floats) in enumerate(zip(exact, gauge.features.tolist(), strict=True)):
        # both are in lowest terms: comparing them so takes no arithmetic
        if any(
            a.as_integer_ratio() != b.as_integer_ratio() for a, b in zip(row, floats, strict=True)
        ):
            total = sum(abs(a - Fraction(b)) for a, b in zip(row, floats, strict=True))
            missed[j] = round_up(Fraction(total))
    return missed


def _row_space(scaled: Floats) -> tuple[Floats, Floats | None, float, Floats]:
    """Return coordinates, basis, a bound of |basis|, bounds of the rows' distance from it."""
    n, d = scaled.shape
    _, singular, vt = np.linalg.svd(scaled, full_matrices=False)
    rank = int(np.sum(singular > _RANK_TOLERANCE * singular.max(initial=0.0)))
    if rank == d:
        return scaled, None, 1.0, np.zeros(n)
    basis = np.ascontiguousarray(vt[:rank].T)
    rows = scaled @ basis
    # What is left of a zero after rounding would be a kink of its own; the distance counts it.
    rows[np.abs(rows) <= 8.0 * EPS * np.abs(rows).max(axis=1, keepdims=True, initial=0.0)] = 0.0
    # The computed difference and a bound on its own rounding, underflow included.
    difference = np.abs(scaled - rows @ basis.T)
    difference += (
        2.0 * (rank + 2) * EPS * (np.abs(scaled) + np.abs(rows) @ np.abs(basis.T)) + 2.0**-1060
    )
    # The sum bounds the norm and, unlike squares, does not underflow.
    missed = np.sum(difference, axis=1) * ROUND_UP
    gram = np.abs(basis.T @ basis - np.eye(rank))
    gram += 2.0 * (d + 2) * EPS * (np.abs(basis.T) @ np.abs(basis) + 1.0)
    # |B|^2 = |B^T B| <= 1 + |B^T B - I|_F
    stretch = float(np.sqrt(1.0 + np.sqrt(np.sum(gram**2)) * ROUND_UP) * ROUND_UP)
    return rows, basis, stretch, missed


def parallel_classes(rows: Floats) -> tuple[Floats, npt.NDArray[np.int64], Floats, Floats]:
    """Return representatives, class of each row, ratio, bound of |row - ratio representative|."""
    n, r = rows.shape
    line_of = np.zeros(n, dtype=np.int64)
    ratio = np.zeros(n)
    missed = np.zeros(n)
    length = np.linalg.norm(rows, axis=1)
    used = np.flatnonzero(length > 0.0)
    if len(used) == 0:
        return np.empty((0, r)), line_of, ratio, np.sqrt(r) * np.abs(rows).max(axis=1, initial=0.0)
    missed = np.where(length > 0.0, 0.0, np.sqrt(r) * np.abs(rows).max(axis=1, initial=0.0))
    unit = rows[used] / length[used, None]
    keys = np.rint(unit * _GRID)
    lead = np.argmax(keys != 0.0, axis=1)
    keys *= np.sign(keys[np.arange(len(used)), lead])[:, None]
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    base = used[first][inverse]
    pivot = np.argmax(np.abs(rows[base]), axis=1)
    span = np.arange(len(used))
    with np.errstate(over="ignore", invalid="ignore"):
        # A subnormal representative may make a ratio infinite; that row then stands alone.
        r_used = rows[used, pivot] / rows[base, pivot]
        gap = np.abs(rows[used] - r_used[:, None] * rows[base]).max(axis=1)
    exact = (np.abs(np.frexp(r_used)[0]) == _HALF) & (gap == 0.0)
    bound = np.where(exact, 0.0, np.sqrt(r) * (gap + 4.0 * EPS * length[used]) * ROUND_UP)
    # Too far from parallel (the grid is coarser than the floats), or not a number: on its own.
    alone = ~(gap <= 8.0 * EPS * length[used])
    base = np.where(alone, used, base)
    r_used = np.where(alone, 1.0, r_used)
    missed[used] = np.where(alone, 0.0, bound)
    chosen, inverse = np.unique(base, return_inverse=True)
    line_of[used] = inverse.reshape(-1)[span]
    ratio[used] = r_used
    return np.ascontiguousarray(rows[chosen]), line_of, ratio, missed

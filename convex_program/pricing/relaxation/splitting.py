"""An iteration for the multipliers: alternating directions between a cone and a polyhedron.

The relaxation of ``max f`` over the unit ball asks for a positive semidefinite matrix Z of products of
z = (1, p, m, kappa u), largest in ``<C, Z>``, with

    Z_11 = 1,  trace Z_uu = kappa^2,  products of 1, p and m nonnegative,  p_i m_i = 0,
    products of p_i, or of m_i, with kappa u no longer than kappa times that with 1,

and Z in the span of matrices Q W Q^T, since p - m = R u.  With the last entries kappa u the norm of u is a trace,
and both projections are closed formulas: W onto the cone, Z entry by entry.  In coordinates
q = (p + m)/sqrt 2, t = (p - m)/sqrt 2 the columns of Q are (1), the q, and an orthonormal basis of all
``(R u/sqrt 2, kappa u)``.

Of each constrained product one number T is kept: its positive part is the product, ``-rho`` times its
negative part the multiplier.  One step is ``T <- a X + (1 - a) max(T, 0) + min(T, 0)``, X = Q W Q^T, a the over-relaxation, and
then W is the projection of ``Q^T (|T| + C/rho) Q``; free products need no multiplier.  Products of 1 and u
with p or m have the cone of `convex_program.pricing.relaxation.circular` where others have numbers of one sign.  The
positive part has few eigenvalues: they are followed from step to step in a block Krylov space.

Nothing here is exact, or needs to be: `convex_program.pricing.relaxation.certificate` decides.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, final

import numpy as np
import numpy.typing as npt

from convex_program.pricing.reduction import Floats
from convex_program.pricing.relaxation.certificate import Multipliers, Weighed, lengths_up
from convex_program.pricing.relaxation.circular import Singles, nearest
from convex_program.pricing.relaxation.lifted import LiftedRows

Indices = npt.NDArray[np.intp]
Turned = tuple[Floats, Floats]

KAPPA = 0.3
_RHO = 200.0
RELAXED = np.float32(1.6)
"""Fitted to real data: rows of unit spectral norm, lengths evened out by half, f of size one."""
_ROOT_HALF = np.float32(math.sqrt(0.5))
_WHOLE = 10
"""First steps with a whole eigendecomposition: the space moves fast there."""
_SPARE = 6
"""Vectors followed beside those of positive eigenvalues."""
_WIDE = 3
"""A space wider than one of so many of all dimensions is no gain over the whole."""
_ZERO = 1e-9
"""Eigenvalues below this part of the largest one are no part of the factor."""


class Crossed(NamedTuple):
    """Twice the products less the states, where more is asked than signs.

    Parameters
    ----------
    p1, m1 : (n,) float32
        Of p and of m with 1; the costs are part of it.
    pu, mu : (n, r) float32
        Of p and of m with kappa u.
    corner, ball : float
        Of 1 with 1, and what is added to the diagonal of u with u.
    """

    p1: Singles
    pu: Singles
    m1: Singles
    mu: Singles
    corner: float
    ball: float


class Alternation(ABC, Generic[Weighed]):
    """State of an iteration for one sum of kinks.

    Parameters
    ----------
    lifted : LiftedRows
    points : (k, r) float64
        Unit vectors at which f is large: the first products are averages of theirs.
    scale : float, optional
        The size of f; its largest value at the points by default.
    mass : float
        The first Z_11.
    """

    rho = _RHO
    """The weight of what W says against the states."""

    def __init__(
        self, lifted: LiftedRows, points: Floats, *, scale: float | None = None, mass: float = 1.0
    ) -> None:
        self.lifted = lifted
        _, r = self.n, self.r = lifted.rows.shape
        self.scale = self._scale(points) if scale is None else scale
        lengths = np.linalg.norm(lifted.rows, axis=1)
        R = lifted.rows / np.sqrt(lengths)[:, np.newaxis]
        size = float(np.linalg.norm(R, 2))
        R /= size
        self.unit = 1.0 / (np.sqrt(lengths) * size)
        w, V = np.linalg.eigh(0.5 * (R.T @ R) + KAPPA**2 * np.eye(r))
        root = (V * np.sqrt(w)) @ V.T
        inverse = (V / np.sqrt(w)) @ V.T
        self.Qt = (R @ inverse * math.sqrt(0.5)).astype(np.float32)
        self.Qu = (KAPPA * inverse).astype(np.float32)
        self.steps = 0
        self.shift = 0.0  # multiplier of the trace
        self.one = 0.0  # and of Z_11
        self._cost()
        p = np.maximum(points @ R.T, 0.0)
        m = p - points @ R.T
        part = mass / len(points)
        inner = self._begin(np.linalg.norm(R, axis=1), p, m, points, part)
        products = np.c_[inner, points @ root] * math.sqrt(part)
        self._factor(products.T.astype(np.float32))
        self.p1, self.m1 = (mass * x.mean(axis=0).astype(np.float32) for x in (p, m))
        turned = KAPPA * part * points
        self.pu, self.mu = ((x.T @ turned).astype(np.float32) for x in (p, m))
        one, _, _, u = self._split()
        self._free = [u @ u.T, u @ one]
        self.new_p1, self.new_pu, self.new_m1, self.new_mu = self.p1, self.pu, self.m1, self.mu
        self.new_one, self.trace = mass, 0.0
        self._matrix = np.empty((len(self.factor), len(self.factor)), np.float32)
        self._space: Singles | None = None
        self._random = np.random.default_rng(0)

    def _scale(self, points: Floats) -> float:
        """Return the size of f: the cost is divided by it, so that one rho serves for all data."""
        at = points @ self.lifted.rows.T
        values = np.maximum(at, 0.0) @ self.lifted.weights + points @ self.lifted.linear
        best = float(values.max(initial=0.0))
        return best if best > 0.0 else 1.0

    def _cost(self) -> None:
        lifted = self.lifted
        self._c = (0.5 * lifted.weights / (self.unit * self.scale)).astype(np.float32)
        self._l = (0.5 * lifted.linear / (KAPPA * self.scale)).astype(np.float32)
        self._q_cost = (lifted.quadratic / (KAPPA**2 * self.scale)).astype(np.float32)

    def _factor(self, factor: Singles) -> None:
        """Keep W as a factor: W = factor factor^T."""
        self.factor = factor

    def run(self, steps: int) -> None:
        """Take some steps."""
        for _ in range(steps):
            self._step()

    def _step(self) -> None:
        self.average()
        self.cross(self._settle())

    def average(self) -> None:
        """First half of a step: the products of W go into all states but those of p and m with 1 and u."""
        a, rest = RELAXED, np.float32(1.0) - RELAXED
        one, p, m, u = self._split()
        self._reflect(one, p, m, u)
        self.new_p1, self.new_pu, self.new_one = p @ one, p @ u.T, float(one @ one)
        self.new_m1, self.new_mu = m @ one, m @ u.T
        fresh = u @ u.T, u @ one
        self._free = [rest * old + a * new for old, new in zip(self._free, fresh, strict=True)]
        self.trace = float(np.trace(self._free[0]))

    def _settle(self) -> Crossed:
        """Meet what is asked of p and m with 1 and u, of 1 and the trace; return what is to be crossed."""
        a, rest = RELAXED, np.float32(1.0) - RELAXED
        self.p1, self.pu = averaged(self.p1, self.pu, self.new_p1, self.new_pu)
        self.m1, self.mu = averaged(self.m1, self.mu, self.new_m1, self.new_mu)
        self.one += float(a * self.new_one + rest - 1)
        before = self.shift
        self.shift += (self.trace - KAPPA**2) / self.r
        x, y = crossed(self.p1, self.pu)
        x += self._c / np.float32(self.rho)
        return Crossed(x, y, *crossed(self.m1, self.mu), 1.0 - self.one, before - 2.0 * self.shift)

    def _project(self, M: Singles) -> None:
        """Keep the positive part of M as a factor."""
        from convex_program.kernels import spectrum

        space = self._space
        if space is None or self.steps < _WHOLE or _WIDE * space.shape[1] > len(M):
            w, V = spectrum(M)
        else:
            image = M @ space
            rest = image - space * np.einsum("ij,ij->j", space, image)
            rest /= np.linalg.norm(rest, axis=0) + np.float32(1e-30)
            third = M @ rest
            third /= np.linalg.norm(third, axis=0) + np.float32(1e-30)
            basis, _ = np.linalg.qr(np.concatenate([space, rest, third], axis=1))
            small = basis.T @ (M @ basis)
            w, V = spectrum(0.5 * (small + small.T))
            keep = space.shape[1]
            w, V = w[-keep:], basis @ V[:, -keep:]
        positive = w > _ZERO * w[-1]
        self._factor(np.ascontiguousarray(V[:, positive] * np.sqrt(w[positive])))
        wanted = min(len(M), int(positive.sum()) + _SPARE)
        if wanted > V.shape[1]:
            shape = (len(M), wanted - V.shape[1])
            fresh = self._random.standard_normal(shape) / math.sqrt(len(M))
            V = np.concatenate([fresh.astype(np.float32), V], axis=1)
        self._space = np.ascontiguousarray(V[:, -wanted:])

    def multipliers(self) -> Weighed:
        """Return the multipliers so far, in float64 and in units of f."""
        size, every = self.rho * self.scale, np.arange(self.n)
        p, m = (
            turned_multipliers(size * self.unit, x, y)
            for x, y in ((self.p1, self.pu), (self.m1, self.mu))
        )
        return self.carried(every, self.unit, size, (p, m))

    @abstractmethod
    def _begin(self, lengths: Floats, p: Floats, m: Floats, points: Floats, part: float) -> Floats:
        """Set the states of pairs; return the coordinates of the points, those of u left out.

        Parameters
        ----------
        lengths : (n,) float64
            Of the rows.
        p, m, points : (k, n), (k, n) and (k, r) float64
            At the points, and these.
        part : float
            The weight of each.
        """

    @abstractmethod
    def _split(self) -> tuple[Singles, Singles, Singles, Singles]:
        """Return the factors of 1, p, m and kappa u."""

    @abstractmethod
    def _reflect(self, one: Singles, p: Singles, m: Singles, u: Singles) -> None:
        """Let products of pairs go into their states."""

    @abstractmethod
    def cross(self, asked: Crossed) -> None:
        """Second half of a step: project twice the products less the states onto the cone."""

    @abstractmethod
    def carried(
        self, chosen: Indices, factor: Floats, size: float, singles: tuple[Turned, Turned]
    ) -> Weighed:
        """Return the multipliers for some rows in other units.

        Parameters
        ----------
        chosen : (k,) int
        factor : (k,) float64
            How much longer the rows are here.
        size : float
            Of a multiplier of 1.
        singles : pair of ((k,) float64, (k, r) float64)
            Those of p and of m with 1 and u, in the new units.
        """


@final
class Splitting(Alternation[Multipliers]):
    """The iteration for products of p, m, 1 and u; parameters as those of `Alternation`."""

    def _begin(self, lengths: Floats, p: Floats, m: Floats, points: Floats, part: float) -> Floats:
        """Set the states of pairs; return the coordinates of the points, those of u left out."""
        del lengths
        self.pp = (part * (p.T @ p)).astype(np.float32)
        self.mm = (part * (m.T @ m)).astype(np.float32)
        self.pm = (part * (p.T @ m)).astype(np.float32)
        self._blocks = [np.empty((self.n, self.n), np.float32) for _ in range(3)]
        return np.column_stack([np.ones(len(points)), (p + m) * math.sqrt(0.5)])

    def _split(self) -> tuple[Singles, Singles, Singles, Singles]:
        """Return the factors of 1, p, m and kappa u."""
        V, n = self.factor, self.n
        t = self.Qt @ V[n + 1 :]
        q = V[1 : n + 1]
        return V[0], (q + t) * _ROOT_HALF, (q - t) * _ROOT_HALF, self.Qu @ V[n + 1 :]

    def _reflect(self, one: Singles, p: Singles, m: Singles, u: Singles) -> None:
        """Let products of pairs go into their states."""
        from convex_program.kernels import reflect

        del one, u
        reflect(self.pp, p @ p.T, RELAXED, False)  # noqa: FBT003 - a compiled function
        reflect(self.mm, m @ m.T, RELAXED, False)  # noqa: FBT003
        reflect(self.pm, p @ m.T, RELAXED, True)  # noqa: FBT003

    def cross(self, asked: Crossed) -> None:
        """Second half of a step: project twice the products less the states onto the cone."""
        from convex_program.kernels import turn

        n, rho = self.n, np.float32(self.rho)
        uu, u1 = self._free
        qq, tt, qt = self._blocks
        turn(self.pp, self.mm, self.pm, np.ascontiguousarray(self.pm.T), qq, tt, qt)
        dp, dm, pu, mu = asked.p1, asked.m1, asked.pu, asked.mu
        qu, tu = (pu + mu) * _ROOT_HALF, (pu - mu) * _ROOT_HALF
        Qt, Qu, M = self.Qt, self.Qu, self._matrix
        M[0, 0] = asked.corner
        M[0, 1 : n + 1] = (dp + dm) * _ROOT_HALF
        M[0, n + 1 :] = ((dp - dm) * _ROOT_HALF) @ Qt + (u1 + self._l / rho) @ Qu
        M[1:, 0] = M[0, 1:]
        M[1 : n + 1, 1 : n + 1] = qq
        M[1 : n + 1, n + 1 :] = qt @ Qt + qu @ Qu
        M[n + 1 :, 1 : n + 1] = M[1 : n + 1, n + 1 :].T
        mixed = Qt.T @ tu @ Qu
        inner = uu + self._q_cost / rho
        inner.flat[:: self.r + 1] += np.float32(asked.ball)
        M[n + 1 :, n + 1 :] = Qt.T @ (tt @ Qt) + mixed + mixed.T + Qu.T @ inner @ Qu
        self._project(M)
        self.steps += 1

    def carried(
        self, chosen: Indices, factor: Floats, size: float, singles: tuple[Turned, Turned]
    ) -> Multipliers:
        """Return the multipliers for some rows in other units, see `Alternation.carried`."""
        both = size * np.outer(factor, factor)
        which = np.ix_(chosen, chosen)

        def pairs(state: Singles) -> Floats:
            weights = -both * np.minimum(state[which].astype(np.float64), 0.0)
            return np.asarray(0.5 * (weights + weights.T))

        mixed = self.pm[which].astype(np.float64)
        free = -np.diag(both) * np.diag(mixed)
        mixed = -both * np.minimum(mixed, 0.0)
        np.fill_diagonal(mixed, free)
        (p1, pu), (m1, mu) = singles
        return Multipliers(
            positive=pairs(self.pp),
            negative=pairs(self.mm),
            mixed=mixed,
            once_positive=p1,
            once_negative=m1,
            turned_positive=pu,
            turned_negative=mu,
        )


def averaged(x: Singles, y: Singles, new_x: Singles, new_y: Singles) -> tuple[Singles, Singles]:
    """Return the next states of products with 1 and with kappa u."""
    a, at = RELAXED, nearest(x, y, KAPPA)
    return x + a * (new_x - at.x), y + a * (new_y - at.y)


def crossed(x: Singles, y: Singles) -> tuple[Singles, Singles]:
    """Return twice the products less the states."""
    at = nearest(x, y, KAPPA)
    return 2 * at.x - x, 2 * at.y - y


def turned_multipliers(units: Floats, x: Singles, y: Singles) -> tuple[Floats, Floats]:
    """Return the multipliers of products with 1 and with u: what the states are off their cone by."""
    with np.errstate(all="ignore"):  # what is no number is refused as a multiplier
        at = nearest(x.astype(np.float64), y.astype(np.float64), KAPPA)
        vectors = -KAPPA * units[:, np.newaxis] * (at.y - y)
        return np.maximum(units * (at.x - x), lengths_up(vectors)), vectors

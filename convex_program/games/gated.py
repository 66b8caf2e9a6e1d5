"""The game for fixed gates: convex in the generator, concave in the discriminator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from arrangements.extras import extra
from convex_program.errors import ArgumentError, SolverError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class GatedGame:
    """A saddle point, with what each side can guarantee.

    Parameters
    ----------
    generator : (q, d) float64
        W; generated rows are ``noise @ W``.
    discriminator : (p, d) float64
        The r_k, one a gate.
    upper : float
        ``|W|_F^2`` of a generator whose scores are at most beta on every gate, up to rounding.
    lower : float
        What the discriminator's r guarantee against every generator, evaluated in floating point.
    excess : float
        By how much the generator's largest score exceeds beta (0 or less: feasible).

    Examples
    --------
    >>> import convex_program as cx
    >>> game = cx.gated_game([[2.0]], [[1.0]], [[1]], [[1]], 0.5)
    >>> game.generator.shape, abs(game.gap) < 1e-6
    ((1, 1), True)
    """

    generator: Floats
    discriminator: Floats
    upper: float
    lower: float
    excess: float

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        self.generator.setflags(write=False)
        self.discriminator.setflags(write=False)

    @property
    def gap(self) -> float:
        """Upper minus lower: how far from a saddle point."""
        return self.upper - self.lower

    def __repr__(self) -> str:
        """One line: both values."""
        return f"GatedGame({self.lower:.12g} <= value <= {self.upper:.12g})"


def gated_game(data: Any, noise: Any, data_gates: Any, noise_gates: Any, beta: float) -> GatedGame:
    """Solve the game of a linear generator against a discriminator with fixed gates.

    ``min over W of max over r of |W|_F^2 + sum_k r_k.(X'd_k - W'Z'e_k) - beta sum_k |r_k|``
    for gates d_k on the data and e_k on the generated rows.

    Parameters
    ----------
    data : (n, d) array_like
    noise : (k, q) array_like
        Z, the generator's inputs.
    data_gates : (n, p) array_like
        0 or 1: which rows of data gate k lets through; columns are gates.
    noise_gates : (k, p) array_like
    beta : float
        Weight decay of the discriminator.

    Returns
    -------
    GatedGame

    Raises
    ------
    ArgumentError
        When shapes do not agree.
    SolverError
        When no generator makes all scores small: a gate lets data through and nothing generated.

    Notes
    -----
    *Algorithm.* For fixed W the best r is 0 where all scores ``|X'd_k - W'Z'e_k|`` are at most beta;
    for fixed r the best W is ``1/2 sum_k Z'e_k r_k'``, which gives the lower value in closed form.
    One second-order cone program yields both.

    With true ReLU units gates move with the generator, and the game is not convex in it: this is
    the relaxation with gates that do not.

    *Reference.* Sahiner et al., "Hidden convexity of Wasserstein GANs", ICLR 2022.

    Examples
    --------
    >>> import convex_program as cx
    >>> game = cx.gated_game([[2.0]], [[1.0]], [[1]], [[1]], 0.5)
    >>> round(game.upper, 6), round(game.lower, 6)
    (2.25, 2.25)
    """
    with extra:
        import cvxpy as cp

    X, Z, D, E = (
        np.asarray(given, dtype=np.float64) for given in (data, noise, data_gates, noise_gates)
    )
    if {matrix.ndim for matrix in (X, Z, D, E)} != {2}:
        raise ArgumentError("data, noise, data_gates and noise_gates are matrices")
    if len(D) != len(X) or len(E) != len(Z) or D.shape[1] != E.shape[1]:
        raise ArgumentError(
            f"data_gates {D.shape} and noise_gates {E.shape} need a row for each row of data "
            f"({len(X)}) and noise ({len(Z)}), and a column for each gate"
        )
    if not 0.0 <= beta < np.inf:
        raise ArgumentError(f"beta = {beta!r} must be a number of at least 0")
    wanted, moved = D.T @ X, E.T @ Z
    W = cp.Variable((Z.shape[1], X.shape[1]))
    limits = [cp.norm(wanted[k] - moved[k] @ W) <= beta for k in range(D.shape[1])]
    program = cp.Problem(cp.Minimize(cp.sum_squares(W)), limits)
    try:
        program.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    except cp.error.SolverError as error:
        raise SolverError(f"the cone solver failed: {error}") from error
    if W.value is None:
        raise SolverError(
            f"no generator makes all scores at most beta = {beta:g}: some gate lets data through whose "
            "score no generated row can answer; use a larger beta or other gates"
        )
    made = np.asarray(W.value)
    miss = wanted - moved @ made
    lengths = np.linalg.norm(miss, axis=1)
    sizes = np.array([float(limit.dual_value) for limit in limits])
    # at a saddle r_k points along the score it presses on
    r = sizes[:, np.newaxis] * miss / np.maximum(lengths, np.finfo(np.float64).tiny)[:, np.newaxis]
    answer = 0.5 * moved.T @ r
    lower = float((r * wanted).sum() - beta * np.linalg.norm(r, axis=1).sum() - (answer**2).sum())
    return GatedGame(
        generator=made,
        discriminator=r,
        upper=float((made**2).sum()),
        lower=lower,
        excess=float(lengths.max(initial=-np.inf) - beta) if len(lengths) else 0.0,
    )

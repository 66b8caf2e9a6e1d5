"""Claims: everything a verdict rests on, as plain numbers that anyone can check.

Standard library only.  A claim holds the problem, the network, the complete pattern list
with its proof, and the dual vector with its multipliers.  `convex_program.verify`
recomputes both bounds from it; nothing in it is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any


class Level(Enum):
    """How much is known about a bound.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> cx.global_optimum(problem).level is cx.Level.PROVED
    True
    """

    PROVED = "proved"
    """Rational arithmetic throughout; anyone can check it again."""
    RIGOROUS = "rigorous"
    """Floating point with rounding bounds added in the safe direction."""
    NUMERICAL = "numerical"
    """Anything else."""


@dataclass(frozen=True, slots=True)
class NetworkClaim:
    """The weights of the network, as stored.

    Parameters
    ----------
    hidden : m rows of d floats
    output : tuple of m c floats
        Row by row: c numbers for each neuron.
    output_bias : float, or tuple of c floats
        A number for one output, a tuple for several.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> network = cx.global_optimum(problem).claim().network
    >>> len(network.hidden), len(network.output), network.output_bias
    (2, 2, 0.0)
    """

    hidden: tuple[tuple[float, ...], ...]
    output: tuple[float, ...]
    output_bias: float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CellClaim:
    """Multipliers rho of one cell and sign: ``rho[rows[i]] = values[i] >= 0``.

    Examples
    --------
    >>> import convex_program as cx
    >>> multipliers = cx.CellClaim(cell=3, sign=-1, rows=(0, 2), values=(0.5, 1.25))
    >>> dict(zip(multipliers.rows, multipliers.values, strict=True))
    {0: 0.5, 2: 1.25}
    """

    cell: int
    sign: int
    rows: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class DualClaim:
    """A dual vector, the scale it is used with, and multipliers that show it feasible.

    The claim is ``|scale (s X' G v + A' rho)| <= beta`` for every pattern and sign s, G the gains
    of its rows, with rho = 0 where no `CellClaim` stands.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> dual = cx.global_optimum(problem).claim().dual
    >>> [round(dual.scale * value, 6) for value in dual.vector]  # beta on both rows
    [0.5, 0.5]
    """

    vector: tuple[float, ...]
    scale: float
    cells: tuple[CellClaim, ...]


@dataclass(frozen=True, slots=True)
class PatternClaim:
    """A complete pattern list: packed rows, witnesses, and the record of its proof.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> patterns = cx.global_optimum(problem).claim().patterns
    >>> [list(row) for row in patterns.packed], patterns.witnesses
    ([[1], [2]], ((-1,), (1,)))
    """

    packed: tuple[bytes, ...]
    witnesses: tuple[tuple[int, ...], ...]
    completion: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ConeClaim:
    """Trees of cones, with what they are read by: `docs/reference/claims.md` says how.

    Parameters
    ----------
    grid : int
    basis : tuple of vectors of integers, or None
    merged : tuple of (row, row that stands for it, ratio)
    tree : bytes
    lengths : tuple of int, or None
        Bytes of each tree, for checkers that share the work.
    level : Fraction or None
        What no leaf exceeds; for several outputs, where leaves have no bound of their own.
    """

    grid: int
    basis: tuple[tuple[int, ...], ...] | None
    merged: tuple[tuple[int, int, Fraction], ...]
    tree: bytes
    lengths: tuple[int, ...] | None = None
    level: Fraction | None = None


@dataclass(frozen=True, slots=True)
class PairClaim:
    """Multipliers of products of pairs, for both signs: `docs/reference/claims.md` says what they are.

    Parameters
    ----------
    grid : int
    lines : int
        m.
    pairs : 2 (2 m^2 + m) floats
    singles : 2 (2 + 2 m + 2 m d) floats
    """

    grid: int
    lines: int
    pairs: tuple[float, ...]
    singles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """That a network's objective is at most `upper` and that no network is below `lower`.

    Parameters
    ----------
    features : n rows of d rationals
    targets : n rationals
        As the loss takes them: labels are -1 and 1.  Of c outputs n c, row by row.
    weights : n rationals, or None
        Sample weights; None for ones.
    beta : rational
    loss : str
        Its name, as the class gives it.
    loss_parameters : mapping of str to rational
    activation : pair of rationals
        The values at 1 and at -1.
    hidden_bias, output_bias : str
        Names, as the classes give them.
    network : NetworkClaim
    patterns : PatternClaim or None
        The cells the lower bound is proved over; None where trees prove it.
    dual : DualClaim
    upper, lower : Fraction
        What is claimed; recomputed by whoever checks.
    cones : ConeClaim or None
        The trees that prove the lower bound, where there is no list of patterns.
    outputs : int
        c.
    pairs : PairClaim or None
        The multipliers that prove the lower bound, where there are neither trees nor patterns.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> claim = cx.global_optimum(problem).claim()
    >>> claim.loss, str(claim.beta), claim.lower <= claim.upper
    ('squared', '1/2', True)
    """

    features: tuple[tuple[Fraction, ...], ...]
    targets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...] | None
    beta: Fraction
    loss: str
    loss_parameters: dict[str, Fraction]
    activation: tuple[Fraction, Fraction]
    hidden_bias: str
    output_bias: str
    network: NetworkClaim
    patterns: PatternClaim | None
    dual: DualClaim
    upper: Fraction
    lower: Fraction
    cones: ConeClaim | None = None
    outputs: int = 1
    pairs: PairClaim | None = None

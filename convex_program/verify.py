"""Checking bounds in rational arithmetic.  Imports no solver, pricing or enumerator.

Two independent numbers meet here: the network's objective, which is an upper bound of
the optimum and does not know the certificate, and the dual value, which is a lower bound
for every network of any width and does not know this one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import CellClaim, Claim, DualClaim, Level, NetworkClaim
from convex_program.errors import ArgumentError, ClaimError
from convex_program.losses import Loss, Squared
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.rounding import root_up, round_down, round_up

ExactRows: TypeAlias = tuple[tuple[Fraction, ...], ...]

_LOSSES: dict[str, Loss] = {Squared.name: Squared()}
_BIASES: dict[str, OutputBias] = {
    NoBias.name: NoBias(),
    FreeBias.name: FreeBias(),
    DecayedBias.name: DecayedBias(),
}
_ARCHITECTURES = {"relu"}


@dataclass(frozen=True, slots=True)
class ExactProblem:
    """A training problem in rational numbers.

    Parameters
    ----------
    features : n rows of q rationals
    targets : n rationals
    beta : rational
    loss : Loss
    output_bias : OutputBias
    """

    features: ExactRows
    targets: tuple[Fraction, ...]
    beta: Fraction
    loss: Loss
    output_bias: OutputBias


@dataclass(frozen=True, slots=True)
class Verification:
    """What a claim proves.

    Parameters
    ----------
    upper : Fraction
        The network's objective, exactly.
    lower : Fraction
        No network of any width has an objective below this.
    level : Level
    patterns : int
        How many cells the lower bound was checked over: all there are.
    """

    upper: Fraction
    lower: Fraction
    level: Level
    patterns: int

    @property
    def relative_gap(self) -> float:
        """Gap over upper bound, rounded up; 0 when the upper bound is 0."""
        if self.upper == 0:
            return 0.0
        return round_up((self.upper - self.lower) / self.upper)


def verify(claim: Claim) -> Verification:
    """Recompute both bounds of a claim from its plain numbers.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    Verification

    Raises
    ------
    ClaimError
        When the pattern list is not proved complete, the dual vector not proved
        feasible, or a bound is not what the claim says.

    Notes
    -----
    *Exactness.* Integers and fractions only.

    *Cost.* P n q additions of long integers, and O(q^2) for each stored multiplier; ten
    thousand cells of 100 rows take about a second.
    """
    if not isinstance(claim, Claim):
        raise ClaimError(
            f"{claim!r} is not a claim; verify what load_claim or verdict.claim() returns"
        )
    problem = ExactProblem(
        claim.features,
        claim.targets,
        claim.beta,
        _named(_LOSSES, "loss", claim.loss),
        _named(_BIASES, "output bias", claim.output_bias),
    )
    if claim.architecture not in _ARCHITECTURES:
        raise ClaimError(f"unknown architecture {claim.architecture!r}")
    width = len(claim.features[0]) if claim.features else 0
    if width == 0 or any(len(row) != width for row in claim.features):
        raise ClaimError("the features of the claim are empty or ragged")
    if len(claim.targets) != len(claim.features):
        raise ClaimError(f"{len(claim.features)} rows but {len(claim.targets)} targets")
    if claim.beta <= 0:
        raise ClaimError(f"beta = {claim.beta} is not positive")
    patterns = _complete_patterns(claim)
    upper = network_objective(problem, claim.network)
    if upper != claim.upper:
        raise ClaimError(
            f"the network's objective is {round_up(upper):.17g}, the claim says "
            f"{round_up(claim.upper):.17g}"
        )
    lower = dual_bound(problem, patterns.activations(), claim.dual)
    if lower != claim.lower:
        raise ClaimError(
            f"the dual value is {round_down(lower):.17g}, the claim says "
            f"{round_down(claim.lower):.17g}"
        )
    if lower > upper:
        raise ClaimError("the bounds contradict each other")
    return Verification(upper, lower, Level.PROVED, len(patterns))


def network_objective(problem: ExactProblem, network: NetworkClaim) -> Fraction:
    """Return loss plus penalty of a network exactly, for its weights as stored."""
    try:
        problem.output_bias.admit(network.output_bias)
        constant = Fraction(network.output_bias)
    except (ArgumentError, ValueError, OverflowError) as error:
        raise ClaimError(f"the network does not belong to the problem: {error}") from None
    outputs = _exact_outputs(problem.features, network)
    return (
        problem.loss.exact_value(outputs, problem.targets)
        + problem.beta * squared_weights(network) / 2
        + problem.output_bias.exact_penalty(constant, problem.beta)
    )


def squared_weights(network: NetworkClaim) -> Fraction:
    """Return the sum of all squared weights exactly, the output bias left out."""
    weights, shift = _dyadic([*(w for row in network.hidden for w in row), *network.output])
    return Fraction(sum(w * w for w in weights), 1 << (2 * shift))


def dual_bound(
    problem: ExactProblem, activations: npt.NDArray[np.bool_], dual: DualClaim
) -> Fraction:
    """Return the dual value of ``scale * v`` after checking that it is feasible.

    Parameters
    ----------
    problem : ExactProblem
    activations : (P, n) bool
        *All* patterns: that they are all is for the caller to know.

    Raises
    ------
    ClaimError
        When some cell exceeds beta, or the output bias forbids the vector.
    """
    beta = problem.beta
    if not math.isfinite(dual.scale):
        raise ClaimError(f"the scale {dual.scale} of the dual vector is not finite")
    scale = Fraction(dual.scale)
    square = largest_square(problem.features, activations, dual.vector, dual.cells)
    if scale * scale * square > beta * beta:
        raise ClaimError(
            "the dual vector is not feasible: some cell reaches "
            f"{round_up(abs(scale) * Fraction(root_up(square))):.17g} > beta = "
            f"{round_down(beta):.17g}"
        )
    scaled = [scale * Fraction(v) for v in dual.vector]
    penalty = problem.output_bias.exact_dual_penalty(scaled, beta)
    if penalty is None:
        raise ClaimError(f"the dual vector is not feasible for {problem.output_bias!r}")
    return problem.loss.exact_dual_value(scaled, problem.targets) - penalty


def largest_square(
    features: ExactRows,
    activations: npt.NDArray[np.bool_],
    vector: Sequence[float],
    cells: Sequence[CellClaim],
) -> Fraction:
    """Return the largest ``|s X' D v + A' rho|^2`` over all cells and signs, exactly.

    Notes
    -----
    Every rho >= 0 gives an upper bound of its cell (`convex_program.pricing.cells`), so
    the square root bounds ``max |v.(Xu)_+|`` over the unit ball.
    """
    n = len(features)
    if activations.shape[1:] != (n,) or len(vector) != n:
        raise ClaimError(f"patterns, dual vector and data do not all have {n} rows")
    integers, denominator = _integer_rows(features)
    weights, shift = _dyadic(vector)
    gradients = activations.astype(object) @ (weights[:, np.newaxis] * integers)
    squares = (gradients * gradients).sum(axis=1)
    unit = denominator << shift
    covered = np.zeros((len(activations), 2), dtype=np.bool_)
    largest = Fraction(0)
    for item in cells:
        total = _with_multipliers(integers, activations, gradients, item, shift)
        column = 0 if item.sign > 0 else 1
        if covered[item.cell, column]:
            raise ClaimError(f"cell {item.cell} has two multipliers for sign {item.sign:+d}")
        covered[item.cell, column] = True
        largest = max(largest, total / (denominator * denominator))
    plain = squares[~covered.all(axis=1)]
    if len(plain):
        largest = max(largest, Fraction(int(plain.max()), unit * unit))
    return largest


def _with_multipliers(
    integers: Any,
    activations: npt.NDArray[np.bool_],
    gradients: Any,
    item: CellClaim,
    shift: int,
) -> Fraction:
    """Return the squared norm for one cell and sign, times the squared denominator."""
    if not 0 <= item.cell < len(activations) or item.sign not in (1, -1):
        raise ClaimError(f"multipliers name cell {item.cell} with sign {item.sign}")
    if len(item.rows) != len(item.values):
        raise ClaimError(f"cell {item.cell} has {len(item.rows)} rows, {len(item.values)} values")
    factors, own_shift = _dyadic(item.values)
    total = [int(entry) * item.sign << own_shift for entry in gradients[item.cell]]
    for row, factor in zip(item.rows, factors, strict=True):
        if factor < 0 or not 0 <= row < len(integers):
            raise ClaimError(f"cell {item.cell} has a negative multiplier or an unknown row {row}")
        signed = int(factor) << shift if activations[item.cell, row] else -int(factor) << shift
        for column, entry in enumerate(integers[row]):
            total[column] += signed * int(entry)
    return Fraction(sum(entry * entry for entry in total), 1 << (2 * (shift + own_shift)))


def _exact_outputs(features: ExactRows, network: NetworkClaim) -> list[Fraction]:
    integers, denominator = _integer_rows(features)
    width = integers.shape[1]
    if len(network.hidden) != len(network.output):
        raise ClaimError(f"{len(network.hidden)} neurons, {len(network.output)} output weights")
    if any(len(row) != width for row in network.hidden):
        raise ClaimError(f"a neuron does not have {width} weights")
    hidden, shift = _dyadic([w for row in network.hidden for w in row])
    output, output_shift = _dyadic(network.output)
    products = integers @ hidden.reshape(len(network.hidden), width).T
    active = np.where(products > 0, products, 0)
    sums = active @ output if len(output) else np.zeros(len(integers), dtype=object)
    unit = denominator << (shift + output_shift)
    constant = Fraction(network.output_bias)
    return [Fraction(int(total), unit) + constant for total in sums]


def _complete_patterns(claim: Claim) -> ar.CompletePatterns:
    """Rebuild the list over the claim's own data, which checks its proof."""
    listed = claim.patterns
    try:
        patterns = ar.rebuild_patterns(
            ar.DataMatrix.from_array(claim.features),
            listed.completion,
            listed.packed,
            listed.witnesses,
        )
    except (ar.ArrangementsError, KeyError, TypeError, ValueError, IndexError) as error:
        raise ClaimError(f"the pattern list is not proved complete: {error}") from error
    if not patterns.arrangement.domain.is_whole_space:
        raise ClaimError("the pattern list is complete only inside a cone")
    return patterns


def _integer_rows(features: ExactRows) -> tuple[Any, int]:
    """Return integers and the one denominator with ``features = integers / denominator``."""
    denominator = math.lcm(*(entry.denominator for row in features for entry in row))
    rows = [[int(entry * denominator) for entry in row] for row in features]
    return np.array(rows, dtype=object), denominator


def _dyadic(values: Sequence[float]) -> tuple[Any, int]:
    """Return integers and the one shift with ``values = integers / 2**shift``."""
    try:
        ratios = [float(value).as_integer_ratio() for value in values]
    except (OverflowError, ValueError):
        raise ClaimError("a number of the claim is not finite") from None
    shift = max((bottom.bit_length() - 1 for _, bottom in ratios), default=0)
    integers = np.empty(len(ratios), dtype=object)
    integers[:] = [top << (shift - bottom.bit_length() + 1) for top, bottom in ratios]
    return integers, shift


def _named(known: dict[str, Any], noun: str, name: str) -> Any:
    if name not in known:
        raise ClaimError(f"unknown {noun} {name!r}; known: {', '.join(known)}")
    return known[name]

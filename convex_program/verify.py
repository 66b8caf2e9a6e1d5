"""Checking bounds in rational arithmetic.  Imports no solver, pricing or enumerator.

Two independent numbers meet here: the network's objective, which is an upper bound of
the optimum and does not know the certificate, and the dual value, which is a lower bound
for every network of any width and does not know this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.activations import TwoSlope
from convex_program.certificate import dual_bound
from convex_program.claim import Claim, Level
from convex_program.errors import ArgumentError, ClaimError
from convex_program.evidence import (
    Evidence,
    ListedCells,
    cone_tree,
    pair_products,
    vector_cone_tree,
)
from convex_program.exact_problem import ExactProblem
from convex_program.hidden_bias import DecayedHiddenBias, FreeHiddenBias, HiddenBias
from convex_program.losses import named_loss
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.rounding import relative_gap, round_down, round_up
from convex_program.row_fit import data_term

_BIASES: dict[str, OutputBias] = {kind.name: kind for kind in (NoBias(), FreeBias(), DecayedBias())}
_HIDDEN: dict[str, HiddenBias] = {
    kind.name: kind for kind in (DecayedHiddenBias(), FreeHiddenBias())
}


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
        How many cells the lower bound was checked over: all there are; for trees of cones, which list
        none, Cover's bound of their number.
    listed : bool
        Whether the patterns are listed in the claim.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> found = cx.verify(cx.global_optimum(problem).claim())
    >>> found.lower <= found.upper, found.level.value, found.patterns
    (True, 'proved', 2)
    """

    upper: Fraction
    lower: Fraction
    level: Level
    patterns: int
    listed: bool = True

    @property
    def words(self) -> str:
        """What the lower bound was checked over."""
        noun = f"{self.patterns:,} activation patterns"
        return noun if self.listed else f"all (at most {noun})"

    @property
    def relative_gap(self) -> float:
        """Gap over upper bound, rounded up; infinite for a gap over an upper bound of 0."""
        return relative_gap(self.upper, self.lower)


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

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> found = verify(cx.global_optimum(problem).claim())
    >>> round(float(found.lower), 6), found.level.value
    (1.25, 'proved')

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
    problem = claimed_problem(claim)
    evidence = _evidence(claim, problem)
    upper = problem.objective(claim.network)
    if upper is None or upper > claim.upper:
        reached = "infinite" if upper is None else f"{round_up(upper):.17g}"
        raise ClaimError(
            f"the network's objective is {reached}, the claim says at most "
            f"{round_up(claim.upper):.17g}"
        )
    dual = claim.dual
    lower = dual_bound(problem, dual.vector, dual.scale, evidence)
    if lower < claim.lower:
        raise ClaimError(
            f"the dual value is {round_down(lower):.17g}, the claim says at least "
            f"{round_down(claim.lower):.17g}"
        )
    if lower > upper:
        raise ClaimError("the bounds contradict each other")
    return Verification(
        upper, lower, Level.PROVED, evidence.pattern_count, claim.patterns is not None
    )


def claimed_problem(claim: Claim) -> ExactProblem:
    """Return the problem a claim is about.

    Raises
    ------
    ClaimError
        When it is none.
    """
    width = len(claim.features[0]) if claim.features else 0
    if width == 0 or any(len(row) != width for row in claim.features):
        raise ClaimError("the features of the claim are empty or ragged")
    rows = len(claim.features)
    outputs = claim.outputs
    if outputs < 1 or len(claim.targets) != rows * outputs:
        raise ClaimError(f"{rows} rows and {outputs} outputs but {len(claim.targets)} targets")
    if claim.weights is not None and (
        len(claim.weights) != rows or any(weight < 0 for weight in claim.weights)
    ):
        raise ClaimError(f"the sample weights are not {rows} numbers from 0 on")
    if claim.beta <= 0:
        raise ClaimError(f"beta = {claim.beta} is not positive")
    output_bias = _named(_BIASES, "output bias", claim.output_bias)
    hidden_bias = _named(_HIDDEN, "hidden bias", claim.hidden_bias)
    try:
        loss = named_loss(claim.loss, dict(claim.loss_parameters))
        targets = loss.read_targets(_rows(claim.targets, outputs))
        activation = TwoSlope(*claim.activation)
        hidden_bias.admit(ar.DataMatrix.from_array(claim.features))
    except (ArgumentError, ar.ArrangementsError, TypeError) as error:
        raise ClaimError(f"the problem of the claim is none: {error}") from None
    if loss.parameters != claim.loss_parameters:
        raise ClaimError(f"the claim does not say which {claim.loss!r} loss is meant")
    if (targets.values, targets.outputs) != (claim.targets, outputs):
        raise ClaimError("the targets of the claim are not as its loss takes them")
    fit = data_term(loss, claim.targets, claim.weights, outputs)
    decayed = hidden_bias.decayed(width)
    return ExactProblem(claim.features, decayed, activation, fit, claim.beta, output_bias)


def _rows(targets: tuple[Fraction, ...], outputs: int) -> list[Any]:
    """Return what a loss reads: numbers, or a list for each row."""
    if outputs == 1:
        return list(targets)
    return [list(targets[i : i + outputs]) for i in range(0, len(targets), outputs)]


def _evidence(claim: Claim, problem: ExactProblem) -> Evidence:
    """Return what the lower bound rests on."""
    if (claim.cones, claim.patterns, claim.pairs).count(None) != 2:  # noqa: PLR2004 - one of three
        raise ClaimError("the claim holds no evidence, or more than one kind")
    if claim.patterns is None and claim.dual.cells:
        raise ClaimError("the claim holds multipliers of cells, but no cells")
    if claim.cones is not None:
        kind = cone_tree if claim.outputs == 1 else vector_cone_tree
        return kind(problem, claim.cones)
    if claim.pairs is not None:
        return pair_products(problem, claim.pairs)
    if claim.outputs > 1:
        raise ClaimError("a list of patterns proves nothing of several outputs")
    return ListedCells(_complete_patterns(claim), claim.dual.cells)


def _complete_patterns(claim: Claim) -> ar.CompletePatterns:
    """Rebuild the list over the claim's own data, which checks its proof."""
    listed = claim.patterns
    assert listed is not None  # noqa: S101 - asked before
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


def _named(known: dict[str, Any], noun: str, name: str) -> Any:
    if name not in known:
        raise ClaimError(f"unknown {noun} {name!r}; known: {', '.join(known)}")
    return known[name]

"""A claim changed in any field is refused, unless what it then says is true.

Whether it is true is decided by the definitions, over patterns found by brute force.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import convex_oracle
import pytest

import convex_program as cx

X = [[1.0, 2.0, 1.0], [0.5, -1.0, 1.0], [3.0, 0.25, 1.0], [-1.0, -2.0, 1.0]]
Y = [1.0, -1.0, 0.5, 2.0]
TINY = Fraction(1, 10**40)
BIASES = {"none": cx.NoBias(), "free": cx.FreeBias(), "decayed": cx.DecayedBias()}

Change = Callable[[cx.Claim], cx.Claim]


@pytest.fixture(scope="module", params=sorted(BIASES))
def claim(request: pytest.FixtureRequest) -> cx.Claim:
    problem = cx.TrainingProblem(X, Y, 0.125, output_bias=BIASES[request.param])
    return cx.global_optimum(problem).claim()


def network(**changes: object) -> Change:
    return lambda claim: replace(claim, network=replace(claim.network, **changes))


def dual(**changes: object) -> Change:
    return lambda claim: replace(claim, dual=replace(claim.dual, **changes))


def entry(values: tuple, index: int, value: object) -> tuple:
    return (*values[:index], value, *values[index + 1 :])


def next_weight(claim: cx.Claim) -> cx.Claim:
    row = claim.network.hidden[0]
    moved = entry(row, 0, math.nextafter(row[0], math.inf))
    return network(hidden=entry(claim.network.hidden, 0, moved))(claim)


def next_output(claim: cx.Claim) -> cx.Claim:
    output = claim.network.output
    return network(output=entry(output, 0, math.nextafter(output[0], 0.0)))(claim)


def next_dual(claim: cx.Claim) -> cx.Claim:
    vector = claim.dual.vector
    return dual(vector=entry(vector, 1, math.nextafter(vector[1], math.inf)))(claim)


def feature(value: Fraction) -> Change:
    def change(claim: cx.Claim) -> cx.Claim:
        return replace(claim, features=entry(claim.features, 0, entry(claim.features[0], 0, value)))

    return change


CHANGES: dict[str, Change] = {
    "a feature to zero": feature(Fraction(0)),
    "a row scaled": lambda c: replace(
        c, features=entry(c.features, 1, tuple(2 * value for value in c.features[1]))
    ),
    "rows swapped": lambda c: replace(c, features=(c.features[1], c.features[0], *c.features[2:])),
    "a row dropped": lambda c: replace(c, features=c.features[:-1]),
    "a row dropped with its target": lambda c: replace(
        c, features=c.features[:-1], targets=c.targets[:-1]
    ),
    "a row added": lambda c: replace(c, features=(*c.features, c.features[0])),
    "targets negated": lambda c: replace(c, targets=tuple(-value for value in c.targets)),
    "targets zero": lambda c: replace(c, targets=(Fraction(0),) * 4),
    "beta by a hair": lambda c: replace(c, beta=c.beta + TINY),
    "beta doubled": lambda c: replace(c, beta=2 * c.beta),
    "beta zero": lambda c: replace(c, beta=Fraction(0)),
    "beta negative": lambda c: replace(c, beta=-c.beta),
    "another loss": lambda c: replace(c, loss="hinge"),
    "no loss": lambda c: replace(c, loss=""),
    "a loss with a parameter it has not": lambda c: replace(
        c, loss_parameters={"delta": Fraction(1)}
    ),
    "a loss without its parameter": lambda c: replace(c, loss="huber"),
    "a steeper activation": lambda c: replace(c, activation=(Fraction(2), Fraction(0))),
    "an activation of nothing": lambda c: replace(c, activation=(Fraction(0), Fraction(0))),
    "an activation of one slope": lambda c: replace(c, activation=(Fraction(1),)),
    "a hidden bias without decay": lambda c: replace(c, hidden_bias="free"),
    "an unknown hidden bias": lambda c: replace(c, hidden_bias="none"),
    "weights doubled": lambda c: replace(c, weights=(Fraction(2),) * 4),
    "a weight zero": lambda c: replace(c, weights=entry((Fraction(1),) * 4, 3, Fraction(0))),
    "a weight negative": lambda c: replace(c, weights=entry((Fraction(1),) * 4, 0, Fraction(-1))),
    "a weight missing": lambda c: replace(c, weights=(Fraction(1),) * 3),
    "a weight too many": lambda c: replace(c, weights=(Fraction(1),) * 5),
    "an unknown output bias": lambda c: replace(c, output_bias="huge"),
    "upper by a hair down": lambda c: replace(c, upper=c.upper - TINY),
    "lower by a hair up": lambda c: replace(c, lower=c.lower + TINY),
    "both bounds equal": lambda c: replace(c, lower=c.upper),
    "bounds exchanged": lambda c: replace(c, lower=c.upper, upper=c.lower),
    "upper zero": lambda c: replace(c, upper=Fraction(0)),
    "the output weights negated": lambda c: network(
        output=tuple(-value for value in c.network.output)
    )(c),
    "an output bias by a hair": lambda c: network(output_bias=c.network.output_bias + 1e-9)(c),
    "a neuron dropped": lambda c: network(hidden=c.network.hidden[1:], output=c.network.output[1:])(
        c
    ),
    "a neuron doubled": lambda c: network(
        hidden=c.network.hidden + c.network.hidden[:1],
        output=c.network.output + c.network.output[:1],
    )(c),
    "no neurons": network(hidden=(), output=()),
    "an output weight missing": lambda c: network(output=c.network.output[:-1])(c),
    "an output weight too many": lambda c: network(output=(*c.network.output, 0.0))(c),
    "a neuron too short": lambda c: network(
        hidden=entry(c.network.hidden, 0, c.network.hidden[0][:-1])
    )(c),
    "a hidden weight not a number": lambda c: network(
        hidden=entry(c.network.hidden, 0, entry(c.network.hidden[0], 0, math.nan))
    )(c),
    "an infinite output weight": lambda c: network(output=entry(c.network.output, 0, math.inf))(c),
    "the dual vector negated": lambda c: dual(vector=tuple(-v for v in c.dual.vector))(c),
    "the dual vector too short": lambda c: dual(vector=c.dual.vector[:-1])(c),
    "the dual vector too long": lambda c: dual(vector=(*c.dual.vector, 0.0))(c),
    "the dual vector not a number": lambda c: dual(vector=entry(c.dual.vector, 0, math.nan))(c),
    "the scale doubled": lambda c: dual(scale=2 * c.dual.scale)(c),
    "the scale negated": lambda c: dual(scale=-c.dual.scale)(c),
    "the scale zero": dual(scale=0.0),
}


HAIRS: dict[str, Change] = {
    "nothing": lambda c: replace(c, dual=replace(c.dual)),
    "a feature": feature(1 + TINY),
    "a target up": lambda c: replace(c, targets=entry(c.targets, 2, c.targets[2] + TINY)),
    "a target down": lambda c: replace(c, targets=entry(c.targets, 2, c.targets[2] - TINY)),
    "a weight": lambda c: replace(c, weights=entry((Fraction(1),) * 4, 1, 1 - TINY)),
    "the activation": lambda c: replace(c, activation=(Fraction(1), TINY)),
    "upper up": lambda c: replace(c, upper=c.upper + TINY),
    "lower down": lambda c: replace(c, lower=c.lower - TINY),
    "a hidden weight": next_weight,
    "an output weight": next_output,
    "a dual entry": next_dual,
    "the scale up": lambda c: dual(scale=math.nextafter(c.dual.scale, math.inf))(c),
    "the scale down": lambda c: dual(scale=math.nextafter(c.dual.scale, 0.0))(c),
}


def truth(claim: cx.Claim) -> tuple[Fraction, Fraction] | None:
    """Return both bounds by definition; None where the dual vector is not feasible."""
    try:
        lower = convex_oracle.certified_bound(claim, convex_oracle.patterns(claim.features))
    except AssertionError:
        return None
    return convex_oracle.claimed_objective(claim), lower


@pytest.mark.parametrize("change", HAIRS.values(), ids=HAIRS)
def test_a_claim_changed_by_a_hair_is_as_good_as_what_it_says(
    claim: cx.Claim, change: Change
) -> None:
    changed = change(claim)
    found = truth(changed)
    if found is not None and found[0] <= changed.upper and found[1] >= changed.lower:
        verified = cx.verify(changed)
        assert (verified.upper, verified.lower) == found
    else:
        with pytest.raises(cx.ClaimError):
            cx.verify(changed)


def test_a_weaker_claim_is_valid_and_the_answer_is_what_is_proved(claim: cx.Claim) -> None:
    weaker = replace(claim, upper=2 * claim.upper, lower=claim.lower / 2)
    verified = cx.verify(weaker)
    assert (verified.upper, verified.lower) == (claim.upper, claim.lower)


def test_the_claim_itself_holds(claim: cx.Claim) -> None:
    verified = cx.verify(claim)
    assert (verified.upper, verified.lower) == (claim.upper, claim.lower)
    assert len(claim.network.hidden) >= 2


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_claim_is_refused(claim: cx.Claim, change: Change) -> None:
    changed = change(claim)
    assert changed != claim
    with pytest.raises(cx.ClaimError):
        cx.verify(changed)


@pytest.mark.parametrize(
    ("said", "true"),
    [(a, b) for a in BIASES for b in BIASES if a != b and (a, b) != ("none", "free")],
)
def test_the_output_bias_cannot_be_called_another(said: str, true: str) -> None:
    problem = cx.TrainingProblem(X, Y, 0.125, output_bias=BIASES[true])
    claim = cx.global_optimum(problem).claim()
    with pytest.raises(cx.ClaimError):
        cx.verify(replace(claim, output_bias=said))


def test_a_verdict_on_a_trained_network_is_a_claim_too(claim: cx.Claim) -> None:
    problem = cx.TrainingProblem(X, Y, 0.125, output_bias=BIASES[claim.output_bias])
    trained = cx.train(problem, 4, method=cx.GradientDescent(steps=50)).network
    verdict = cx.certify(trained, problem)
    verified = cx.verify(verdict.claim())
    assert (verified.upper, verified.lower) == (verdict.exact_upper, verdict.exact_lower)
    assert cx.verify(replace(verdict.claim(), network=claim.network)).upper == claim.upper
    with pytest.raises(cx.ClaimError, match="the claim says at most"):
        cx.verify(replace(claim, network=verdict.claim().network))

"""Every loss with every activation and every bias: program = network = dual, and nothing below.

Oracles are written from the definitions, in fractions; the logistic loss is known to 80 digits.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import convex_oracle
import numpy as np
import pytest
from convex_descent import descend
from convex_losses import FINITE, RATIONAL, targets_for
from convex_zoo import ACTIVATIONS, BIASES, HIDDEN, a_few, any_problems
from hypothesis import given
from hypothesis import strategies as st
from oracles.pricing import data, h_cells, h_of_a_free_bias

import arrangements as ar
import convex_program as cx
from convex_program.dual import exact_peak
from convex_program.pricing import priced_rows

SLACK = Fraction(1, 10**30)
"""More than what the enclosures of the logistic loss are wide."""
KINDS = ("normal", "integers", "duplicates", "zeros", "bias", "low rank")
PAIRS = list(itertools.product(FINITE, ACTIVATIONS))


def a_problem(seed: int, n: int = 6, d: int = 3, **how: object) -> cx.TrainingProblem:
    """Return a problem of the kind of data that a seed says."""
    rng = np.random.default_rng(seed)
    X = data(KINDS[seed % len(KINDS)], n, d, rng)
    if isinstance(how.get("hidden_bias"), cx.FreeHiddenBias):
        X[:, -1] = 1.0
    if seed % 3 == 1:
        how["sample_weight"] = rng.choice([0.5, 1.0, 2.0, 3.0], n)
    loss = how.get("loss", cx.Squared())
    beta = [0.05, 0.3, 1.0][seed % 3]
    return cx.TrainingProblem(X, targets_for(loss, n, seed), beta, **how)


def assert_exact(best: cx.GlobalOptimum) -> None:
    """Assert that upper bound and claim are what the definitions say."""
    upper = convex_oracle.objective(best.problem, best.network)
    assert 0 <= best.exact_upper - upper <= SLACK * (1 + upper)
    if best.level is not cx.Level.PROVED:
        return
    claim = best.claim()
    verified = cx.verify(claim)
    assert (verified.upper, verified.lower) == (best.exact_upper, best.exact_lower)
    complete = convex_oracle.patterns(claim.features)
    lower = convex_oracle.certified_bound(claim, complete)
    assert 0 <= lower - best.exact_lower <= SLACK * (1 + lower)


def exact_everywhere(problem: cx.TrainingProblem) -> bool:
    """Whether both bounds are rational numbers without any enclosure."""
    return problem.loss in RATIONAL


@pytest.mark.parametrize("hidden", HIDDEN, ids=repr)
@pytest.mark.parametrize(("loss", "activation"), PAIRS, ids=repr)
def test_program_network_and_dual_meet(
    loss: cx.Loss, activation: cx.Activation, hidden: cx.HiddenBias
) -> None:
    for k, bias in enumerate(BIASES):
        seed = 7 * FINITE.index(loss) + ACTIVATIONS.index(activation) + k
        problem = a_problem(
            seed, loss=loss, activation=activation, hidden_bias=hidden, output_bias=bias
        )
        patterns = ar.enumerate_patterns(problem.arrangement)
        direct = cx.global_optimum(problem, solver=cx.WorkingSet())
        listed = cx.global_optimum(problem, solver=cx.FullPattern(), patterns=patterns)
        assert (direct.level, listed.level) == (cx.Level.RIGOROUS, cx.Level.PROVED)
        dual = np.array(direct.certificate.vector)
        proved = cx.GlobalOptimum(
            direct.network, cx.certify_dual(problem, patterns, dual), direct.solution
        )
        for best in (direct, listed, proved):
            assert best.exact_lower <= min(direct.exact_upper, listed.exact_upper)
            assert_exact(best)
        assert direct.relative_gap <= 1e-7
        assert proved.relative_gap <= 1e-7
        assert listed.relative_gap <= 1e-5


@pytest.mark.parametrize(("loss", "activation"), PAIRS, ids=repr)
def test_no_network_found_by_descent_is_below_the_bound(
    loss: cx.Loss, activation: cx.Activation
) -> None:
    index = PAIRS.index((loss, activation))
    biases = {"output_bias": BIASES[index % 3], "hidden_bias": HIDDEN[index // 3 % 2]}
    problem = a_problem(index, loss=loss, activation=activation, **biases)
    best = cx.global_optimum(problem)
    reached = [descended(problem, seed) for seed in range(3)]
    assert best.exact_lower <= min(reached)
    if not loss.pulled:  # descent stops early at kinks of a loss
        assert float(best.exact_lower) >= 0.3 * float(min(reached)), "the bound or descent is idle"


def descended(problem: cx.TrainingProblem, seed: int) -> Fraction:
    """Return the exact objective of a network that descent leads to."""
    hidden, output, bias = descend(problem, 6, seed)
    network = cx.Network(hidden, output, bias, problem.activation)
    return convex_oracle.objective(problem, network)


@pytest.mark.thorough
def test_no_network_of_two_thousand_problems_is_below_the_bound() -> None:
    cases = list(itertools.product(PAIRS, BIASES, HIDDEN))
    for number in range(2000):
        (loss, activation), bias, hidden = cases[number % len(cases)]
        problem = a_problem(
            number,
            n=3 + number % 6,
            d=2 + number % 2,
            loss=loss,
            activation=activation,
            output_bias=bias,
            hidden_bias=hidden,
        )
        best = cx.global_optimum(problem)
        for seed in range(50):
            assert best.exact_lower <= descended(problem, seed)


@a_few(1)
@given(any_problems())
def test_bounds_are_what_the_definitions_say(problem: cx.TrainingProblem) -> None:
    best = cx.global_optimum(problem)
    assert best.level is cx.Level.PROVED
    assert best.exact_lower <= best.exact_upper
    assert_exact(best)


@a_few(2)
@given(any_problems(), st.integers(0, 2**32 - 1))
def test_any_vector_is_a_bound_below_every_network(problem: cx.TrainingProblem, seed: int) -> None:
    """However poor the vector: what it proves is below the network without neurons."""
    rng = np.random.default_rng(seed)
    vector = rng.standard_normal(len(problem.targets)) * 10.0 ** rng.integers(-3, 4)
    patterns = ar.enumerate_patterns(problem.arrangement)
    nothing = convex_oracle.objective(problem, problem.empty_network())
    for certificate in (
        cx.certify_dual(problem, patterns, vector),
        cx.certify_rigorously(problem, vector),
    ):
        assert 0 <= certificate.lower <= nothing


# Claims


def claims() -> list[cx.Claim]:
    found = []
    for k, loss in enumerate(FINITE):
        how = {"activation": ACTIVATIONS[k % 4], "output_bias": BIASES[k % 3]}
        problem = a_problem(3 * k + 1, n=5, loss=loss, hidden_bias=HIDDEN[k % 2], **how)
        found.append(cx.global_optimum(problem).claim())
    return found


CLAIMS = pytest.mark.parametrize("number", range(len(FINITE)), ids=map(repr, FINITE))


@pytest.fixture(scope="module")
def made() -> list[cx.Claim]:
    return claims()


@CLAIMS
def test_a_claim_of_any_kind_is_the_same_after_a_file(
    made: list[cx.Claim], number: int, tmp_path: Path
) -> None:
    claim = made[number]
    cx.save_claim(claim, tmp_path / "claim.json")
    back = cx.load_claim(tmp_path / "claim.json")
    assert back == claim
    verified = cx.verify(back)
    assert claim.lower <= verified.lower <= verified.upper <= claim.upper
    if claim.loss != "logistic":
        assert (verified.upper, verified.lower) == (claim.upper, claim.lower)


def said_otherwise(claim: cx.Claim) -> list[cx.Claim]:
    """Return claims with another problem than was solved."""
    n = len(claim.features)
    weights = claim.weights or (Fraction(1),) * n
    on, off = claim.activation
    changed = [
        replace(claim, activation=(on, off + Fraction(1, 8))),
        replace(claim, activation=(on + Fraction(1, 8), off)),
        replace(claim, activation=(on / 2, off / 2)),
        replace(claim, activation=(off, on)),
        replace(claim, hidden_bias="decayed" if claim.hidden_bias == "free" else "free"),
        replace(claim, weights=(weights[0] * 2, *weights[1:])),
        replace(claim, weights=(*weights[:-1], weights[-1] / 2)),
        replace(claim, weights=(*weights[:-1], Fraction(0))),
        replace(claim, weights=None),
        replace(claim, beta=claim.beta * Fraction(9, 10)),
        replace(claim, targets=(-claim.targets[0], *claim.targets[1:])),
    ]
    for name, value in claim.loss_parameters.items():
        changed += [
            replace(claim, loss_parameters={name: value * factor})
            for factor in (Fraction(1, 2), Fraction(11, 10))
        ]
    changed += [
        replace(claim, loss=other.name, loss_parameters=other.parameters)
        for other in FINITE
        if other.name != claim.loss
    ]
    return changed


def truth(claim: cx.Claim) -> tuple[Fraction, Fraction] | None:
    """Return both bounds by definition, None where the claim shows no bound."""
    labels = claim.loss in {"logistic", "hinge", "squared-hinge"}
    if labels and not set(claim.targets) <= {1, -1}:
        return None
    if claim.hidden_bias == "free" and any(row[-1] != 1 for row in claim.features):
        return None
    try:
        lower = convex_oracle.certified_bound(claim, convex_oracle.patterns(claim.features))
    except AssertionError:
        return None
    return convex_oracle.claimed_objective(claim), lower


@CLAIMS
def test_a_claim_about_another_problem_is_refused_unless_it_is_true(
    made: list[cx.Claim], number: int
) -> None:
    refused = 0
    for changed in said_otherwise(made[number]):
        found = truth(changed)
        if found and found[0] <= changed.upper and found[1] >= changed.lower:
            verified = cx.verify(changed)
            assert 0 <= verified.upper - found[0] <= SLACK * (1 + found[0])
            assert 0 <= found[1] - verified.lower <= SLACK * (1 + found[1])
        else:
            refused += 1
            with pytest.raises(cx.ClaimError):
                cx.verify(changed)
    assert refused >= 5


# Pricing


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("kind", KINDS)
def test_two_slopes_are_priced_as_by_brute_force(kind: str, activation: cx.Activation) -> None:
    slopes = float(activation.on), float(activation.off)
    for n, d in ((5, 1), (6, 2), (6, 3)):
        rng = np.random.default_rng([n, d])
        X, v = data(kind, n, d, rng), rng.standard_normal(n)
        h, _ = h_cells(X, v, *slopes)
        problem = cx.TrainingProblem(X, np.ones(n), 1, activation=activation)
        rows = priced_rows(problem.gauge)
        slack = 1e-9 * h + 1e-12
        for method in (cx.BranchAndBound(1e-12), cx.Zonotope(1e-12), cx.AutoPricing(1e-12)):
            found = rows.price(method, v)
            assert h - slack <= found.bound <= h + slack
            for w, sign, value in zip(found.directions, found.signs, found.values, strict=True):
                reached = float(v @ activation(X @ w))
                assert sign * reached == pytest.approx(value, abs=slack)
        for coarse in (cx.SpectralBound(), cx.SemidefiniteRelaxation(time_limit=0.1)):
            assert rows.price(coarse, v).bound >= h - slack
        patterns = ar.enumerate_patterns(problem.arrangement)
        assert float(exact_peak(problem, patterns, v)) ** 0.5 == pytest.approx(h, abs=slack)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("kind", ["normal", "integers", "duplicates", "zeros"])
def test_a_free_hidden_bias_is_priced_as_by_brute_force(
    kind: str, activation: cx.Activation
) -> None:
    slopes = float(activation.on), float(activation.off)
    for n, d in ((5, 1), (6, 2)):
        rng = np.random.default_rng([n, d])
        points = data(kind, n, d, rng)
        weights = rng.integers(-8, 9, n).astype(float)
        weights[-1] -= weights.sum()
        problem = cx.TrainingProblem(
            np.c_[points, np.ones(n)],
            np.ones(n),
            1,
            activation=activation,
            hidden_bias=cx.FreeHiddenBias(),
        )
        h = h_of_a_free_bias(points, weights, *slopes)
        slack = 1e-6 * h + 1e-9
        rows = priced_rows(problem.gauge)
        for method in (cx.BranchAndBound(1e-12), cx.AutoPricing(1e-12)):
            found = rows.price(method, weights)
            assert h - slack <= found.bound <= h + slack
            for w, sign, value in zip(found.directions, found.signs, found.values, strict=True):
                reached = float(weights @ activation(problem.features @ w))
                assert np.linalg.norm(w[:-1]) == pytest.approx(1.0, abs=1e-12)
                assert sign * reached == pytest.approx(value, abs=slack)
        patterns = ar.enumerate_patterns(problem.arrangement)
        assert float(exact_peak(problem, patterns, weights)) ** 0.5 == pytest.approx(h, abs=slack)
        with pytest.raises(cx.ArgumentError, match="add up"):
            rows.price(cx.AutoPricing(), weights + 1.0)

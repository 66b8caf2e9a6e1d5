"""Laws of the optimum in losses, activations, weights and biases: exact brackets must overlap."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from convex_losses import FINITE, LABELS, targets_for
from convex_zoo import ACTIVATIONS, BIASES, a_few, any_problems
from hypothesis import assume, given
from hypothesis import strategies as st

import convex_program as cx

Problem = cx.TrainingProblem
SCALED = tuple(loss for loss in FINITE if loss.scales)
CURVED = tuple(loss for loss in FINITE if isinstance(loss, cx.Squared | cx.Huber))
FACTORS = st.sampled_from([Fraction(1, 1000), Fraction(1, 3), Fraction(7, 2), Fraction(1000)])


def assert_equal(first: Problem, second: Problem, factor: Fraction = Fraction(1)) -> None:
    """Assert that ``p* of the first = factor times p* of the second`` can hold, and tightly."""
    one, other = cx.global_optimum(first), cx.global_optimum(second)
    assert one.exact_lower <= factor * other.exact_upper
    assert factor * other.exact_lower <= one.exact_upper
    for best in (one, other):
        # Where the optimum is 0 the rounding of the network is all there is; with a free hidden
        # bias alone it need not be attained.
        fit = best.problem.fit
        zero = fit.exact_value([Fraction(0)] * len(fit.exact_targets))
        assert zero is not None
        part = 10**7 if best.problem.gauge.constants else 10**12
        assert best.exact_upper - best.exact_lower <= max(best.exact_upper / 10**6, zero / part)


def assert_at_most(first: Problem, second: Problem) -> None:
    """Assert that ``p* of the first <= p* of the second`` can hold."""
    assert cx.global_optimum(first).exact_lower <= cx.global_optimum(second).exact_upper


def decayed_output(problem: Problem) -> bool:
    return isinstance(problem.output_bias, cx.DecayedBias)


def with_data(problem: Problem, rows: Any, **changes: Any) -> Problem:
    return replace(problem, X=rows, **changes)


def loss_in_units(loss: cx.Loss, c: Fraction) -> tuple[cx.Loss, Fraction]:
    """Return l' and k with ``l'(c z; c y) = k l(z; y)``."""
    if isinstance(loss, cx.Huber):
        return cx.Huber(c * loss.parameters["delta"]), c * c
    return loss, c * c if isinstance(loss, cx.Squared) else c


# Units


@a_few(2)
@given(any_problems(most_rows=5), FACTORS)
def test_data_and_decay_scale_together(problem: Problem, c: Fraction) -> None:
    """Neurons shrink as the data grow; a free hidden bias and its column of ones stay."""
    assume(not decayed_output(problem))
    counted = problem.gauge.decayed
    rows = [[*(c * x for x in row[:counted]), *row[counted:]] for row in problem.data.fractions]
    assert_equal(with_data(problem, rows, beta=c * problem.exact_beta), problem)


@a_few(2)
@given(any_problems(losses=SCALED, most_rows=5), FACTORS)
def test_targets_in_other_units(problem: Problem, c: Fraction) -> None:
    """``l'(c z; c y) = k l(z; y)``: with the decay times k / c the value is k times as large."""
    assume(not decayed_output(problem))
    loss, k = loss_in_units(problem.loss, c)
    targets = tuple(c * y for y in problem.exact_targets)
    beta = problem.exact_beta * k / c
    assert_equal(replace(problem, y=targets, loss=loss, beta=beta), problem, k)


@a_few(2)
@given(any_problems(most_rows=5), FACTORS)
def test_weights_and_decay_scale_the_value(problem: Problem, c: Fraction) -> None:
    n = len(problem.exact_targets)
    weights = [c * s for s in problem.sample_weight or (Fraction(1),) * n]
    assert_equal(replace(problem, sample_weight=weights, beta=c * problem.exact_beta), problem, c)


@a_few(2)
@given(any_problems(most_rows=5), FACTORS)
def test_steeper_neurons_in_dearer_decay(problem: Problem, c: Fraction) -> None:
    assume(not decayed_output(problem))
    activation = cx.TwoSlope(c * problem.activation.on, c * problem.activation.off)
    assert_equal(replace(problem, activation=activation, beta=c * problem.exact_beta), problem)


# Rows


@a_few(2)
@given(any_problems(most_rows=3), st.data())
def test_a_sample_weight_is_a_number_of_copies(problem: Problem, data: st.DataObject) -> None:
    n = len(problem.exact_targets)
    times = [1, *data.draw(st.lists(st.integers(0, 3), min_size=n - 1, max_size=n - 1))]
    index = [i for i, k in enumerate(times) for _ in range(k)]
    copied = replace(
        problem,
        X=[problem.data.fractions[i] for i in index],
        y=tuple(problem.exact_targets[i] for i in index),
        sample_weight=None,
    )
    assert_equal(replace(problem, sample_weight=times), copied)


# Activations


@a_few(2)
@given(any_problems(most_rows=5))
def test_a_mirrored_or_negated_activation_is_as_good(problem: Problem) -> None:
    """``phi(-t)``: u becomes -u.  ``-phi(t)``: the output weights change sign."""
    on, off = problem.activation.on, problem.activation.off
    for activation in (cx.TwoSlope(off, on), cx.TwoSlope(-on, -off)):
        assert_equal(replace(problem, activation=activation), problem)


@pytest.mark.parametrize("loss", FINITE, ids=repr)
def test_a_leaky_relu_without_slope_is_the_relu(loss: cx.Loss) -> None:
    X = np.random.default_rng(0).standard_normal((6, 3))
    plain = Problem(X, targets_for(loss, 6), 0.1, loss=loss)
    best = cx.global_optimum(plain)
    for activation in (cx.LeakyReLU(0), cx.TwoSlope(1, 0)):
        other = cx.global_optimum(replace(plain, activation=activation))
        assert (other.exact_upper, other.exact_lower) == (best.exact_upper, best.exact_lower)


@a_few(2)
@given(any_problems(most_rows=5))
def test_two_relus_make_any_neuron(problem: Problem) -> None:
    """``on (t)_+ + off (-t)_+`` costs ``|on| + |off|`` times as much in ReLUs."""
    on, off = problem.activation.on, problem.activation.off
    # A free bias is no part of the cost of either of the two.
    dearer = problem.exact_beta * (abs(on) + abs(off))
    assume(not decayed_output(problem))
    assert_at_most(replace(problem, activation=cx.ReLU()), replace(problem, beta=dearer))


@a_few(2)
@given(any_problems(most_rows=3))
def test_on_symmetric_data_relus_pair_up_to_absolute_values(problem: Problem) -> None:
    """x and -x with the same target: a network is no better than its mean with its mirror image."""
    n = len(problem.exact_targets)
    rows = problem.data.fractions
    both = replace(
        problem,
        X=[*rows, *([-x for x in row] for row in rows)],
        y=problem.exact_targets * 2,
        sample_weight=(problem.sample_weight or (Fraction(1),) * n) * 2,
        hidden_bias=cx.DecayedHiddenBias(),
    )
    assume(not decayed_output(problem))
    absolute = replace(both, activation=cx.AbsoluteValue(), beta=2 * both.exact_beta)
    assert_equal(replace(both, activation=cx.ReLU()), absolute)


@pytest.mark.parametrize("bias", BIASES, ids=repr)
@pytest.mark.parametrize("loss", FINITE, ids=repr)
def test_neurons_without_a_kink_are_one_linear_model(loss: cx.Loss, bias: cx.OutputBias) -> None:
    """``min f(X u + b) + beta |u|``, written down again in cvxpy."""
    import cvxpy as cp

    rng = np.random.default_rng(FINITE.index(loss))
    X, y, s = rng.standard_normal((7, 2)), targets_for(loss, 7), rng.choice([0.5, 1.0, 2.0], 7)
    how = {"loss": loss, "output_bias": bias, "sample_weight": s}
    best = cx.global_optimum(Problem(X, y, 0.3, activation=cx.TwoSlope(1, -1), **how))
    u, b = cp.Variable(2), cp.Variable()
    z = X @ u + (0 if isinstance(bias, cx.NoBias) else b)
    margin = cp.multiply(y, z)
    numbers = {name: float(value) for name, value in loss.parameters.items()}
    single = {
        "squared": lambda: cp.square(z - y) / 2,
        "huber": lambda: cp.huber(z - y, numbers["delta"]) / 2,
        "absolute": lambda: cp.abs(z - y),
        "quantile": lambda: (
            numbers["level"] * cp.pos(y - z) + (1 - numbers["level"]) * cp.pos(z - y)
        ),
        "logistic": lambda: cp.logistic(-margin),
        "hinge": lambda: cp.pos(1 - margin),
        "squared-hinge": lambda: cp.square(cp.pos(1 - margin)) / 2,
    }[loss.name]()
    penalty = 0.15 * cp.square(b) if isinstance(bias, cx.DecayedBias) else 0
    objective = cp.Minimize(s @ single + 0.3 * cp.norm(u) + penalty)
    expected = float(cp.Problem(objective).solve(solver=cp.CLARABEL))
    assert best.upper == pytest.approx(expected, rel=1e-6)
    assert best.lower == pytest.approx(expected, rel=1e-6)


# Losses


@a_few(2)
@given(any_problems(losses=LABELS, most_rows=5))
def test_exchanging_the_classes_changes_nothing(problem: Problem) -> None:
    assert_equal(replace(problem, y=tuple(-y for y in problem.exact_targets)), problem)


@a_few(2)
@given(any_problems(losses=SCALED, most_rows=5))
def test_negated_targets_have_the_mirrored_loss(problem: Problem) -> None:
    loss = problem.loss
    if isinstance(loss, cx.Quantile):
        loss = cx.Quantile(1 - loss.parameters["level"])
    assert_equal(replace(problem, y=tuple(-y for y in problem.exact_targets), loss=loss), problem)


@a_few(2)
@given(any_problems(losses=(cx.Absolute(),), most_rows=5))
def test_the_median_is_half_of_the_absolute_loss(problem: Problem) -> None:
    half = replace(problem, loss=cx.Quantile("0.5"), beta=problem.exact_beta / 2)
    assert_equal(half, problem, Fraction(1, 2))


@a_few(2)
@given(any_problems(losses=(cx.Squared(),), most_rows=5))
def test_huber_beyond_all_residuals_is_the_squared_loss(problem: Problem) -> None:
    assert_equal(replace(problem, loss=cx.Huber(10**6)), problem)


@a_few(2)
@given(any_problems(losses=(cx.Absolute(),), most_rows=5), st.sampled_from(["0.01", "1e-5"]))
def test_huber_between_two_multiples_of_the_absolute_loss(problem: Problem, text: str) -> None:
    """``delta |r| - delta^2 / 2 <= Huber <= delta |r|``."""
    assume(not decayed_output(problem))
    delta = Fraction(text)
    near = replace(problem, loss=cx.Huber(delta), beta=delta * problem.exact_beta)
    weight = sum(problem.sample_weight or (len(problem.exact_targets),))
    small, large = cx.global_optimum(near), cx.global_optimum(problem)
    assert small.exact_lower <= delta * large.exact_upper
    assert delta * large.exact_lower - weight * delta**2 / 2 <= small.exact_upper


@a_few(2)
@given(any_problems(losses=LABELS, most_rows=5))
def test_the_classes_may_be_spelled_in_any_way(problem: Problem) -> None:
    signs = [int(y) for y in problem.exact_targets]
    assume(len(set(signs)) == 2)
    for spelled in (
        [(sign + 1) // 2 for sign in signs],
        [sign > 0 for sign in signs],
        ["no" if sign < 0 else "yes" for sign in signs],
    ):
        assert replace(problem, y=spelled).exact_targets == problem.exact_targets


# Order


@a_few(2)
@given(any_problems(most_rows=5))
def test_more_freedom_never_costs(problem: Problem) -> None:
    free, decayed, none = (
        replace(problem, output_bias=bias)
        for bias in (cx.FreeBias(), cx.DecayedBias(), cx.NoBias())
    )
    assert_at_most(free, decayed)
    assert_at_most(decayed, none)
    if problem.gauge.constants:
        assert_at_most(problem, replace(problem, hidden_bias=cx.DecayedHiddenBias()))


@a_few(2)
@given(any_problems(most_rows=5))
def test_the_optimum_is_increasing_and_concave_in_the_decay(problem: Problem) -> None:
    low, middle, high = (
        cx.global_optimum(replace(problem, beta=Fraction(k, 4))) for k in (1, 2, 3)
    )
    assert low.exact_lower <= middle.exact_upper
    assert middle.exact_lower <= high.exact_upper
    assert low.exact_lower + high.exact_lower <= 2 * middle.exact_upper


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("loss", CURVED, ids=repr)
def test_from_beta_max_up_no_neuron_pays(loss: cx.Loss, activation: cx.Activation) -> None:
    rng = np.random.default_rng(ACTIVATIONS.index(activation))
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    for bias in (cx.NoBias(), cx.FreeBias()):
        how: dict[str, Any] = {"loss": loss, "activation": activation, "output_bias": bias}
        most = cx.beta_max(X, y, **how)
        nothing = cx.global_optimum(Problem(X, y, most, **how))
        assert nothing.network.width == 0
        assert nothing.relative_gap <= 1e-9
        below = cx.global_optimum(Problem(X, y, 0.98 * most, **how))
        assert below.network.width > 0

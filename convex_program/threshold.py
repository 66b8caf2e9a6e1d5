"""The weight decay from which on neurons do not pay."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import arrangements as ar
from convex_program.activations import Activation, ReLU
from convex_program.dual import exact_peak, matrix_bound
from convex_program.errors import ArgumentError
from convex_program.evidence import require_complete
from convex_program.hidden_bias import DecayedHiddenBias, HiddenBias
from convex_program.losses import Loss, Squared
from convex_program.output_bias import DecayedBias, NoBias, OutputBias
from convex_program.pricing import AutoPricing, PricingMethod, VectorBranchAndBound, priced_rows
from convex_program.problem import TrainingProblem
from convex_program.rounding import root_up
from convex_program.solvers import Auto
from convex_program.undecayed import reachable_space


def beta_max(
    X: Any,
    y: Any,
    *,
    patterns: ar.CompletePatterns | None = None,
    loss: Loss | None = None,
    activation: Activation | None = None,
    hidden_bias: HiddenBias | None = None,
    output_bias: OutputBias | None = None,
    sample_weight: Any = None,
    pricing: PricingMethod | None = None,
    progress: ar.Listener = ar.session_listener,
) -> float:
    """Return a weight decay from which on the network without neurons is optimal.

    Parameters
    ----------
    X, y, loss, activation, hidden_bias, output_bias, sample_weight
        As in `TrainingProblem`; `DecayedBias` is refused, because its best bias, and with
        it the threshold, depends on beta itself.
    patterns : CompletePatterns, optional
        Enumerated when not given and Cover's bound of their number is at most 2,000.
    pricing : PricingMethod, optional
        Prices instead of listing patterns; the default above that bound.
    progress : Listener, optional

    Returns
    -------
    float
        ``max |v.phi(Xu)|``, of several outputs ``max |V^T phi(Xu)|``, over the unit ball for the residual v of the best constant,
        rounded up: at this beta and above the zero network *is* optimal.  It is above
        the true threshold by the quality of one nonnegative least squares a cell, about
        1e-15 relative, or by the tolerance of the pricing, 1e-12 by default.  Where a loss with
        kinks leaves a choice of v at the best constant it is not the least such beta.

    Examples
    --------
    >>> import convex_program as cx
    >>> round(cx.beta_max([[-1.0], [1.0]], [1.0, 2.0]), 9)
    2.0
    """
    bias = NoBias() if output_bias is None else output_bias
    if isinstance(bias, DecayedBias):
        raise ArgumentError("beta_max: with DecayedBias() the threshold depends on beta itself")
    problem = TrainingProblem(
        X,
        y,
        1,
        loss=Squared() if loss is None else loss,
        activation=ReLU() if activation is None else activation,
        hidden_bias=DecayedHiddenBias() if hidden_bias is None else hidden_bias,
        output_bias=bias,
        sample_weight=sample_weight,
    )
    vector = problem.feasible(problem.residual(problem.empty_network()))
    # Decided exactly: what rounding leaves of sums that cancel is no threshold.
    reached = reachable_space(problem.data, problem.activation, constant=False)
    columns = [vector[j :: problem.outputs].tolist() for j in range(problem.outputs)]
    if all(reached.is_orthogonal([Fraction(v) for v in column]) for column in columns):
        return 0.0
    if problem.outputs > 1:
        if patterns is not None:
            problem.require_one_output(
                "patterns: a bound over a list of patterns is about one output", "leave them out"
            )
        if pricing is not None:
            problem.require_one_output(f"pricing = {pricing!r} is about one output", "leave it out")
        return matrix_bound(problem, vector, VectorBranchAndBound(tolerance=1e-10))
    if patterns is None and (
        pricing is not None or ar.cover_number(problem.arrangement) > Auto().most
    ):
        method = AutoPricing(tolerance=1e-12) if pricing is None else pricing
        return priced_rows(problem.gauge).price(method, vector).bound
    if patterns is None:
        patterns = ar.enumerate_patterns(problem.arrangement, progress=progress)
    require_complete(patterns, problem.arrangement)
    return root_up(exact_peak(problem, patterns, vector, progress=progress))

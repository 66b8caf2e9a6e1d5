"""Every sentence of the summaries: in which situations it stands, and in which it must not.

Records are put together by hand, so that each situation is exactly what its name says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import convex_program as cx
from convex_program.dual import certified_by
from convex_program.stationarity import Stationarity

PROBLEM = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], 0.5)
"""Two points on a line: the optimum is 1.25, with two neurons."""
BEST = cx.Network([[-(0.5**0.5)], [1.5**0.5]], [0.5**0.5, 1.5**0.5])
FAR = cx.Network([[1.0]], [0.1])
WIDE = cx.Network([[1.0], [-1.0], [0.5]], [0.1, 0.1, 0.1])
DEAD = cx.Network([[0.0], [0.0]], [0.0, 0.0])
REMARK = "Targets are 0 and 1 but the loss is squared."


def optimum(
    network: cx.Network = BEST,
    *,
    closed: bool = True,
    status: cx.Status = cx.Status.SOLVED,
    problem: cx.TrainingProblem = PROBLEM,
) -> cx.GlobalOptimum:
    vector = problem.feasible(np.array([0.5, 0.5]))
    certificate = certified_by(problem, vector, 0.5 if closed else 5.0)
    proposal = cx.Proposal(network, vector, 0.5, 1.25, np.empty((0, 1)), status, (), 0.0, "by hand")
    return cx.GlobalOptimum(network, certificate, proposal)


def verdict(
    network: cx.Network, best: cx.GlobalOptimum, cells: int = 1, *, counted: bool = True
) -> cx.Verdict:
    own = Stationarity(best.problem, network, cells, Fraction(0), network, 1e-6, counted=counted)
    return cx.Verdict(network, best.certificate, best, own)


SITUATIONS: dict[str, Callable[[], str]] = {
    "closed": lambda: optimum().summary(),
    "open": lambda: optimum(closed=False).summary(),
    "open, time limit": lambda: optimum(closed=False, status=cx.Status.TIME_LIMIT).summary(),
    "closed, interrupted": lambda: optimum(status=cx.Status.INTERRUPTED).summary(),
    "remark": lambda: optimum(problem=replace(PROBLEM, remark=REMARK)).summary(),
    "one neuron": lambda: optimum(FAR, closed=False).summary(),
    "verdict, narrow": lambda: verdict(FAR, optimum()).summary(),
    "verdict, wide": lambda: verdict(WIDE, optimum()).summary(),
    "verdict, optimal": lambda: verdict(BEST, optimum()).summary(),
    "verdict, open": lambda: verdict(WIDE, optimum(closed=False)).summary(),
    "verdict, open, narrow": lambda: verdict(FAR, optimum(closed=False)).summary(),
    "verdict, dead": lambda: verdict(DEAD, optimum(), 0).summary(),
    "verdict, not counted": lambda: verdict(FAR, optimum(), 1, counted=False).summary(),
    "verdict, time limit": lambda: verdict(
        FAR, optimum(closed=False, status=cx.Status.TIME_LIMIT)
    ).summary(),
}

SENTENCES: dict[str, set[str]] = {
    "Objective: half the sum of squared errors + beta/2": set(SITUATIONS),
    "This network is the best one found, not a certified optimum": {
        "open",
        "open, time limit",
        "one neuron",
    },
    "The search was not finished: time limit": {"open, time limit", "verdict, time limit"},
    "The search was not finished: stopped by Ctrl-C": {"closed, interrupted"},
    REMARK: {"remark"},
    "has 1 neuron and": {"one neuron"},
    "Certified global optimum": {
        "verdict, narrow",
        "verdict, wide",
        "verdict, optimal",
        "verdict, dead",
        "verdict, not counted",
    },
    "Best network found": {"verdict, open", "verdict, open, narrow", "verdict, time limit"},
    "2 neurons are enough for the optimum; this network has": {
        "verdict, narrow",
        "verdict, wide",
        "verdict, dead",
        "verdict, not counted",
    },
    "enough for that objective, which may not be the optimum": {
        "verdict, open",
        "verdict, open, narrow",
        "verdict, time limit",
    },
    "it may be too narrow": {
        "verdict, narrow",
        "verdict, open, narrow",
        "verdict, not counted",
        "verdict, time limit",
    },
    "none  (no neuron is active)": {"verdict, dead"},
    "not counted": {"verdict, not counted"},
    # Nothing that is known here can carry these.
    "lacks": set(),
    "training, not width": set(),
    "their optimum,": set(),
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_stands_where_it_is_true_and_nowhere_else(situation: str, sentence: str) -> None:
    stands = sentence in SITUATIONS[situation]()
    assert stands == (situation in SENTENCES[sentence])


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (cx.Squared(), "half the sum of squared errors"),
        (cx.Huber(), "sum of Huber losses"),
        (cx.Absolute(), "sum of absolute errors"),
        (cx.Quantile("0.9"), "sum of quantile losses"),
        (cx.Logistic(), "sum of logistic losses"),
        (cx.Hinge(), "sum of hinge losses"),
        (cx.SquaredHinge(), "half the sum of squared hinge losses"),
    ],
)
def test_a_summary_names_the_objective_it_is_about(loss: cx.Loss, words: str) -> None:
    problem = cx.TrainingProblem(
        [[-1.0, 1.0], [1.0, 1.0]],
        [1.0, -1.0],
        0.5,
        loss=loss,
        hidden_bias=cx.FreeHiddenBias(),
        sample_weight=[1.0, 2.0],
    )
    assert problem.objective_text == (
        f"{words} with sample weights + beta/2 times the squared weights, hidden biases not "
        "decayed, beta = 0.5"
    )

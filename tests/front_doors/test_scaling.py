"""Every row of the conversion table, both ways, on random networks with c outputs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

import convex_program as cx
from convex_program import scaling


class Case:
    """A balanced network with c outputs on n rows, and the sums its objectives are made of."""

    def __init__(self, seed: int, n: int, c: int) -> None:
        generator = np.random.default_rng(seed)
        self.n, self.c = n, c
        self.X = generator.standard_normal((n, 3))
        self.hidden = generator.standard_normal((5, 3))
        self.output = generator.standard_normal((5, c))
        # Balanced, as at every optimum: only there do the two forms of the penalty agree.
        sizes = np.linalg.norm(self.hidden, axis=1) / np.linalg.norm(self.output, axis=1)
        self.output *= sizes[:, np.newaxis]
        targets = generator.standard_normal((n, c))
        errors = np.maximum(self.X @ self.hidden.T, 0) @ self.output - targets
        self.targets = targets
        self.errors = float((errors**2).sum())
        self.squares = float((self.hidden**2).sum() + (self.output**2).sum())
        self.groups = float(
            sum(
                np.linalg.norm(np.outer(w, a))
                for w, a in zip(self.hidden, self.output, strict=True)
            )
        )

    def ours(self, beta: float) -> float:
        return self.errors / 2 + beta / 2 * self.squares


# Written from the definitions of the objectives, not from the code.
TABLE: dict[str, tuple[scaling.Convention, Callable[[Case, float], float]]] = {
    "article": (scaling.ARTICLE, lambda k, lam: k.errors + lam * k.squares),
    "mean": (scaling.PYTORCH_MEAN, lambda k, wd: k.errors / (k.n * k.c) + wd / 2 * k.squares),
    "sum": (scaling.PYTORCH_SUM, lambda k, wd: k.errors + wd / 2 * k.squares),
    "sklearn": (scaling.SKLEARN_MLP, lambda k, a: (k.errors + a * k.squares) / (2 * k.n)),
    "scnn": (scaling.SCNN, lambda k, lam: k.errors / (2 * k.n * k.c) + lam * k.groups),
    "peers": (scaling.GROUP_LASSO, lambda k, lam: k.errors + lam * k.groups),
}

# One output is all the table says about scikit-learn.
OUTPUTS = {name: (1,) if name == "sklearn" else (1, 3) for name in TABLE}
CASES = [(name, c) for name in TABLE for c in OUTPUTS[name]]


def test_every_convention_has_a_row_here() -> None:
    assert {convention for convention, _ in TABLE.values()} == set(scaling.CONVENTIONS)


@pytest.mark.parametrize(("name", "outputs"), CASES)
@pytest.mark.parametrize("seed", range(5))
def test_values_and_decays_convert_both_ways(name: str, outputs: int, seed: int) -> None:
    convention, objective = TABLE[name]
    case = Case(seed, n=4 + seed, c=outputs)
    for decay in (0.003, 0.7, 20.0):
        beta = convention.beta(decay, case.n, outputs)
        theirs = objective(case, decay)
        ours = case.ours(float(beta))
        assert float(convention.value(ours, case.n, outputs)) == pytest.approx(theirs, rel=1e-12)
        assert float(convention.ours(theirs, case.n, outputs)) == pytest.approx(ours, rel=1e-12)
        assert convention.decay(beta, case.n, outputs) == Fraction(decay)


@pytest.mark.parametrize("name", TABLE)
def test_a_training_problem_has_the_objective_that_is_converted(name: str) -> None:
    convention, objective = TABLE[name]
    case = Case(11, n=6, c=1)
    beta = convention.beta(0.25, case.n)
    problem = cx.TrainingProblem(case.X, case.targets, beta)
    ours = problem.exact_objective(cx.Network(case.hidden, case.output))
    assert float(convention.value(ours, case.n)) == pytest.approx(objective(case, 0.25), rel=1e-12)


@pytest.mark.parametrize("name", TABLE)
def test_conversions_are_exact(name: str) -> None:
    convention, _ = TABLE[name]
    third = Fraction(1, 3)
    assert convention.decay(convention.beta(third, 7), 7) == third
    assert convention.ours(convention.value(third, 7), 7) == third


@pytest.mark.parametrize("wrong", [0, -1, 0.0, float("nan"), float("inf"), "0.1", None, 1j])
def test_a_wrong_decay_is_refused_by_name(wrong: object) -> None:
    for convention, _ in TABLE.values():
        with pytest.raises(cx.ArgumentError, match=r"^decay.*must be (a )?positive"):
            convention.beta(wrong, 5)
        with pytest.raises(cx.ArgumentError, match=r"^beta.*must be (a )?positive"):
            convention.decay(wrong, 5)


def test_rows_and_outputs_must_be_positive() -> None:
    with pytest.raises(cx.ArgumentError, match="rows = 0 and outputs = 1 must be positive"):
        scaling.PYTORCH_MEAN.beta(1, 0)

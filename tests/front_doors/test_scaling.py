"""Every row of the conversion table, both ways, on random networks with c outputs."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

import convex_program as cx
from convex_program import scaling

DELTA = 0.5
"""Where Huber's loss bends here; smooth L1's, too."""


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
        outputs = np.maximum(self.X @ self.hidden.T, 0) @ self.output
        self.targets = outputs + generator.standard_normal((n, c))
        self.labels = generator.integers(0, 2, (n, c))
        self.labels[:2] = [[0], [1]]
        sizes = np.abs(outputs - self.targets)
        self.errors = float((sizes**2).sum())
        self.absolute = float(sizes.sum())
        bent = np.where(sizes <= DELTA, sizes**2 / 2, DELTA * (sizes - DELTA / 2))
        self.huber = float(bent.sum())
        # By the definition of PyTorch's documentation, with its own threshold.
        smooth = np.where(sizes < DELTA, sizes**2 / (2 * DELTA), sizes - DELTA / 2)
        self.smooth = float(smooth.sum())
        self.logistic = float(
            (np.logaddexp(0, outputs) - self.labels * outputs).sum()  # -log of the probability
        )
        self.squares = float((self.hidden**2).sum() + (self.output**2).sum())
        self.groups = float(
            sum(
                np.linalg.norm(np.outer(w, a))
                for w, a in zip(self.hidden, self.output, strict=True)
            )
        )

    @property
    def size(self) -> int:
        return self.n * self.c


Objective = Callable[[Case, float], float]


class Row:
    """A convention, the objective it is about, and the loss of ours that belongs to it."""

    def __init__(
        self,
        convention: scaling.Convention,
        theirs: Objective,
        loss: cx.Loss | None = None,
        data: Callable[[Case], float] = lambda k: k.errors / 2,
    ) -> None:
        self.convention, self.theirs, self.data = convention, theirs, data
        self.loss = cx.Squared() if loss is None else loss

    def ours(self, case: Case, beta: float) -> float:
        return self.data(case) + beta / 2 * case.squares


def pytorch(name: str, loss: cx.Loss, theirs: str, ours: str) -> dict[str, Row]:
    def data(case: Case) -> float:
        return float(getattr(case, ours))

    def total(case: Case, decay: float) -> float:
        return float(getattr(case, theirs)) + decay / 2 * case.squares

    def mean(case: Case, decay: float) -> float:
        return float(getattr(case, theirs)) / case.size + decay / 2 * case.squares

    def row(reduction: str, objective: Objective) -> Row:
        convention = scaling.pytorch(name, reduction, threshold=DELTA)
        return Row(convention, objective, loss, data)

    return {f"{name} sum": row("sum", total), f"{name} mean": row("mean", mean)}


# Written from the definitions of the objectives, not from the code.
TABLE: dict[str, Row] = {
    "article": Row(scaling.ARTICLE, lambda k, lam: k.errors + lam * k.squares),
    "mean": Row(scaling.PYTORCH_MEAN, lambda k, wd: k.errors / k.size + wd / 2 * k.squares),
    "sum": Row(scaling.PYTORCH_SUM, lambda k, wd: k.errors + wd / 2 * k.squares),
    "sklearn": Row(scaling.SKLEARN_MLP, lambda k, a: (k.errors + a * k.squares) / (2 * k.n)),
    "scnn": Row(scaling.SCNN, lambda k, lam: k.errors / (2 * k.size) + lam * k.groups),
    "peers": Row(scaling.GROUP_LASSO, lambda k, lam: k.errors + lam * k.groups),
    **pytorch("huber", cx.Huber(DELTA), "huber", "huber"),
    **pytorch("smooth_l1", cx.Huber(DELTA), "smooth", "huber"),
    **pytorch("l1", cx.Absolute(), "absolute", "absolute"),
    **pytorch("bce_with_logits", cx.Logistic(), "logistic", "logistic"),
}

# One output is all the table says about scikit-learn.
OUTPUTS = {name: (1,) if name == "sklearn" else (1, 3) for name in TABLE}
CASES = [(name, c) for name in TABLE for c in OUTPUTS[name]]


def test_every_convention_has_a_row_here() -> None:
    assert {row.convention.name for row in TABLE.values()} == {
        convention.name for convention in scaling.CONVENTIONS
    }
    assert len({convention.name for convention in scaling.CONVENTIONS}) == len(scaling.CONVENTIONS)


@pytest.mark.parametrize(("name", "outputs"), CASES)
@pytest.mark.parametrize("seed", range(5))
def test_values_and_decays_convert_both_ways(name: str, outputs: int, seed: int) -> None:
    row = TABLE[name]
    convention = row.convention
    case = Case(seed, n=4 + seed, c=outputs)
    for decay in (0, 0.003, 0.7, 20.0):
        beta = convention.beta(decay, case.n, outputs)
        theirs = row.theirs(case, decay)
        ours = row.ours(case, float(beta))
        assert float(convention.value(ours, case.n, outputs)) == pytest.approx(theirs, rel=1e-12)
        assert float(convention.ours(theirs, case.n, outputs)) == pytest.approx(ours, rel=1e-12)
        assert convention.decay(beta, case.n, outputs) == Fraction(decay)


@pytest.mark.parametrize("name", TABLE)
def test_a_training_problem_has_the_objective_that_is_converted(name: str) -> None:
    row = TABLE[name]
    case = Case(11, n=6, c=1)
    beta = row.convention.beta(0.25, case.n)
    targets = case.labels if row.loss == cx.Logistic() else case.targets
    problem = cx.TrainingProblem(case.X, targets, beta, loss=row.loss)
    ours = problem.exact_objective(cx.Network(case.hidden, case.output))
    assert ours is not None
    theirs = row.theirs(case, 0.25)
    assert float(row.convention.value(ours, case.n)) == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("name", TABLE)
def test_conversions_are_exact(name: str) -> None:
    convention = TABLE[name].convention
    third = Fraction(1, 3)
    assert convention.decay(convention.beta(third, 7), 7) == third
    assert convention.ours(convention.value(third, 7), 7) == third


@pytest.mark.parametrize("wrong", [-1, -0.5, float("nan"), float("inf"), "0.1", None, 1j])
def test_a_wrong_decay_is_refused_by_name(wrong: object) -> None:
    for row in TABLE.values():
        with pytest.raises(cx.ArgumentError, match=r"^decay.*(must not be neg|a number from 0 on)"):
            row.convention.beta(wrong, 5)
        with pytest.raises(cx.ArgumentError, match=r"^beta.*(must not be neg|a number from 0 on)"):
            row.convention.decay(wrong, 5)


@pytest.mark.parametrize("rows", [0, -3, 0.0])
def test_rows_and_outputs_must_be_positive(rows: float) -> None:
    with pytest.raises(cx.ArgumentError, match=f"rows = {rows} and outputs = 1 must be positive"):
        scaling.PYTORCH_MEAN.beta(1, rows)
    with pytest.raises(cx.ArgumentError, match="rows = 5 and outputs = 0 must be positive"):
        scaling.PYTORCH_MEAN.beta(1, 5, 0)


def test_losses_and_reductions_that_pytorch_lacks_are_refused() -> None:
    with pytest.raises(cx.ArgumentError, match="loss = 'hinge'; known here: mse, huber"):
        scaling.pytorch("hinge")
    with pytest.raises(cx.ArgumentError, match="reduction = 'none'; L1Loss has 'mean' and 'sum'"):
        scaling.pytorch("l1", "none")
    with pytest.raises(cx.ArgumentError, match=r"threshold = 0 .*L1Loss"):
        scaling.pytorch("smooth_l1", threshold=0)

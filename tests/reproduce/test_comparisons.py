"""Methods side by side: bounds hold, exact is exact, tables are complete."""

from __future__ import annotations

import numpy as np
import pytest
from accuracy import METHODS, Accuracy
from peer import instance
from tasks import bundled
from time_profile import TimeProfile


def test_no_relu_network_is_below_the_exact_bound() -> None:
    task = next(task for task in bundled(0) if task.name.startswith("wine"))
    figure = Accuracy.of([task], 0)
    rows = {row.method: row for row in figure.rows}
    assert list(rows) == list(METHODS)
    bound = rows["exact"].bound
    assert rows["exact"].objective == pytest.approx(bound, rel=1e-6)
    for method in ("sampled ReLU", "Adam", "SGD", "Adagrad"):
        assert rows[method].objective >= bound
    assert all(0.5 < row.accuracy <= 1 for row in figure.rows)


def test_exact_solves_every_problem_and_nothing_is_below_its_bound() -> None:
    figure = TimeProfile.computed(shares=(0.1,))
    assert {table.shape[0] for table in figure.gaps.values()} == {5}
    assert min(table.min() for table in figure.gaps.values()) >= 0
    assert np.isfinite(figure.times("exact", 1e-6)).all()
    for method in figure.gaps:
        loose, tight = (figure.times(method, level) for level in figure.levels)
        assert (loose <= tight).all()


def test_the_peers_instance_is_as_its_generator_is_described() -> None:
    X, y = instance()
    assert X.shape == (250, 50)
    assert set(y) == {1.0, -1.0}
    # A teacher with weights of one sign puts out a positive number unless nearly nothing is active.
    assert (y > 0).mean() > 0.8
    # The covariance has the condition number 10; that of 250 rows is larger, by a few times.
    spectrum = np.linalg.eigvalsh(X.T @ X / len(X))
    assert 10 < spectrum[-1] / spectrum[0] < 100
    assert (instance()[0] == X).all()

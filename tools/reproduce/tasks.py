"""Two-class tasks from bundled data, or from files of MNIST and CIFAR-10."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from readers import FormatError, read_cifar10, read_mnist
from sklearn import datasets

import convex_program as cx

FloatArray = npt.NDArray[np.float64]

_TRAINED = 0.75
"""The share of rows to train on."""
_MOST = 2000
"""Rows taken from a user's files, first come."""


@dataclass(frozen=True, eq=False)
class Task:
    """Rows of two classes, standardized by those to train on, with a bias.

    Parameters
    ----------
    name : str
    train, test : (n, d) float64
    train_labels, test_labels : (n,) float64
        1 or -1.
    """

    name: str
    train: FloatArray
    test: FloatArray
    train_labels: FloatArray
    test_labels: FloatArray

    @classmethod
    def split(cls, name: str, rows: Any, labels: Any, seed: int) -> Task:
        """Shuffle, divide and standardize; columns that do not vary are left out."""
        order = np.random.default_rng(seed).permutation(len(rows))
        rows, labels = np.asarray(rows, dtype=np.float64)[order], np.asarray(labels)[order]
        cut = int(_TRAINED * len(rows))
        mean, scale = rows[:cut].mean(axis=0), rows[:cut].std(axis=0)
        rows = ((rows - mean) / np.where(scale > 0, scale, 1))[:, scale > 0]
        rows = np.column_stack([rows, np.ones(len(rows))])
        return cls(name, rows[:cut], rows[cut:], labels[:cut], labels[cut:])

    def problem(self, beta: float) -> cx.TrainingProblem:
        """Return the logistic problem of the rows to train on."""
        return cx.TrainingProblem(self.train, self.train_labels, beta, loss=cx.Logistic())

    def accuracy(self, forward: Callable[[FloatArray], FloatArray]) -> float:
        """Return the share of test rows on the right side."""
        return float(np.mean(np.sign(np.ravel(forward(self.test))) == self.test_labels))


def bundled(seed: int) -> list[Task]:
    """Return tasks from data sets that scikit-learn ships."""
    iris, wine = datasets.load_iris(), datasets.load_wine()
    cancer, digits = datasets.load_breast_cancer(), datasets.load_digits()
    pairs = {
        "iris 1, 2": (iris.data, iris.target, (1, 2)),
        "wine 0, 1": (wine.data[:, [0, 6, 12]], wine.target, (0, 1)),
        "breast cancer": (cancer.data, cancer.target, (0, 1)),
        "digits 3, 8": (digits.data, digits.target, (3, 8)),
    }
    return [
        _two_classes(name, rows, labels, pair, seed) for name, (rows, labels, pair) in pairs.items()
    ]


def from_files(folder: Path, seed: int) -> list[Task]:
    """Return a task for each data set that a folder has: MNIST's 3 and 8, CIFAR-10's 3 and 5.

    Raises
    ------
    FormatError
        When it has neither, or in another format.
    """
    tasks = []
    if any(folder.glob("train-images-idx3-ubyte*")):
        images, labels = read_mnist(folder)
        tasks.append(_two_classes("MNIST 3, 8", images[:, ::4], labels, (3, 8), seed))
    for path in sorted(folder.glob("data_batch_1*"))[:1]:
        images, labels = read_cifar10(path)
        tasks.append(_two_classes("CIFAR-10 3, 5", images[:, ::16], labels, (3, 5), seed))
    if not tasks:
        raise FormatError(
            f"{folder} has neither train-images-idx3-ubyte (MNIST) nor data_batch_1.bin (CIFAR-10)"
        )
    return tasks


def _two_classes(name: str, rows: Any, labels: Any, pair: tuple[int, int], seed: int) -> Task:
    kept = np.flatnonzero(np.isin(labels, pair))[:_MOST]
    return Task.split(name, rows[kept], np.where(labels[kept] == pair[0], 1.0, -1.0), seed)

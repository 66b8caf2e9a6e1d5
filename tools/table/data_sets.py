"""The data sets of the table: which columns, how many rows, and how they became exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import sources
from sources import FloatArray, Measured

GRID = 1024
"""All numbers are rounded to multiples of one over this: short, and the same on every machine."""


@dataclass(frozen=True)
class Columns:
    """Take the columns as they are, standardized."""

    def of(self, columns: FloatArray) -> FloatArray:
        """Return the columns that vary, with mean 0 and variance 1."""
        kept = columns[:, columns.std(axis=0) > 0.0]
        return np.asarray((kept - kept.mean(axis=0)) / kept.std(axis=0))


@dataclass(frozen=True)
class Components:
    """Take leading principal components of the standardized columns, standardized again.

    Parameters
    ----------
    count : int
    """

    count: int

    def of(self, columns: FloatArray) -> FloatArray:
        """Return so many components."""
        standard = Columns().of(columns)
        directions = np.linalg.svd(standard, full_matrices=False)[2][: self.count]
        return Columns().of(standard @ sources.upright(directions).T)


@dataclass(frozen=True)
class DataSet:
    """One data set of the table.

    Parameters
    ----------
    name : str
        Of files, too.
    about : str
        What rows, columns and target are.
    ships : str
        The package whose files hold it.
    measured : callable
    reduced : Columns or Components
    most : int
        Rows: of more, as many are taken at equal distances.
    """

    name: str
    about: str
    ships: str
    measured: Callable[[], Measured]
    reduced: Columns | Components = Columns()
    most: int = 200

    def rows(self) -> tuple[FloatArray, FloatArray]:
        """Return rows with a last column of ones, and the target, as they are in the table."""
        found = self.measured()
        X = self.reduced.of(found.columns)
        count = len(X)
        kept = np.arange(min(count, self.most)) * count // min(count, self.most)
        y = found.target
        y = y if is_labels(y) else (y - y.mean()) / y.std()
        return np.column_stack([rounded(X[kept]), np.ones(len(kept))]), rounded(y[kept])


def is_labels(target: FloatArray) -> bool:
    """Whether a target has the two values -1 and 1 only."""
    return bool((np.abs(target) == 1.0).all())


def labels(target: FloatArray) -> FloatArray:
    """Return labels as they are; of numbers, 1 for those above their median and -1 for others."""
    if is_labels(target):
        return target
    return np.where(target > np.median(target), 1.0, -1.0)


def rounded(values: FloatArray) -> FloatArray:
    """Return the nearest multiples of one over `GRID`; they are floats exactly."""
    return np.asarray(np.rint(values * GRID) / GRID + 0.0)


def _set(
    name: str,
    about: str,
    measured: Callable[[], Measured],
    reduced: Columns | Components = Columns(),
    most: int = 200,
    *,
    ships: str = "scikit-learn",
) -> DataSet:
    return DataSet(name, about, ships, measured, reduced, most)


_wine = sources.wine
_plots, _graphs = partial(_set, ships="matplotlib"), partial(_set, ships="networkx")

DATA_SETS: dict[str, DataSet] = {
    each.name: each
    for each in (
        _set("iris-petal", "virginica against versicolor, petal length and width",
             lambda: sources.iris().only(2, 3)),
        _set("iris", "virginica against versicolor, all four columns", sources.iris),
        _set("iris-sepal", "petal length of all iris from the sepal", sources.iris_sepals),
        _set("wine-alcohol", "first cultivar; alcohol, malic acid, ash", lambda: _wine().only(0, 1, 2)),
        _set("wine-colour", "second cultivar; colour, hue, dilution, proline",
             lambda: sources.wine_second().only(9, 10, 11, 12)),
        _set("wine-pc5", "first cultivar; five principal components", _wine, Components(5), 100),
        _set("diabetes-bmi-s5", "progression from body mass and s5", lambda: sources.diabetes().only(2, 8)),
        _set("diabetes-blood", "progression from blood pressure, s3, s5, s6",
             lambda: sources.diabetes().only(3, 6, 8, 9)),
        _set("diabetes-pc3", "progression from three principal components",
             sources.diabetes, Components(3)),
        _set("diabetes-pc5", "progression from five principal components",
             sources.diabetes, Components(5), 100),
        _set("cancer-size", "benign; mean radius, texture, smoothness",
             lambda: sources.cancer().only(0, 1, 4)),
        _set("cancer-pc4", "benign; four principal components", sources.cancer, Components(4)),
        _set("digits-3-8", "3 against 8, three principal components",
             lambda: sources.digits(3, 8), Components(3)),
        _set("digits-4-9", "4 against 9, four principal components",
             lambda: sources.digits(4, 9), Components(4)),
        _set("digits-1-7", "1 against 7, five principal components",
             lambda: sources.digits(1, 7), Components(5), 100),
        _set("linnerud-weight", "weight of men from chins, situps, jumps", lambda: sources.linnerud(0)),
        _set("linnerud-waist", "waist of men from chins, situps, jumps", lambda: sources.linnerud(1)),
        _set("china", "brightness of a photograph from the position",
             lambda: sources.photograph("china.jpg", 40)),
        _set("flower", "brightness of a photograph from the position",
             lambda: sources.photograph("flower.jpg", 40)),
        _plots("stocks-microsoft", "monthly change of MSFT from those of IBM and AAPL",
               lambda: sources.stocks("MSFT", ("IBM", "AAPL"))),
        _plots("stocks-index", "monthly change of the S&P 500 from IBM, AAPL, MSFT, AMZN",
               lambda: sources.stocks("^GSPC", ("IBM", "AAPL", "MSFT", "AMZN"))),
        _plots("google-range", "a day's price range of GOOG from the five days before",
               sources.google, most=100),
        _plots("eeg", "next value of an electroencephalogram from four", lambda: sources.brain_waves(0, 4)),
        _plots("membrane", "next value of a membrane's current from five",
               lambda: sources.membrane(10), most=100),
        _plots("sea-floor", "height above the sea from the position", lambda: sources.sea_floor(7)),
        _plots("mountains", "elevation around a fault from the position", lambda: sources.mountains(26)),
        _graphs("karate", "side taken at a club's split from Laplacian coordinates and degree",
                sources.karate),
        _graphs("les-miserables", "closeness of characters from degrees and clustering",
                sources.les_miserables),
        _set("diabetes", "progression from all ten columns", sources.diabetes, most=100),
        _set("wine", "first cultivar; all thirteen columns", _wine, most=100),
        _set("cancer", "benign; all thirty columns", sources.cancer, most=100),
        _set("digits", "3 against 8, all pixels that vary", lambda: sources.digits(3, 8), most=100),
    )
}  # fmt: skip
"""By name, in the order of the table: those of rank at most six first, then four of higher rank."""

"""The small data sets that scikit-learn bundles, as exact decimals.

scikit-learn reads its files into floats.  The shortest text of such a float is the decimal
number in the file, so that 5.1 comes back as 51/10 and not as the float beside it.
"""

from __future__ import annotations

from typing import Any

from arrangements.errors import ArgumentError
from arrangements.io import Table
from arrangements.matrix import DataMatrix

NAMES = ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")
"""What `load` knows."""


def load(name: str) -> Table:
    """Return the features of a bundled data set, without its targets.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Returns
    -------
    Table
        The exact decimals with their column names; "diabetes" is not standardized.

    Raises
    ------
    ArgumentError
        When the name is unknown, or scikit-learn is not installed.

    Examples
    --------
    >>> table = load("iris")
    >>> table.matrix.shape, table.matrix.fractions[0][0]
    ((150, 4), Fraction(51, 10))
    """
    if name not in NAMES:
        raise ArgumentError(f"name={name!r}: the data sets are {', '.join(NAMES)}")
    try:
        from sklearn import datasets
    except ImportError:
        raise ArgumentError(
            f"name={name!r}: the data sets come with scikit-learn; install the extra "
            "relu-arrangements[sklearn], or give a file"
        ) from None
    options: dict[str, Any] = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    # linnerud counts in whole numbers that are stored as floats: repr is right for both.
    rows = [[repr(float(entry)) for entry in row] for row in bunch.data]
    names = tuple(str(column) for column in bunch.feature_names)
    return Table(DataMatrix.from_decimals(rows, names=names), names)

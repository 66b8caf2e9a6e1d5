"""The bundled data sets are the decimals of their files."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from sklearn import datasets as bundled

import arrangements as ar


@pytest.mark.parametrize("name", ar.datasets.NAMES)
def test_decimals_round_to_the_floats_of_scikit_learn(name: str) -> None:
    table = ar.datasets.load(name)
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(bundled, f"load_{name}")(**options)
    assert table.matrix.floats.tolist() == bunch.data.tolist()
    assert list(table.names) == [str(column) for column in bunch.feature_names]
    # Decimals, not dyadic rationals: few digits after the point.
    assert all(entry * 10**9 % 1 == 0 for row in table.matrix.fractions for entry in row)


def test_the_first_iris() -> None:
    table = ar.datasets.load("iris")
    assert table.matrix.fractions[0] == tuple(Fraction(k, 10) for k in (51, 35, 14, 2))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ar.ArgumentError, match="breast_cancer, diabetes"):
        ar.datasets.load("mnist")


def test_without_scikit_learn_the_message_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None; import arrangements as ar\n"
        "try: ar.datasets.load('iris')\n"
        "except ar.ArgumentError as error: print(error)"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "relu-arrangements[sklearn]" in done.stdout

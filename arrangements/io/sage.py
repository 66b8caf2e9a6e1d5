"""Arrangements as Sage writes them: written, and read as data that is never executed."""

from __future__ import annotations

from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import fraction_text
from arrangements.io.sage_reader import Reader


def sage_text(data: Any) -> str:
    """Return Sage code that builds an arrangement of the whole space, or an affine one.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        With the whole space as its domain, or from `Arrangement.affine`.

    Returns
    -------
    str
        Two lines.  Sage sorts hyperplanes and merges equal ones when it reads them.

    Raises
    ------
    ArgumentError
        For a zero row, which is no hyperplane in Sage, and for other domains.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> print(sage_text([[1, 2], [0, 1]]), end="")
    H = HyperplaneArrangements(QQ, ('w0', 'w1'))
    A = H([(1, 2), 0], [(0, 1), 0])
    """
    arrangement = as_arrangement(data)
    affine = arrangement.is_affine
    if not affine and not arrangement.domain.is_whole_space:
        raise ArgumentError(
            f"data={arrangement!r}: Sage knows the whole space and affine arrangements, "
            "no other domain"
        )
    rows = arrangement.data.fractions
    width = len(rows[0]) - affine
    hyperplanes = []
    for index, row in enumerate(rows):
        if not any(row[:width]):
            raise ArgumentError(
                f"data: row {index} is no hyperplane (its normal is zero), which Sage "
                "refuses; leave it out"
            )
        normal = ", ".join(map(fraction_text, row[:width])) + ("," if width == 1 else "")
        constant = fraction_text(row[-1]) if affine else "0"
        hyperplanes.append(f"[({normal}), {constant}]")
    names = ", ".join(f"'w{j}'" for j in range(width)) + ("," if width == 1 else "")
    return f"H = HyperplaneArrangements(QQ, ({names}))\nA = H({', '.join(hyperplanes)})\n"


def parse_sage(text: str) -> Arrangement:
    r"""Read an arrangement from Sage code or from what Sage prints.

    Parameters
    ----------
    text : str
        See the examples of this module: one arrangement over the rational numbers.
        Expressions need the line that names the coordinates.

    Returns
    -------
    Arrangement
        With the hyperplanes ``a.x + b = 0`` in the order of the text; `Arrangement.affine`
        when a constant b is not 0.

    Raises
    ------
    DataError
        For anything else; the message names the line.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> parse_sage("H.<x,y> = HyperplaneArrangements(QQ)\nArrangement <y - 1 | x>")
    Arrangement(2 x 3 rows, rank 2, 2 hyperplanes, inside a cone of 1 half-space)
    >>> parse_sage("2*(x - y) = 3, x10 | x2").data.fractions[1]
    (Fraction(0, 1), Fraction(0, 1), Fraction(1, 1), Fraction(0, 1), Fraction(0, 1))
    """
    return Reader(text).arrangement()

"""Arrangements as polymake writes them: JSON data files, or a printed matrix."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import DataError
from arrangements.exact import decimal_value, fraction_text, primitive
from arrangements.io.strict_json import DuplicateKeyError, parse_json
from arrangements.units import Cone

_TYPE = "fan::HyperplaneArrangement"
_SECTION = "HYPERPLANES"
_SUPPORT = "SUPPORT"
_INEQUALITIES = ("INEQUALITIES", "FACETS")


def polymake_text(data: Any) -> str:
    """Return a polymake data file (JSON) of an arrangement.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Its domain becomes the support cone.  polymake drops duplicates when it reads rows.

    Returns
    -------
    str
        An object of type ``fan::HyperplaneArrangement<Rational>`` with one row a line.

    Examples
    --------
    >>> import arrangements as ar
    >>> "HyperplaneArrangement" in ar.polymake_text([[1, 0], [0, 1]])
    True

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.
    """
    arrangement = as_arrangement(data)
    properties = {_SECTION: _json_rows(arrangement.data.fractions)}
    if not arrangement.domain.is_whole_space:
        normals = [[Fraction(entry) for entry in row] for row in arrangement.domain.normals]
        properties[_SUPPORT] = f'{{"{_INEQUALITIES[0]}": {_json_rows(normals)}}}'
    head = f'"_type": "{_TYPE}<Rational>",\n"_ns": {{"polymake": ["https://polymake.org", "4.6"]}}'
    body = ",\n".join(f'"{name}": {value}' for name, value in properties.items())
    return f"{{\n{head},\n{body}\n}}\n"


def parse_polymake(text: str) -> Arrangement:
    r"""Read an arrangement from a polymake data file or from a printed matrix.

    Parameters
    ----------
    text : str
        A JSON object with the property ``HYPERPLANES``, and ``SUPPORT`` given by
        inequalities or facets if at all; or lines of rational numbers with blanks between
        them, after a line ``HYPERPLANES`` or not.

    Returns
    -------
    Arrangement

    Raises
    ------
    DataError
        For anything else; the message names the line, or the row of the property.

    Notes
    -----
    *Growth.* ``n * r`` for n rows of rank r.

    Examples
    --------
    >>> parse_polymake("HYPERPLANES\n1 0\n-1/2 1\n").data.fractions[1]
    (Fraction(-1, 2), Fraction(1, 1))
    """
    if text.lstrip().startswith("<"):
        raise DataError("line 1: an XML file of an old polymake; open and save it in polymake 4")
    return _of_json(text) if text.lstrip().startswith("{") else _of_lines(text)


def _json_rows(rows: Any) -> str:
    lines = ",\n".join(json.dumps([fraction_text(entry) for entry in row]) for row in rows)
    return f"[\n{lines}\n]"


def _of_lines(text: str) -> Arrangement:
    rows: list[list[Fraction]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or (words == [_SECTION] and not rows):
            continue
        rows.append([_entry(word, f"line {number}") for word in words])
        if len(rows[-1]) != len(rows[0]):
            raise DataError(
                f"line {number}: {len(words)} entries where {len(rows[0])} are expected"
            )
    if not rows:
        raise DataError("line 1: no hyperplane; a row of numbers was expected")
    return Arrangement(rows)


def _of_json(text: str) -> Arrangement:
    try:
        value = parse_json(text)
    except json.JSONDecodeError as error:
        raise DataError(f"line {error.lineno}: not JSON ({error.msg})") from None
    except DuplicateKeyError as error:
        raise DataError(f"line 1: {error}") from None
    except (RecursionError, ValueError):
        raise DataError(
            "line 1: the JSON is nested too deeply or holds too long a number"
        ) from None
    kind = value.get("_type", _TYPE)
    if not isinstance(kind, str) or kind.partition("<")[0] != _TYPE:
        raise DataError(f"_type is {kind!r}; {_TYPE} is read")
    if _SECTION not in value:
        raise DataError(f"the property {_SECTION} is missing")
    rows = _rows(value[_SECTION], _SECTION)
    support = value.get(_SUPPORT)
    if support is None:
        return Arrangement(rows)
    given = [name for name in _INEQUALITIES if isinstance(support, dict) and name in support]
    if not given:
        raise DataError(
            f"{_SUPPORT} has no {' or '.join(_INEQUALITIES)}; ask polymake for its FACETS first"
        )
    if any(support.get(name) for name in ("EQUATIONS", "LINEAR_SPAN")):
        raise DataError(f"{_SUPPORT} has equations: only cones of full dimension are read")
    normals = [
        _integers(row, f"{_SUPPORT}, row {index}")
        for index, row in enumerate(_rows(support[given[0]], _SUPPORT))
    ]
    return Arrangement(rows, domain=Cone(tuple(normals)))


def _rows(value: Any, name: str) -> list[list[Fraction]]:
    if not isinstance(value, list) or not value:
        raise DataError(f"{name} is not a list of rows")
    rows: list[list[Fraction]] = []
    for index, row in enumerate(value):
        if not isinstance(row, list) or not row:
            raise DataError(
                f"{name}, row {index} is not a list of numbers; sparse rows are not read, write "
                "them out in polymake with dense()"
            )
        rows.append([_entry(entry, f"{name}, row {index}") for entry in row])
        if len(row) != len(rows[0]):
            raise DataError(
                f"{name}, row {index}: {len(row)} entries where {len(rows[0])} are expected"
            )
    return rows


def _entry(entry: Any, place: str) -> Fraction:
    if isinstance(entry, (str, int)) and not isinstance(entry, bool):
        try:
            return decimal_value(entry) if isinstance(entry, str) else Fraction(entry)
        except ValueError:
            pass
    raise DataError(f"{place}: {str(entry)[:40]!r} is not a rational number")


def _integers(row: list[Fraction], place: str) -> tuple[int, ...]:
    if not any(row):
        raise DataError(f"{place}: a zero row bounds no cone")
    return primitive(row)[0]

"""Arrangements as Sage writes them: read as data, never executed.

Read are a construction, with names or without, and what Sage prints::

    H.<x,y> = HyperplaneArrangements(QQ)
    A = H([(1, 0), 0], [(0, 1), -1], 3*x - y/2 + 1)

    Arrangement <y - 1 | x | 3*x + 1/2*y>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.errors import ArgumentError, DataError
from arrangements.exact import decimal_value, fraction_text

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|\#[^\n]*)|(?P<line>\n)|(?P<number>\d+(?:\.\d*)?|\.\d+)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^'\n]*'|\"[^\"\n]*\")|(?P<mark>[-+*/()\[\]<>,|=.])"
)
_PROMPT = re.compile(r"^[ \t]*(?:sage:|\.\.\.\.:|>>>|\.\.\.)", re.MULTILINE)
_SPACES = ("HyperplaneArrangements", "OrderedHyperplaneArrangements")
_DEEPEST = 4


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
    """
    return _Reader(text).arrangement()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


@dataclass
class _Linear:
    """A linear expression: numbers are those without variables."""

    constant: Fraction = Fraction()
    terms: dict[str, Fraction] = field(default_factory=dict)

    def plus(self, other: _Linear, sign: int) -> _Linear:
        terms = dict(self.terms)
        for name, value in other.terms.items():
            terms[name] = terms.get(name, Fraction()) + sign * value
        return _Linear(self.constant + sign * other.constant, terms)

    def times(self, factor: Fraction) -> _Linear:
        return _Linear(
            self.constant * factor, {name: value * factor for name, value in self.terms.items()}
        )


_Value = _Linear | list["_Value"]


class _Reader:
    """Recursive descent over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(_PROMPT.sub("", text)))
        self._next = 0
        self._names: tuple[str, ...] | None = None

    def arrangement(self) -> Arrangement:
        self._space()
        found = self._printed() if self._ahead("Arrangement", "<") else self._built()
        if self._kind() != "end":
            raise self._error(f"{self._token.text!r} after the arrangement")
        if not found:
            raise self._error("no hyperplane; an arrangement needs one")
        rows = [self._row(*each) for each in found]
        width = len(rows[0][0])
        for (normal, _), (_, line) in zip(rows, found, strict=True):
            if len(normal) != width:
                raise DataError(
                    f"line {line}: a normal with {len(normal)} entries where {width} are expected"
                )
            if not any(normal):
                raise DataError(f"line {line}: the normal is zero, which is no hyperplane")
        normals, constants = [row for row, _ in rows], [constant for _, constant in rows]
        if any(constants):
            return Arrangement.affine(normals, constants)
        return Arrangement(normals)

    def _space(self) -> None:
        """Read ``H.<x,y> = HyperplaneArrangements(QQ)`` or ``H = ...(QQ, ('x', 'y'))``."""
        start = self._next
        if self._kind() != "name" or self._ahead("Arrangement", "<"):
            return
        self._take()
        if self._accept("."):
            self._expect("<")
            names = [self._name()]
            while self._accept(","):
                names.append(self._name())
            self._expect(">")
            self._names = tuple(names)
        if not self._accept("=") or self._token.text not in _SPACES:
            if self._names is not None:
                raise self._error("HyperplaneArrangements(QQ) was expected")
            self._next = start
            return
        self._take()
        self._expect("(")
        if self._token.text != "QQ":
            raise self._error(f"the field {self._token.text!r}; only QQ is read")
        self._take()
        if self._accept(","):
            if self._accept("names"):
                self._expect("=")
            self._names = self._quoted_names()
        self._expect(")")

    def _quoted_names(self) -> tuple[str, ...]:
        wrapped = self._accept("(") or self._accept("[")
        names: list[str] = []
        while self._kind() == "text":
            names += re.findall(r"\w+", self._take().text)
            if not self._accept(","):
                break
        if wrapped and not (self._accept(")") or self._accept("]")):
            raise self._error("the list of names is not closed")
        return tuple(names)

    def _printed(self) -> list[tuple[_Value, int]]:
        """Read ``Arrangement <e | e | ...>``."""
        self._take()
        self._take()
        found: list[tuple[_Value, int]] = [(self._expression(0), self._token.line)]
        while self._accept("|"):
            found.append((self._expression(0), self._token.line))
        self._expect(">")
        return found

    def _built(self) -> list[tuple[_Value, int]]:
        """Read ``A = H(h, h, ...)`` or ``H(h, h, ...)``."""
        if self._kind() == "end":
            raise self._error("no arrangement")
        self._name()
        if self._accept("="):
            self._name()
        self._expect("(")
        found: list[tuple[_Value, int]] = []
        while not self._accept(")"):
            line = self._token.line
            found.append((self._value(0), line))
            if not self._accept(","):
                self._expect(")")
                break
        if len(found) == 1 and _is_list_of_hyperplanes(found[0][0]):
            wrapped, line = found[0]
            assert isinstance(wrapped, list)  # noqa: S101 - for mypy: a list of hyperplanes is one
            return [(each, line) for each in wrapped]
        return found

    def _value(self, depth: int) -> _Value:
        for opening, closing in (("[", "]"), ("(", ")")):
            if self._accept(opening):
                if depth == _DEEPEST:
                    raise self._error("brackets are nested too deeply")
                values: list[_Value] = []
                while not self._accept(closing):
                    values.append(self._value(depth + 1))
                    if not self._accept(","):
                        self._expect(closing)
                        break
                return values
        return self._expression(depth)

    def _expression(self, depth: int) -> _Linear:
        sign = -1 if self._accept("-") else 1
        total = self._term(depth).times(Fraction(sign))
        while self._token.text in {"+", "-"}:
            sign = -1 if self._take().text == "-" else 1
            total = total.plus(self._term(depth), sign)
        return total

    def _term(self, depth: int) -> _Linear:
        value = self._factor(depth)
        while self._token.text in {"*", "/"}:
            mark = self._take().text
            other = self._factor(depth)
            if mark == "/":
                if other.terms or not other.constant:
                    raise self._error("a division by something that is not a non-zero number")
                value = value.times(1 / other.constant)
            elif value.terms and other.terms:
                raise self._error("a product of two coordinates; hyperplanes are linear")
            else:
                value = value.times(other.constant) if value.terms else other.times(value.constant)
        return value

    def _factor(self, depth: int) -> _Linear:
        if self._accept("-"):
            if depth > 10 * _DEEPEST:
                raise self._error("too many signs in a row")
            return self._factor(depth + 1).times(Fraction(-1))
        if self._kind() == "number":
            token = self._take()
            try:
                return _Linear(decimal_value(token.text))
            except ValueError:
                raise self._error("a number that is too long") from None
        if self._kind() == "name":
            token = self._token
            if self._names is None or token.text not in self._names:
                raise self._error(
                    f"{token.text!r} is no coordinate; name them in a line "
                    "H.<x,y> = HyperplaneArrangements(QQ)"
                )
            self._take()
            return _Linear(terms={token.text: Fraction(1)})
        raise self._error(f"{self._token.text!r} where a number or a coordinate was expected")

    def _row(self, value: _Value, line: int) -> tuple[list[Fraction], Fraction]:
        """Return normal and constant of ``x + 1``, ``[(1, 0), 1]`` or ``[1, 1, 0]``."""
        if isinstance(value, _Linear):
            names = self._names or ()
            return [value.terms.get(name, Fraction()) for name in names], value.constant
        if len(value) == 2 and isinstance(value[0], list):  # noqa: PLR2004 - normal and constant
            normal, constant = _numbers(value[0], line), _numbers([value[1]], line)[0]
        else:
            constant, *normal = _numbers(value, line) or [Fraction()]
        if self._names is not None and len(normal) != len(self._names):
            raise DataError(
                f"line {line}: a normal with {len(normal)} entries where "
                f"{len(self._names)} coordinates are named"
            )
        return normal, constant

    # Tokens

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _kind(self) -> str:
        return self._token.kind

    def _take(self) -> _Token:
        token = self._token
        if token.kind != "end":
            self._next += 1
        return token

    def _accept(self, text: str) -> bool:
        if self._token.text == text and self._token.kind != "end":
            self._next += 1
            return True
        return False

    def _ahead(self, *texts: str) -> bool:
        found = self._tokens[self._next : self._next + len(texts)]
        return [token.text for token in found] == list(texts)

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._error(f"{self._token.text!r} where {text!r} was expected")

    def _name(self) -> str:
        if self._kind() != "name":
            raise self._error(f"{self._token.text!r} where a name was expected")
        return self._take().text

    def _error(self, what: str) -> DataError:
        return DataError(f"line {self._token.line}: {what}")


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise DataError(f"line {line}: the character {text[place]!r} has no meaning here")
        kind = match.lastgroup or ""
        if kind == "line":
            line += 1
        elif kind != "blank":
            yield _Token(kind, match[0], line)
        place = match.end()
    yield _Token("end", "the end", line)


def _is_list_of_hyperplanes(value: _Value) -> bool:
    """Return whether a bracket holds hyperplanes, not the entries of one."""
    if isinstance(value, _Linear) or not value:
        return False
    if any(isinstance(each, _Linear) and each.terms for each in value):
        return True
    return all(isinstance(each, list) for each in value)


def _numbers(values: list[_Value], line: int) -> list[Fraction]:
    numbers = []
    for value in values:
        if isinstance(value, list) or value.terms:
            raise DataError(f"line {line}: a number was expected, not a list or a coordinate")
        numbers.append(value.constant)
    return numbers

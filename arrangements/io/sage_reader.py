"""Reading Sage's notation: recursive descent over its words, nothing is executed.

Read are a construction, with names or without, what Sage prints, and what people write::

    H.<x,y> = HyperplaneArrangements(QQ)
    A = H([(1, 0), 0], [(0, 1), -1], 3*x - y/2 + 1); A

    Arrangement <y - 1 | x | 3*x + 1/2*y>

    x = 1
    2*(x - y) = 3
"""

from __future__ import annotations

import re
from fractions import Fraction

from arrangements.arrangement import Arrangement
from arrangements.errors import DataError
from arrangements.exact import decimal_value
from arrangements.io.sage_tokens import Linear, Token, tokens

_SPACES = ("HyperplaneArrangements", "OrderedHyperplaneArrangements")
_FIELDS = ("QQ", "ZZ")
_WRAPPERS = ("vector", "list", "tuple", "QQ", "ZZ", "Integer", "Rational", "Hyperplane")
_NO_COORDINATES = ("pi", "I", "oo", "NaN", "sqrt", "cos", "sin")
_DEEPEST = 8
_MANY_SIGNS = 40
_LARGEST_POWER = 10_000
_LONGEST = 1 << 17
"""Bits of a number."""
_BRACKETS = {"[": "]", "(": ")"}

_Value = Linear | list["_Value"]
_Found = list[tuple[_Value, int]]


class Reader:
    """Reads one arrangement."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._next = 0
        self._names: tuple[str, ...] | None = None
        self._met: set[str] = set()
        self._open = 0

    def arrangement(self) -> Arrangement:
        """Return what the whole text says.

        Raises
        ------
        DataError
            Naming the line.
        """
        self._space()
        self._coordinates()
        found = self._hyperplanes()
        if not found:
            raise self._error("no hyperplane; an arrangement needs one")
        if self._names is None and self._met:
            self._names = tuple(sorted(self._met, key=_by_number))
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

    # The lines before the hyperplanes

    def _space(self) -> None:
        """Read ``H.<x,y> = HyperplaneArrangements(QQ)`` or ``H = ...(QQ, ('x', 'y'))``."""
        start = self._next
        if self._kind() != "name" or self._ahead("Arrangement", "<"):
            return
        self._take()
        if self._ahead(".", "<"):
            self._expect(".")
            self._expect("<")
            names = [self._name()]
            while self._accept(","):
                names.append(self._name())
            self._expect(">")
            self._called(names)
        if not self._accept("=") or self._token.text not in _SPACES:
            if self._names is not None:
                raise self._error("HyperplaneArrangements(QQ) was expected")
            self._next = start
            return
        self._take()
        self._expect("(")
        if self._token.text not in _FIELDS:
            raise self._error(
                f"the field {self._token.text!r}; only QQ is read, and ZZ; AlgebraicArrangement takes "
                "number fields"
            )
        self._take()
        if self._accept(","):
            if self._accept("names"):
                self._expect("=")
            self._called(self._quoted_names())
        self._expect(")")

    def _quoted_names(self) -> list[str]:
        wrapped = self._accept("(") or self._accept("[")
        names: list[str] = []
        while self._kind() == "text":
            names += re.findall(r"\w+", self._take().text)
            if not self._accept(","):
                break
        if wrapped and not (self._accept(")") or self._accept("]")):
            raise self._error("the list of names is not closed")
        return names

    def _coordinates(self) -> None:
        """Read a line of names above a printed arrangement."""
        start = self._next
        names = []
        if self._token.text.lower() in {"coordinates", "variables"}:
            self._take()
            self._accept("=")
        wrapped = self._accept("(")
        while self._kind() == "name" and not self._ahead("Arrangement", "<"):
            names.append(self._take().text)
            self._accept(",")
        if wrapped:
            self._accept(")")
        if names and (self._ahead("Arrangement", "<") or self._ahead("<")):
            if self._names is None:
                self._called(names)
        else:
            self._next = start

    def _called(self, names: list[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise self._error(f"the coordinate {twice[0]!r} is named twice")
        self._names = tuple(names)

    # The hyperplanes

    def _hyperplanes(self) -> _Found:
        """Read the hyperplanes in any of the forms, and what stands behind them."""
        if self._kind() == "end":
            raise self._error("no arrangement")
        name = None
        if self._kind() == "name" and self._following() == "=" and not self._is_coordinate():
            # Not an equation such as x = y.
            after = self._tokens[self._next + 2 : self._next + 4]
            called = after[0].kind == "name" and after[-1].text in {"(", "<", "."}
            if called or after[0].text in {"[", "<"}:
                name = self._take().text
                self._expect("=")
        if self._ahead("Arrangement", "<") or self._ahead("<"):
            found = self._printed()
        elif self._ahead("Arrangement", "of"):
            raise self._error("only the size of an arrangement; print(list(A)) shows hyperplanes")
        elif self._kind() == "name" and self._following() == ".":
            raise self._error(
                f"{self._token.text!r} makes an arrangement by a program; paste what print(list(A)) "
                "shows, or see arrangements.catalogue"
            )
        elif (
            self._kind() == "name"
            and self._following() == "("
            and self._token.text not in {*_WRAPPERS, *_NO_COORDINATES}
            and not self._is_coordinate()
        ):
            found = self._built()
        else:
            found = self._bare()
        self._echoed(name)
        if self._kind() != "end":
            raise self._error(f"{self._token.text!r} after the arrangement")
        return found

    def _echoed(self, name: str | None) -> None:
        """Read ``; A`` and what Sage answers to it, which adds nothing."""
        while name is not None and self._token.first and self._token.text == name:
            self._take()
            if self._accept("."):
                self._expect("hyperplanes")
                self._expect("(")
                self._expect(")")
            if self._ahead("Arrangement", "<"):
                self._printed()
            elif self._ahead("Arrangement", "of"):
                while self._kind() != "end" and not (
                    self._token.first and self._token.text == name
                ):
                    self._take()

    def _printed(self) -> _Found:
        """Read ``Arrangement <e | e | ...>``."""
        self._accept("Arrangement")
        self._expect("<")
        self._open += 1
        found: _Found = [(self._equation(0), self._token.line)]
        while self._accept("|"):
            found.append((self._equation(0), self._token.line))
        self._open -= 1
        self._expect(">")
        return found

    def _built(self) -> _Found:
        """Read ``H(h, h, ...)``."""
        self._name()
        self._expect("(")
        self._open += 1
        found: _Found = []
        while not self._accept(")"):
            line = self._token.line
            found.append((self._value(0), line))
            if not self._accept(","):
                self._expect(")")
                break
        self._open -= 1
        return _unwrapped(found)

    def _bare(self) -> _Found:
        """Read hyperplanes between bars, commas or line ends."""
        found: _Found = []
        while self._kind() != "end":
            line = self._token.line
            value = self._value(0)
            if isinstance(value, list) and not _names_hyperplanes(value):
                raise self._error(
                    "a matrix; Sage takes the first entry of a row for the constant, others do "
                    "not: pass rows to Arrangement, or write H(...) around them"
                )
            found.append((value, line))
            if not (self._accept("|") or self._accept(",")) and not self._token.first:
                raise self._error(f"{self._token.text!r} where '|' or a new line was expected")
        return _unwrapped(found)

    # Values

    def _value(self, depth: int) -> _Value:
        if self._token.text in _WRAPPERS and not self._is_coordinate():
            self._take()
            if self._token.text == "(" and self._tokens[self._next + 1].text in _FIELDS:
                self._next += 2  # vector(QQ, (1, 0)): the bracket that is open is closed below
                self._expect(",")
                value = self._value(depth)
                self._expect(")")
                return value
        closing = _BRACKETS.get(self._token.text)
        if closing is None:
            return self._equation(depth)
        if depth == _DEEPEST:
            raise self._error("brackets are nested too deeply")
        rounded = self._take().text == "("
        self._open += 1
        values: list[_Value] = []
        comma = False
        while not self._accept(closing):
            values.append(self._value(depth + 1))
            comma = self._accept(",")
            if not comma:
                self._expect(closing)
                break
        self._open -= 1
        if rounded and not comma and len(values) == 1:
            # A bracket around one expression, which may go on: (x + y)/2 - 1.
            inner = values[0]
            return self._equation(depth, inner) if isinstance(inner, Linear) else inner
        return values

    def _equation(self, depth: int, begun: Linear | None = None) -> Linear:
        left = self._expression(depth, begun)
        if self._accept("=") or self._accept("=="):
            left = left.plus(self._expression(depth), -1)
            if self._token.text in {"=", "=="}:
                raise self._error("two equality signs in one equation")
        return left

    def _expression(self, depth: int, begun: Linear | None = None) -> Linear:
        if begun is None:
            sign = -1 if self._accept("-") else 1
            if sign == 1:
                self._accept("+")
            begun = self._term(depth).times(Fraction(sign))
        else:
            begun = self._term(depth, begun)
        while self._token.text in {"+", "-"} and self._goes_on():
            sign = -1 if self._take().text == "-" else 1
            begun = begun.plus(self._term(depth), sign)
        return begun

    def _term(self, depth: int, begun: Linear | None = None) -> Linear:
        value = self._power(depth, begun)
        while self._goes_on():
            mark = self._token.text
            if mark in {"*", "/"}:
                self._take()
            elif not (self._kind() == "name" or mark == "("):
                break
            elif value.terms:
                raise self._error(f"{mark!r} where an operator was expected")
            elif mark.startswith("_"):
                raise self._error(
                    f"{mark!r} right after a number; write digits without underscores"
                )
            other = self._power(depth)
            if mark == "/":
                if other.terms or not other.constant:
                    raise self._error("a division by something that is not a non-zero number")
                value = value.times(1 / other.constant)
            elif value.terms and other.terms:
                raise self._error("a product of two coordinates; hyperplanes are linear")
            else:
                value = value.times(other.constant) if value.terms else other.times(value.constant)
        return value

    def _power(self, depth: int, begun: Linear | None = None) -> Linear:
        base = self._factor(depth) if begun is None else begun
        if not (self._accept("^") or self._accept("**")):
            return base
        sign = -1 if self._accept("-") else 1
        if self._kind() != "number" or not self._token.text.isdecimal():
            raise self._error("a power whose exponent is no whole number")
        text = self._take().text
        if len(text) > len(str(_LARGEST_POWER)) or int(text) > _LARGEST_POWER:
            raise self._error(f"the power {text[:20]}; up to {_LARGEST_POWER:,} are read")
        if self._token.text in {"^", "**"}:
            raise self._error("a power of a power; write brackets, or the number")
        exponent = sign * int(text)
        if base.terms:
            if exponent != 1:
                raise self._error("a power of a coordinate; hyperplanes are linear")
            return base
        number = base.constant
        if exponent < 0 and not number:
            raise self._error("a division by zero")
        bits = number.numerator.bit_length() + number.denominator.bit_length()
        if bits * abs(exponent) > _LONGEST:
            raise self._error("a number that is too long")
        return Linear(number**exponent)

    def _factor(self, depth: int) -> Linear:
        if self._accept("("):
            if depth > _DEEPEST:
                raise self._error("brackets are nested too deeply")
            self._open += 1
            value = self._expression(depth + 1)
            self._open -= 1
            self._expect(")")
            return value
        if self._accept("-"):
            if depth > _MANY_SIGNS:
                raise self._error("too many signs in a row")
            return self._factor(depth + 1).times(Fraction(-1))
        if self._kind() == "number":
            token = self._take()
            try:
                return Linear(decimal_value(token.text))
            except ValueError:
                raise self._error("a number that is too long") from None
        if self._kind() == "name":
            return self._coordinate()
        raise self._error(f"{self._token.text!r} where a number or a coordinate was expected")

    def _coordinate(self) -> Linear:
        name = self._token.text
        if self._names is not None and name not in self._names:
            raise self._error(
                f"{name!r} is no coordinate; name them in a line H.<x,y> = HyperplaneArrangements(QQ)"
            )
        if self._names is None and (name in _NO_COORDINATES or self._following() == "("):
            raise self._error(
                f"{name!r} is no coordinate; rational numbers and coordinates are read"
            )
        self._met.add(name)
        self._take()
        return Linear(terms={name: Fraction(1)})

    def _row(self, value: _Value, line: int) -> tuple[list[Fraction], Fraction]:
        """Return normal and constant of ``x + 1``, ``[(1, 0), 1]`` or ``[1, 1, 0]``."""
        if isinstance(value, Linear):
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
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _kind(self) -> str:
        return self._token.kind

    def _following(self) -> str:
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)].text

    def _is_coordinate(self) -> bool:
        return self._names is not None and self._token.text in self._names

    def _goes_on(self) -> bool:
        """Whether the next word belongs to this expression: outside brackets a line ends it."""
        return self._kind() != "end" and (self._open > 0 or not self._token.first)

    def _take(self) -> Token:
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


def _by_number(name: str) -> tuple[str, int, str]:
    """Return a key that sorts x2 before x10."""
    match = re.fullmatch(r"(.*?)(\d{1,9})", name)
    return (match[1], int(match[2]), name) if match else (name, -1, name)


def _unwrapped(found: _Found) -> _Found:
    """Take the hyperplanes out of a bracket around all of them."""
    if len(found) == 1 and _is_list_of_hyperplanes(found[0][0]):
        wrapped, line = found[0]
        assert isinstance(wrapped, list)  # noqa: S101 - for mypy: a list of hyperplanes is one
        return [(each, line) for each in wrapped]
    return found


def _is_list_of_hyperplanes(value: _Value) -> bool:
    """Return whether a bracket holds hyperplanes, not the entries of one."""
    if isinstance(value, Linear) or not value:
        return False
    if any(isinstance(each, Linear) and each.terms for each in value):
        return True
    return all(isinstance(each, list) for each in value)


def _names_hyperplanes(value: list[_Value]) -> bool:
    """Return whether a bracket says which numbers are constants: ``[(1, 0), 1]``, ``[x, y]``."""
    if any(isinstance(each, Linear) and each.terms for each in value):
        return True
    if len(value) == 2 and isinstance(value[0], list) and isinstance(value[1], Linear):  # noqa: PLR2004 - normal and constant
        return True
    return bool(value) and all(
        isinstance(each, list) and _names_hyperplanes(each) for each in value
    )


def _numbers(values: list[_Value], line: int) -> list[Fraction]:
    numbers = []
    for value in values:
        if isinstance(value, list) or value.terms:
            raise DataError(f"line {line}: a number was expected, not a list or a coordinate")
        numbers.append(value.constant)
    return numbers

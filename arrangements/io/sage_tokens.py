"""The words of a text in Sage's notation, and the linear expressions they make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from arrangements.errors import DataError

_TOKEN = re.compile(
    r"(?P<blank>[ \t\r]+|\#[^\n]*)|(?P<line>\n|;)|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<mark>\*\*|==|[-+*/^()\[\]<>,|=.])"
)
_PROMPT = re.compile(r"^[ \t]*(?:sage:|\.\.\.\.:|>>>|\.\.\.)", re.MULTILINE)
_TYPESET = str.maketrans({"\N{MINUS SIGN}": "-", "\N{MIDDLE DOT}": "*", "\N{DOT OPERATOR}": "*"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word, its kind, its line, and whether it is the first of a statement."""

    kind: str
    text: str
    line: int
    first: bool


@dataclass
class Linear:
    """A linear expression: numbers are those without variables."""

    constant: Fraction = Fraction()
    terms: dict[str, Fraction] = field(default_factory=dict)

    def plus(self, other: Linear, sign: int) -> Linear:
        """Return the sum with a multiple of another."""
        terms = dict(self.terms)
        for name, value in other.terms.items():
            terms[name] = terms.get(name, Fraction()) + sign * value
        return Linear(self.constant + sign * other.constant, terms)

    def times(self, factor: Fraction) -> Linear:
        """Return a multiple."""
        return Linear(
            self.constant * factor, {name: value * factor for name, value in self.terms.items()}
        )


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text, and one of kind "end" after them.

    Raises
    ------
    DataError
        For a character that has no meaning there; the message names the line.
    """
    text = _PROMPT.sub("", text.translate(_TYPESET))
    line = 1
    place = 0
    first = True
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise DataError(f"line {line}: the character {text[place]!r} has no meaning here")
        kind = match.lastgroup or ""
        if kind == "line":
            line += match[0] == "\n"
            first = True
        elif kind != "blank":
            yield Token(kind, match[0], line, first)
            first = False
        place = match.end()
    yield Token("end", "the end", line, first=True)

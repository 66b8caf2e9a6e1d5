"""Freeness, where the characteristic polynomials decide it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from arrangements.algebra.central import central
from arrangements.arguments import whole_number
from arrangements.arrangement import Arrangement
from arrangements.counting import betti_numbers
from arrangements.exact import restrict
from arrangements.progress import session_listener

IntegerRow = tuple[int, ...]

_ALWAYS_FREE = 2
"""Arrangements of this rank are free."""


class Verdict(Enum):
    """Whether an arrangement is free.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.freeness(ar.catalogue.generic(5, 3)).verdict
    <Verdict.NOT_FREE: 'not free'>
    """

    FREE = "free"
    NOT_FREE = "not free"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Freeness:
    """Whether the module of logarithmic derivations is free, and its exponents.

    Parameters
    ----------
    verdict : Verdict
    exponents : tuple of int or None
        Ascending, d of them, when the arrangement is free.
    chain : tuple of int
        The proof of freeness: by their first rows, the hyperplanes to which the arrangement is
        restricted one after another until its rank is two.
    reason : str

    Examples
    --------
    >>> import arrangements as ar
    >>> found = ar.freeness(ar.catalogue.braid(4))
    >>> found.verdict.value, found.exponents  # it has (1 + 1) (1 + 2) (1 + 3) = 24 regions
    ('free', (0, 1, 2, 3))
    """

    verdict: Verdict
    exponents: tuple[int, ...] | None
    chain: tuple[int, ...]
    reason: str

    def summary(self) -> str:
        """Say what is known, and why."""
        exponents = "" if self.exponents is None else f" with exponents {self.exponents}"
        return f"{self.verdict.value}{exponents}: {self.reason}"


def freeness(data: Any, *, limit: int = 1_000) -> Freeness:
    """Decide whether an arrangement is free, where characteristic polynomials decide it.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
        Of the whole space.
    limit : int
        Give up, undecided, after so many restrictions.

    Raises
    ------
    ArgumentError
        When the domain is not the whole space.

    Notes
    -----
    *Algorithm.* The characteristic polynomial of a free arrangement is the product of ``t - e``
    over its exponents (Terao): one with other roots is not free.  Conversely an arrangement is
    free when its restriction to some hyperplane is, and that one's polynomial divides its own
    (Abe's division theorem); rank two is always free.  So a chain of restrictions is looked for.
    Supersolvable and inductively free arrangements have one.  Neither need hold: *undecided*.

    *Exactness.* Integers only.

    *Cost.* A count for each restriction.

    *Growth.* ``n**r`` for n rows of rank r.

    *Reference.* Terao 1981; Abe, Divisionally free arrangements of hyperplanes, 2016.

    Examples
    --------
    >>> from arrangements.catalogue import braid, generic
    >>> freeness(braid(4)).exponents
    (0, 1, 2, 3)
    >>> freeness(generic(5, 3)).verdict.value
    'not free'
    """
    limit = whole_number("limit", limit)
    arrangement = central(data)
    exponents = _roots(betti_numbers(arrangement, progress=session_listener))
    if exponents is None:
        reason = "the characteristic polynomial has roots that are no integers"
        return Freeness(Verdict.NOT_FREE, None, (), reason)
    search = _Search(limit)
    chain = search.chain(list(zip(arrangement.representatives, arrangement.normals, strict=True)))
    if chain is None:
        reason = (
            f"limit = {limit:,} restrictions were looked at"
            if search.left <= 0
            else "no chain of restrictions has polynomials that divide one another"
        )
        return Freeness(Verdict.UNDECIDED, None, (), reason)
    padded = (0,) * (arrangement.shape[1] - len(exponents)) + exponents
    reason = (
        "restricted one after another to the hyperplanes of `chain`, the characteristic "
        "polynomials divide one another"
        if chain
        else "so is every arrangement of rank two or less"
    )
    return Freeness(Verdict.FREE, padded, chain, reason)


class _Search:
    """Depth first over chains of restrictions; what failed once is not tried again."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self._failed: set[frozenset[IntegerRow]] = set()

    def chain(self, rows: Sequence[tuple[int, IntegerRow]]) -> tuple[int, ...] | None:
        """Return the hyperplanes to restrict to, or None if none was found."""
        betti = _betti(rows)
        if len(betti) - 1 <= _ALWAYS_FREE:
            return ()
        key = frozenset(row for _, row in rows)
        own = _roots(betti)
        if own is None or key in self._failed:
            return None
        for name, row in rows:
            if self.left <= 0:
                return None
            self.left -= 1
            restricted = _restricted(rows, row)
            roots = _roots(_betti(restricted))
            # A polynomial divides one with simple linear factors iff its roots are among those.
            if roots is None or Counter(roots) - Counter(own):
                continue
            further = self.chain(restricted)
            if further is not None:
                return (name, *further)
        if self.left > 0:
            self._failed.add(key)
        return None


def _betti(rows: Sequence[tuple[int, IntegerRow]]) -> tuple[int, ...]:
    return betti_numbers([row for _, row in rows], progress=session_listener) if rows else (1,)


def _restricted(
    rows: Sequence[tuple[int, IntegerRow]], hyperplane: IntegerRow
) -> list[tuple[int, IntegerRow]]:
    """Return the distinct restrictions to a hyperplane, each with the name of the first."""
    images = restrict([row for _, row in rows], hyperplane)
    kept = [(name, image) for (name, _), image in zip(rows, images, strict=True) if any(image)]
    merged = Arrangement([image for _, image in kept])
    return [
        (kept[index][0], row)
        for index, row in zip(merged.representatives, merged.normals, strict=True)
    ]


def _roots(betti: Sequence[int]) -> tuple[int, ...] | None:
    """Return the roots of ``sum (-1)^k b_k t^(r - k)``, ascending, if all are integers."""
    signed = [-number if k % 2 else number for k, number in enumerate(betti)]
    while len(signed) > 1 and signed[-1] == 0:
        signed.pop()
    found = []
    root, largest = 1, betti[1] if len(betti) > 1 else 0
    while len(signed) > 1:
        quotient = [signed[0]]
        for coefficient in signed[1:]:
            quotient.append(coefficient + root * quotient[-1])
        if quotient[-1] == 0:
            found.append(root)
            signed = quotient[:-1]
        elif root < largest:
            root += 1
        else:
            return None
    return tuple(found)

"""Trees of cones for several outputs: a bound proved over all patterns, without a list of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

import arrangements as ar
from convex_program.claim import ConeClaim, Level
from convex_program.errors import ClaimError
from convex_program.evidence.base import Recorded, Unlisted
from convex_program.evidence.lines import Setting
from convex_program.evidence.vector_lines import PreparedMatrix
from convex_program.evidence.vector_reader import VectorReader
from convex_program.exact_problem import ExactProblem


@final
@dataclass(frozen=True, eq=False)
class VectorConeTree(Unlisted):
    """Cones that cover space, each shown to exceed no level: proved.

    Parameters
    ----------
    setting : Setting
        Grid, basis and merged rows.
    tree : bytes
        All trees, as `docs/reference/claims.md` has them.
    bar : Fraction
        The level T, positive, in units of the grid.
    most : int
        A bound of the number of patterns (Cover's): none of them is listed.
    lengths : tuple of int, or None
        How many bytes each tree has, if that is said: it must be so.

    Notes
    -----
    *Exactness.* What a file proves is decided in integers: floats only where their error bound leaves no doubt.

    *Cost.* About as long as writing the trees; what was found for a problem and a vector is kept.
    """

    setting: Setting
    tree: bytes
    bar: Fraction
    most: int
    lengths: tuple[int, ...] | None = None
    _found: list[tuple[ExactProblem, tuple[float, ...], Fraction]] = field(
        default_factory=list, init=False, repr=False
    )

    def square(self, problem: ExactProblem, vector: Sequence[float]) -> Fraction | None:
        """Return the square of the bound H that the trees prove.

        Raises
        ------
        ClaimError
            When a leaf does not hold, the bytes are not whole trees, or not as long as is said.
        """
        asked = tuple(vector)
        for known, values, square in self._found:
            if known is problem and values == asked:
                return square
        return self.check(problem, asked)

    def check(
        self,
        problem: ExactProblem,
        vector: tuple[float, ...],
        watch: Callable[[int], None] | None = None,
    ) -> Fraction:
        """Check all trees as `square` does, whatever was found before.

        Parameters
        ----------
        problem : ExactProblem
        vector : tuple of n c floats
        watch : function of the number of bytes checked, optional
            Called now and then; it may raise.
        """
        found = self._checked(problem, vector, watch or _unwatched) ** 2
        self._found[:] = [(problem, vector, found)]
        return found

    def _checked(
        self, problem: ExactProblem, vector: Sequence[float], watch: Callable[[int], None]
    ) -> Fraction:
        """Check all trees; return H."""
        if self.bar <= 0:
            raise ClaimError(f"the level {self.bar} of the trees is not positive")
        prepared = PreparedMatrix(problem, vector, self.setting)
        place, lengths, rounding = 0, [], Fraction(0)
        for question in prepared.matrix_questions() if prepared.rank else ():
            rounding = max(rounding, question.rounding)
            reader = VectorReader(question, self.bar, prepared.metric, self.tree, watch)
            for number in range(2**question.rank):
                begin = place
                place = reader.check(begin, number)
                lengths.append(place - begin)
        if place != len(self.tree):
            raise ClaimError("the trees go on after their last leaf")
        if self.lengths is not None and list(self.lengths) != lengths:
            raise ClaimError("the trees are not as long as the claim says")
        return prepared.bound_at(self.bar if lengths else Fraction(0), rounding)

    @property
    def level(self) -> Level:
        """Proved: integers, and nothing believed."""
        return Level.PROVED

    def record(self) -> Recorded:
        """Return the trees."""
        setting = self.setting
        assert setting.grid is not None  # noqa: S101 - chosen before anything was written
        return Recorded(
            cones=ConeClaim(
                setting.grid, setting.basis, setting.merged, self.tree, self.lengths, self.bar
            )
        )


def _unwatched(_: int) -> None:
    """Let whoever does not watch wait."""


def vector_cone_tree(problem: ExactProblem, claim: ConeClaim) -> VectorConeTree:
    """Return the evidence of a claim; nothing is checked before it is asked for a bound."""
    if claim.level is None:
        raise ClaimError("the claim does not say what level its trees keep to")
    data = ar.Arrangement(ar.DataMatrix.from_array(problem.features))
    setting = Setting(claim.grid, claim.basis, claim.merged)
    return VectorConeTree(setting, claim.tree, claim.level, ar.cover_number(data), claim.lengths)

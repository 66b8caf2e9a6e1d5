"""The infimum of a loss without weight decay, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from convex_program.claim import Level
from convex_program.errors import ClaimError
from convex_program.fit import Fit
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.rounding import relative_gap, round_down, round_up
from convex_program.undecayed.minimum import InfimumEvidence, is_endless
from convex_program.undecayed.neurons import network_through
from convex_program.undecayed.space import ReachableSpace, Tie
from convex_program.undecayed.words import are_enough, count, listed, objective_words

_FAR = 40
"""How far along an escape a network is taken: losses there are below exp(-40)."""
_LARGEST = 2**500
_SHOWN = 3
"""So many equations are written out."""
_WIDEST = 2000
"""Wider networks are not built: the matrix of their outputs is factored."""


@dataclass(frozen=True, eq=False, repr=False)
class UndecayedOptimum:
    """The infimum of a loss without weight decay over networks of every width.

    Both bounds are evaluated from the evidence, which is checked when the record is made.

    Parameters
    ----------
    problem : TrainingProblem
        With beta = 0.
    space : ReachableSpace
        What networks reach on its data.
    evidence : InfimumEvidence
        Outputs that are reached, a dual vector that is orthogonal to all outputs, and an escape.

    Raises
    ------
    ClaimError
        When the evidence is not what it should be.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[1.0], [1.0]], [0.0, 1.0], beta=0)  # one row, two targets
    >>> best = cx.undecayed_optimum(problem)
    >>> best.exact_upper, best.is_exact
    (Fraction(1, 4), True)
    """

    problem: TrainingProblem
    space: ReachableSpace
    evidence: InfimumEvidence

    def __post_init__(self) -> None:
        """Check the evidence exactly."""
        space, evidence = self.space, self.evidence
        for name, vector in (("outputs", evidence.outputs), ("escape", evidence.escape)):
            if broken := space.contradiction(vector):
                raise ClaimError(f"the {name} are not reached by networks: they break {broken}")
        if not space.is_orthogonal(evidence.dual):
            raise ClaimError("the dual vector is not orthogonal to what networks reach")
        pairs = zip(evidence.escape, self.problem.exact_targets, self._weights, strict=True)
        if any(s and y * move < 0 for move, y, s in pairs):
            raise ClaimError("the loss grows along the escape")
        if self.escaping and not is_endless(self.problem.fit.loss):
            raise ClaimError(f"{self.problem.loss!r} attains its least value; nothing escapes")
        if self.exact_upper is None and not self._dual_value() > 0:
            raise ClaimError("nothing shows that no network passes through the targets")

    @property
    def _weights(self) -> tuple[Fraction, ...]:
        count = len(self.problem.exact_targets)
        return self.problem.fit.exact_weights or (Fraction(1),) * count

    @property
    def escaping(self) -> tuple[int, ...]:
        """The rows whose loss networks make as small as one likes, and never zero."""
        pairs = zip(self.evidence.escape, self._weights, strict=True)
        return tuple(i for i, (move, s) in enumerate(pairs) if move and s)

    def _dual_value(self) -> Fraction:
        value = self.problem.fit.exact_dual(self.evidence.dual)
        return Fraction(0) if value is None else value

    @cached_property
    def contradiction(self) -> Tie | None:
        """An equation that all networks obey and the targets break, on rows that count; None if there is none."""
        targets = self.problem.exact_targets
        idle = {row for row, weight in enumerate(self._weights) if not weight}
        for tie in self.space.ties:
            if idle.isdisjoint(tie.rows) and tie.value(targets):
                return tie
        if not idle or not any(self.evidence.dual):
            return None
        return Tie.integral([(i, v) for i, v in enumerate(self.evidence.dual) if v])

    @property
    def is_finite(self) -> bool:
        """Whether any network has a finite loss; without it nothing passes through the data."""
        return self.exact_upper is not None

    @cached_property
    def exact_lower(self) -> Fraction | None:
        """A number that no network is below; None when no network has a finite loss."""
        if self.exact_upper is None:
            return None
        return max(Fraction(0), self._dual_value())

    @cached_property
    def exact_upper(self) -> Fraction | None:
        """A number that networks reach, or come as close to as one likes; None when infinite."""
        gone = set(self.escaping)
        weights = tuple(Fraction(0) if i in gone else s for i, s in enumerate(self._weights))
        fit = self.problem.fit
        return Fit(fit.loss, fit.exact_targets, weights).exact_value(self.evidence.outputs)

    @property
    def is_exact(self) -> bool:
        """Whether both bounds are the same rational number."""
        return self.exact_lower == self.exact_upper

    @property
    def lower(self) -> float:
        """The lower bound, rounded down."""
        return float("inf") if self.exact_lower is None else round_down(self.exact_lower)

    @property
    def upper(self) -> float:
        """The upper bound, rounded up."""
        return float("inf") if self.exact_upper is None else round_up(self.exact_upper)

    @property
    def gap(self) -> float:
        """Upper less lower bound, rounded up; 0 when the infimum is known exactly."""
        if self.exact_upper is None or self.exact_lower is None:
            return 0.0
        return round_up(self.exact_upper - self.exact_lower)

    @property
    def relative_gap(self) -> float:
        """Gap over upper bound, rounded up; 0 when the infimum is known exactly."""
        if self.exact_upper is None or self.exact_lower is None:
            return 0.0
        return relative_gap(self.exact_upper, self.exact_lower)

    @property
    def level(self) -> Level:
        """Proved: both bounds are rational arithmetic."""
        return Level.PROVED

    @cached_property
    def is_attained(self) -> bool | None:
        """Whether some network reaches the infimum; None when that is not known.

        Notes
        -----
        Losses made of lines and squares attain their infimum over a linear space.  The logistic loss
        falls strictly along an escape; when every dual entry is strictly inside its interval there is none:
        v.s = 0 and ``v_i s_i >= 0`` leave s = 0.
        """
        if self.exact_upper is None or self.escaping:
            return False
        if not is_endless(self.problem.fit.loss):
            return True
        pairs = zip(self.evidence.dual, self._weights, strict=True)
        return True if all(v for v, s in pairs if s) else None

    @property
    def width(self) -> int:
        """A number of neurons that is enough for every outputs that are reached at all."""
        return self.space.width

    @cached_property
    def network(self) -> Network | None:
        """A network of at most that many neurons near the infimum; its weights are rounded.

        None when no network has a finite loss, when it would have more than 2,000 neurons, or when
        its outputs are too large for floats (data of very different sizes may ask for that).
        """
        if self.exact_upper is None or self.width > _WIDEST:
            return None
        aim = self._aim()
        if any(abs(z) > _LARGEST for z in aim):
            return None
        return network_through(self.problem, self.space, aim)

    def _aim(self) -> list[Fraction]:
        """Return outputs for the network: with a margin where the loss leaves room."""
        outputs, escape = list(self.evidence.outputs), self.evidence.escape
        if self.escaping:
            far = _FAR + max(abs(outputs[i]) for i in self.escaping)
            step = far / min(abs(escape[i]) for i in self.escaping)
            return [z + step * move for z, move in zip(outputs, escape, strict=True)]
        wider = [2 * z for z in outputs]
        fit = self.problem.fit
        before, after = fit.exact_value(outputs), fit.exact_value(wider)
        return wider if before == after else outputs

    @cached_property
    def network_objective(self) -> Fraction | None:
        """The loss of that network, for its weights as stored; None when infinite or not built."""
        return None if self.network is None else self.problem.exact_objective(self.network)

    def summary(self) -> str:
        """Say in a few lines what is reached, by what, and what is not known."""
        lines = [*self._infimum(), self._reach()]
        return "\n".join([*lines, self.problem.remark] if self.problem.remark else lines)

    def _infimum(self) -> list[str]:
        name, enough = objective_words(self.problem), f"{are_enough(self.width)}"
        if self.exact_upper is None:
            return [self._refusal()]
        known = "proved, exact" if self.is_exact else f"proved to lie at most {self.gap:.2g} below"
        first = f"Infimum without weight decay  {self.upper:.12g}  ({name}; {known})"
        narrower = "What narrower networks reach is not claimed."
        if self.is_attained is None:
            return [first, "Whether a network attains it is not known."]
        if self.is_attained:
            return [first, f"It is attained: {enough}. {narrower}"]
        rows = f"{count(len(self.escaping), 'row')} ({listed(self.escaping)})"
        return [
            first,
            f"It is not attained: the loss of {rows} falls without end as weights grow.",
            f"To come as close as one likes {enough}. {narrower}",
        ]

    def _refusal(self) -> str:
        broken = self.contradiction
        if broken is None:
            return "No network of any width passes through the data."
        return (
            f"No network of any width passes through the data: rows {listed(broken.rows)} contradict "
            f"each other. {broken} for every network, and not for the targets."
        )

    def _reach(self) -> str:
        space = self.space
        if space.is_everything:
            return f"Networks reach any outputs whatever on the {count(space.rows, 'row')}."
        shown = "; ".join(str(tie) for tie in space.ties[:_SHOWN])
        more = len(space.ties) - _SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        return (
            f"Networks reach a space of dimension {space.dimension} on {count(space.rows, 'row')}: "
            f"{shown}{rest}."
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        broken = self.contradiction
        return {
            "lower": None if self.exact_lower is None else self.lower,
            "upper": None if self.exact_upper is None else self.upper,
            "exact": self.is_exact and self.is_finite,
            "gap": self.gap,
            "level": self.level.value,
            "attained": self.is_attained,
            "width_enough": self.width,
            "dimension": self.space.dimension,
            "rows": self.space.rows,
            "ties": len(self.space.ties),
            "contradiction": None if broken is None else str(broken),
            "remark": self.problem.remark,
        }

    def __repr__(self) -> str:
        """One line: bounds, attained or not, width."""
        return (
            f"UndecayedOptimum(lower={self.lower:.12g}, upper={self.upper:.12g}, "
            f"attained={self.is_attained}, width={self.width})"
        )

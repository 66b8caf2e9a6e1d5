"""What networks of any width reach without weight decay, and where a given one stands."""

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
from convex_program.rounding import round_down, round_up
from convex_program.undecayed.minimum import Evidence, is_endless
from convex_program.undecayed.neurons import network_through
from convex_program.undecayed.space import ReachableSpace, Tie

_FAR = 40
"""How far along an escape a network is taken: losses there are below exp(-40)."""

_WORDS = {"squared": "half the sum of squared errors"}


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
    evidence : Evidence
        Outputs that are reached, a dual vector that is orthogonal to all outputs, and an escape.

    Raises
    ------
    ClaimError
        When the evidence is not what it should be.
    """

    problem: TrainingProblem
    space: ReachableSpace
    evidence: Evidence

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
        if self.escaping and not is_endless(self.problem.loss):
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
        if not is_endless(self.problem.loss):
            return True
        pairs = zip(self.evidence.dual, self._weights, strict=True)
        return True if all(v for v, s in pairs if s) else None

    @property
    def width(self) -> int:
        """A number of neurons that is enough for every outputs that are reached at all."""
        return self.space.width

    @cached_property
    def network(self) -> Network:
        """A network of at most that many neurons near the infimum; its weights are rounded."""
        return network_through(self.problem, self.space, self._aim())

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
        """The loss of that network, for its weights as stored; None when infinite."""
        return self.problem.exact_objective(self.network)

    def summary(self) -> str:
        """Say in a few lines what is reached, by what, and what is not known."""
        lines = [self._infimum(), self._reach()]
        if self.problem.remark:
            lines.append(self.problem.remark)
        return "\n".join(lines)

    def _infimum(self) -> str:
        name = objective_words(self.problem)
        broken = self.contradiction
        if broken is not None and not self.is_finite:
            left = float(broken.value(self.problem.exact_targets))
            return (
                f"No network of any width passes through the data: {broken} for all of them, and "
                f"the targets make the left side {left:.6g} (rows {_listed(broken.rows)})."
            )
        if self.is_exact:
            start = f"Infimum without weight decay  {self.upper:.12g}  ({name}; proved, exact)"
        else:
            start = (
                f"Infimum without weight decay  between {self.lower:.12g} and {self.upper:.12g}  "
                f"({name}; both proved, gap {self.gap:.3g})"
            )
        if self.is_attained:
            return f"{start}\nIt is attained: {self._enough()}."
        if self.is_attained is None:
            return f"{start}\nWhether it is attained is not known."
        return (
            f"{start}\nIt is not attained: on {_rows(self.escaping)} the loss falls without end as "
            f"weights grow; {self._enough()} to come as close as one likes."
        )

    def _enough(self) -> str:
        return (
            f"{_neurons(self.width)} enough; what narrower networks reach is not claimed"
        )

    def _reach(self) -> str:
        space = self.space
        if space.is_everything:
            return f"Networks reach any outputs whatever on these {space.rows} rows."
        shown = "; ".join(str(tie) for tie in space.ties[:3])
        more = f"; and {len(space.ties) - 3} more" if len(space.ties) > 3 else ""  # noqa: PLR2004
        return (
            f"Networks reach a space of dimension {space.dimension} on {space.rows} rows: "
            f"{shown}{more}."
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


@dataclass(frozen=True, eq=False, repr=False)
class UndecayedVerdict:
    """Where a network stands beside the infimum over all widths.

    Parameters
    ----------
    network : Network
    optimum : UndecayedOptimum
    """

    network: Network
    optimum: UndecayedOptimum

    @cached_property
    def exact_objective(self) -> Fraction | None:
        """The loss of the network, for its weights as stored; None when infinite."""
        return self.optimum.problem.exact_objective(self.network)

    @property
    def objective(self) -> float:
        """The loss of the network, rounded up."""
        exact = self.exact_objective
        return float("inf") if exact is None else round_up(exact)

    @property
    def distance(self) -> float:
        """How far the network is above the infimum, at most: rounded up."""
        exact, lower = self.exact_objective, self.optimum.exact_lower
        if exact is None or lower is None:
            return float("inf")
        return round_up(exact - lower)

    def summary(self) -> str:
        """Say in a few lines how far the network is from what any width reaches."""
        optimum = self.optimum
        name = objective_words(optimum.problem)
        active = len(self.network.active())
        lines = [f"Objective of the network      {self.objective:.12g}  ({name}; {active} active neurons)"]
        lines.append(optimum.summary())
        if self.exact_objective is None or optimum.exact_upper is None:
            return "\n".join(lines)
        lines.append(f"Distance of the network       {self.distance:.6g}")
        if self.exact_objective > optimum.exact_upper:
            lines.append(self._about_width())
        return "\n".join(lines)

    def _about_width(self) -> str:
        enough, width = self.optimum.width, self.network.width
        if width < enough:
            return (
                f"This network has {_counted(width)}, {enough} are enough: whether one of its width comes "
                "closer is not known."
            )
        return f"This network has {_counted(width)}, which is enough: what it lacks is training, not width."

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {
            "objective": None if self.exact_objective is None else self.objective,
            "distance": None if self.exact_objective is None else self.distance,
            "neurons": len(self.network.active()),
            "optimum": self.optimum.to_json(),
        }

    def __repr__(self) -> str:
        """One line: the network's objective and its distance."""
        return f"UndecayedVerdict(objective={self.objective:.12g}, distance={self.distance:.6g})"


def objective_words(problem: TrainingProblem) -> str:
    """Name the objective in words."""
    name = problem.loss.name
    words = _WORDS.get(name, f"sum of {name} losses")
    return f"weighted {words}" if problem.fit.exact_weights else words


def _counted(count: int) -> str:
    return f"{count} neuron{'' if count == 1 else 's'}"


def _neurons(count: int) -> str:
    return f"{_counted(count)} {'is' if count == 1 else 'are'}"


def _rows(rows: tuple[int, ...]) -> str:
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'} ({_listed(rows)})"


def _listed(rows: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, rows[:8]))
    return f"{shown}, ..." if len(rows) > 8 else shown  # noqa: PLR2004 - enough to find them

"""What a regularization path leaves: optima in order, and bounds between them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import arrangements as ar
from convex_program.claim import Level
from convex_program.errors import ArgumentError
from convex_program.exact_problem import squared_weights
from convex_program.optimum import GlobalOptimum
from convex_program.problem import network_claim
from convex_program.rounding import round_down, round_up
from convex_program.solution import Status

FloatVector = npt.NDArray[np.float64]

_COLUMNS = (
    "beta",
    "upper",
    "lower",
    "relative_gap",
    "level",
    "neurons",
    "loss",
    "penalty",
    "status",
)
"""Of the CSV table."""


class PathStatus(Enum):
    """How far a path came; what it holds is valid in every case.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.regularization_path([[-1.0], [1.0]], [1.0, 2.0], [2.0, 1.0]).status
    <PathStatus.COMPLETE: 'every value of beta was solved'>
    """

    COMPLETE = "every value of beta was solved"
    TIME_LIMIT = "a time limit ended a search; more time may narrow the gap there"
    INTERRUPTED = "stopped by Ctrl-C; what was done until then is kept"


@dataclass(frozen=True, eq=False, repr=False)
class RegularizationPath:
    """Certified optima of one training problem for decreasing beta; a sequence of them.

    Parameters
    ----------
    optima : tuple of GlobalOptimum
        At least one, beta decreasing; nothing but beta differs between their problems.
    remaining : tuple of float
        The values of beta that were not reached, decreasing.

    Raises
    ------
    ArgumentError
        When the optima are not in this order.

    Notes
    -----
    The optimal value is a minimum over networks of ``loss + beta penalty``: concave in beta
    and nondecreasing.  So the optima bound it between them, too: see `lower_at` and `upper_at`.

    Examples
    --------
    >>> import convex_program as cx
    >>> path = cx.regularization_path([[-1.0], [1.0]], [1.0, 2.0], [2.0, 1.0, 0.5])
    >>> path.betas.tolist(), path.widths.tolist()
    ([2.0, 1.0, 0.5], [0, 1, 2])
    """

    optima: tuple[GlobalOptimum, ...]
    remaining: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not in order."""
        values = [_beta(best) for best in self.optima]
        if not values or any(a <= b for a, b in pairwise(values)):
            raise ArgumentError("optima: a path is one optimum or more, beta decreasing")

    def __len__(self) -> int:
        """Return the number k of optima."""
        return len(self.optima)

    def __iter__(self) -> Iterator[GlobalOptimum]:
        """Iterate over the optima, largest beta first."""
        return iter(self.optima)

    def __getitem__(self, index: int) -> GlobalOptimum:
        """Return one optimum."""
        return self.optima[index]

    @property
    def status(self) -> PathStatus:
        """How far the path came."""
        if self.remaining or self.optima[-1].status is Status.INTERRUPTED:
            return PathStatus.INTERRUPTED
        if any(best.status is Status.TIME_LIMIT for best in self.optima):
            return PathStatus.TIME_LIMIT
        return PathStatus.COMPLETE

    @property
    def stopped(self) -> bool:
        """Whether a time limit or Ctrl-C cut anything short; the bounds hold all the same."""
        return self.status is not PathStatus.COMPLETE

    @property
    def level(self) -> Level:
        """How much is known of the lower bounds: the least of what their optima say."""
        return max((best.level for best in self.optima), key=list(Level).index)

    @cached_property
    def betas(self) -> FloatVector:
        """The weight decays that were solved for, decreasing, shape (k,)."""
        return _read_only([best.problem.decay for best in self.optima])

    @cached_property
    def upper(self) -> FloatVector:
        """The objectives of the networks, rounded up, shape (k,)."""
        return _read_only([best.upper for best in self.optima])

    @cached_property
    def lower(self) -> FloatVector:
        """The bounds on every network, rounded down, shape (k,)."""
        return _read_only([best.lower for best in self.optima])

    @cached_property
    def relative_gaps(self) -> FloatVector:
        """The relative gaps, rounded up, shape (k,)."""
        return _read_only([best.relative_gap for best in self.optima])

    @cached_property
    def widths(self) -> npt.NDArray[np.int64]:
        """The numbers of active neurons, shape (k,)."""
        widths = np.array([len(best.network.active()) for best in self.optima], dtype=np.int64)
        widths.setflags(write=False)
        return widths

    @cached_property
    def losses(self) -> FloatVector:
        """The losses of the networks, shape (k,): their objectives without weight decay."""
        return _read_only([round_up(loss) for loss, _ in self._parts])

    @cached_property
    def penalties(self) -> FloatVector:
        """Half the sums of squared weights, shape (k,): what beta multiplies in the objective.

        A decayed output bias is one of the weights.
        """
        return _read_only([round_up(penalty) for _, penalty in self._parts])

    def lower_at(self, beta: Any) -> float:
        """Return a bound on every network at any beta between the largest and the smallest.

        Parameters
        ----------
        beta : number or text
            Read exactly.

        Raises
        ------
        ArgumentError
            When beta is outside the path.

        Notes
        -----
        The optimal value is concave in beta, hence above the chord between two of its bounds.
        The level is the weaker one of theirs.
        """
        value = self._inside(beta)
        for above, below in pairwise(self.optima):
            if value >= _beta(below):
                part = (value - _beta(below)) / (_beta(above) - _beta(below))
                return round_down(part * above.exact_lower + (1 - part) * below.exact_lower)
        return self.optima[-1].lower

    def upper_at(self, beta: Any) -> float:
        """Return the least objective at any such beta among the networks of the path.

        Parameters
        ----------
        beta : number or text
            Read exactly.

        Raises
        ------
        ArgumentError
            When beta is outside the path.
        """
        value = self._inside(beta)
        return round_up(min(loss + value * penalty for loss, penalty in self._parts))

    def summary(self) -> str:
        """Say in a table what was found for each beta."""
        worst = max(self.optima, key=lambda best: best.relative_gap)
        values = f"{len(self)} value{'s' * (len(self) > 1)} of beta"
        lines = [
            f"{values}, relative gap at most {worst.relative_gap:.2g}, {self.level.value}.",
            "       beta         objective  no network below        loss  neurons      gap",
        ]
        for best, loss, width in zip(self.optima, self.losses, self.widths, strict=True):
            bounds = f"{best.upper:>18.12g}{best.lower:>18.12g}"
            cut = "  cut short" if best.stopped else ""
            lines.append(
                f"{best.problem.decay:>11.5g}{bounds}{loss:>12.6g}{width:>9,}"
                f"{best.relative_gap:>9.1e}{cut}"
            )
        if self.stopped:
            lines.append(f"The path was not finished: {self.status.value}.")
        if self.remaining:
            lines.append(f"Missing: {', '.join(f'{beta:.6g}' for beta in self.remaining)}.")
        remark = self.optima[0].problem.remark
        return "\n".join([*lines, remark] if remark else lines)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        rows = zip(self.optima, self.losses.tolist(), self.penalties.tolist(), strict=True)
        return {
            "status": self.status.name.lower(),
            "remaining": list(self.remaining),
            "path": [
                {
                    "beta": best.problem.decay,
                    **best.to_json(),
                    "loss": loss,
                    "penalty": penalty,
                }
                for best, loss, penalty in rows
            ],
        }

    def to_csv(self) -> str:
        """Return a table as CSV text with a header, one line for each beta."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, _COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.to_json()["path"])
        return stream.getvalue()

    def save_csv(self, path: str | Path) -> None:
        """Write the table to a CSV file, whole or not at all."""
        with ar.atomic_write(path) as stream:
            stream.write(self.to_csv().encode())

    @cached_property
    def _parts(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """Loss and penalty of every network, exactly."""
        parts = []
        for best in self.optima:
            penalty = _penalty(best)
            parts.append((best.exact_upper - _beta(best) * penalty, penalty))
        return tuple(parts)

    def _inside(self, beta: Any) -> Fraction:
        value = replace(self.optima[0].problem, beta=beta).exact_beta
        if not _beta(self.optima[-1]) <= value <= _beta(self.optima[0]):
            raise ArgumentError(
                f"beta = {beta!r} is outside the path, which goes from {self.betas[0]:g} to "
                f"{self.betas[-1]:g}; use global_optimum there"
            )
        return value

    def __repr__(self) -> str:
        """One line: how many, from where to where, how well."""
        return (
            f"RegularizationPath({len(self)} optima, beta={self.betas[0]:g} to "
            f"{self.betas[-1]:g}, relative_gap<={self.relative_gaps.max():.2g}, "
            f"{self.status.name})"
        )


def _beta(best: GlobalOptimum) -> Fraction:
    return best.problem.exact_beta


def _penalty(best: GlobalOptimum) -> Fraction:
    """Return what beta multiplies, exactly."""
    network = best.network
    squares = squared_weights(network_claim(network), best.problem.gauge.decayed)
    biases = map(Fraction, network.constants.tolist())
    penalty = best.problem.output_bias.exact_penalty
    return squares / 2 + sum((penalty(bias, Fraction(1)) for bias in biases), Fraction(0))


def _read_only(values: list[float]) -> FloatVector:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array

"""Words of the summaries."""

from __future__ import annotations

from convex_program.problem import TrainingProblem

_OBJECTIVES = {
    "squared": "half the sum of squared errors",
    "interpolation": "0 where a network passes through the data",
}
_LISTED = 8


def objective_words(problem: TrainingProblem) -> str:
    """Name the objective."""
    name = problem.loss.name
    words = _OBJECTIVES.get(name, f"sum of {name} losses")
    return f"{words}, weighted" if problem.fit.exact_weights else words


def count(number: int, noun: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def are_enough(neurons: int) -> str:
    """Return "1 neuron is enough", "2 neurons are enough"."""
    return f"{count(neurons, 'neuron')} {'is' if neurons == 1 else 'are'} enough"


def listed(rows: tuple[int, ...]) -> str:
    """Return the first few numbers of rows."""
    shown = ", ".join(map(str, rows[:_LISTED]))
    return f"{shown}, ..." if len(rows) > _LISTED else shown

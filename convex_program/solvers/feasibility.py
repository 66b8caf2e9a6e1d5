"""How nearly blocks of the convex program keep their cones: counted exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from convex_program.program import ConvexProgram
from convex_program.rounding import root_down, root_up, round_up
from convex_program.solution import Solution


@dataclass(frozen=True, slots=True)
class Feasibility:
    """What a solver's blocks violate, for their weights as stored.

    Parameters
    ----------
    blocks : int
        Blocks that are not zero.
    outside : int
        Those of them outside their cone.
    violation : float
        How far the farthest of them is beyond one of its walls, ``-(2 D - 1) x.u / |x|``, as a part of the sum
        of all lengths, rounded up; 0 when all are inside.

    Examples
    --------
    >>> Feasibility(blocks=3, outside=0, violation=0.0).kept
    True
    """

    blocks: int
    outside: int
    violation: float

    @property
    def kept(self) -> bool:
        """Whether every block is in its cone, exactly."""
        return self.outside == 0

    def __repr__(self) -> str:
        """One line: how many are outside, and how far."""
        return (
            f"Feasibility({self.outside} of {self.blocks} blocks outside their cones, "
            f"by at most {self.violation:.2g})"
        )


def examine_blocks(program: ConvexProgram, solution: Solution) -> Feasibility:
    """Say exactly how many blocks are outside their cones, and by how much.

    Parameters
    ----------
    program : ConvexProgram
    solution : Solution
        Of a solver for that program.

    Notes
    -----
    *Exactness.* Rational arithmetic; only the square root at the end is rounded, upwards.  A block outside its cone
    makes the *program's* value no bound.  The network made of the blocks is one: its objective is its own, whatever
    cells its neurons are in.

    Examples
    --------
    >>> import arrangements as ar, convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> program = cx.ConvexProgram(problem, ar.enumerate_patterns(problem.arrangement))
    >>> cx.examine_blocks(program, cx.ADMM().solve(program)).kept
    True
    """
    data = program.problem.data
    squares = [sum((t * t for t in row), Fraction(0)) for row in data.fractions]
    blocks = outside = 0
    worst, total = Fraction(0), Fraction(0)
    for side in (solution.positive, solution.negative):
        used = np.flatnonzero(side.any(axis=1))
        signs = data.signs(side[used])
        wrong = np.where(program.activations[used], signs < 0, signs > 0)
        blocks += len(used)
        outside += int(wrong.any(axis=1).sum())
        for index, rows in zip(used.tolist(), wrong, strict=True):
            vector = [Fraction(t) for t in side[index].tolist()]
            total += Fraction(root_down(sum((t * t for t in vector), Fraction(0))))
            for k in np.flatnonzero(rows).tolist():
                product = sum(
                    (a * b for a, b in zip(data.fractions[k], vector, strict=True)), Fraction(0)
                )
                worst = max(worst, product * product / squares[k])
    violation = Fraction(root_up(worst)) / total if worst else Fraction(0)
    return Feasibility(blocks, outside, round_up(violation))

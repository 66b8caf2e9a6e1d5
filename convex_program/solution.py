"""What a solver of the convex program returns: blocks, dual, status, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float64]
FloatVector = npt.NDArray[np.float64]


class Status(Enum):
    """What the returned blocks mean."""

    OPTIMAL = "solved to the solver's tolerance"
    INACCURATE = "solved to a reduced tolerance; the certificate says how well"


@dataclass(frozen=True, eq=False)
class Solution:
    """Blocks of the convex program, as a solver left them: numerical, not certified.

    Parameters
    ----------
    positive : (P, q) float64
        The blocks u_i.
    negative : (P, q) float64
        The blocks v_i.
    output_bias : float
    dual : (n,) float64
        ``-grad f`` at the fit: the candidate for a certificate.
    objective : float
        Value of the program at the blocks.
    status : Status
    iterations : int
    seconds : float
    solver : str
        Name and version.
    """

    positive: FloatMatrix
    negative: FloatMatrix
    output_bias: float
    dual: FloatVector
    objective: float
    status: Status
    iterations: int
    seconds: float
    solver: str

    def __repr__(self) -> str:
        """One line: value, status, effort."""
        return (
            f"Solution(objective={self.objective:.9g}, {self.status.name}, "
            f"{self.iterations} iterations, {self.seconds:.2f} s, {self.solver})"
        )

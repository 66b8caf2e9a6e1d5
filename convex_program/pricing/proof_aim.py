"""What a proof by cones has to show, and when it is given up."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import arrangements as ar


@dataclass(frozen=True)
class ProofAim:
    """How sharp trees of cones have to be, and how much may be spent on them.

    Parameters
    ----------
    level : float
        No bound below it is wanted, of what neurons on the unit sphere put out along the vector.
    tolerance : float
        Relative excess allowed over the larger of `level` and the maximum.
    progress : Listener
    most_bytes : int, optional
        When to give up.
    deadline : float
        Reading of `time.perf_counter`.
    """

    level: float
    tolerance: float
    progress: ar.Listener = ar.silent
    most_bytes: int | None = None
    deadline: float = math.inf
    began: float = field(default_factory=time.perf_counter)

    def told(self, trees: int, total: int, cones: int, size: int) -> bool:
        """Report how far the writing is; whether to give up."""
        now = time.perf_counter()
        self.progress(
            ar.Progress(
                stage="proof",
                done=trees,
                total=total,
                noun="trees",
                seconds=now - self.began,
                note=f"{cones:,} cones, {size:,} bytes",
            )
        )
        return now > self.deadline or (self.most_bytes is not None and size > self.most_bytes)

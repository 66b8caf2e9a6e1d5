"""The order in which the orthants are searched: straight on, or rung by rung when that is long.

A depth-first search that is stopped leaves cones near its root open, and their bounds are
poor.  A *rung* asks an easier question of the same orthants, whether f stays below a higher
level; its answer is a bound for whoever is stopped later, and closes some orthants for good.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import arrangements as ar
from convex_program.pricing.base import PricingStatus
from convex_program.pricing.climb import FoundPoints
from convex_program.pricing.cone_search import Errand, OrthantSearch, Visit, visit

_BATCH = 32
"""Cones explored side by side; fixed, so that results do not depend on the executor."""
_FIRST_QUOTA = 4_000
"""Nodes per cone in the first round; it doubles every round."""
_LAST_QUOTA = 128_000
"""Up to this: threads that are interrupted finish their round."""
_LONG = 16_000
"""Nodes in a round after which few searches are divided, so that no worker waits for the longest."""
_CREW = 16
"""As many searches are wanted side by side; fixed, like the batch."""
_PART = 0.25
"""Part of the nodes or the time allowed that is spent straight on: what ends within it needs no
ladder, and neither does a search without limits."""
_HIGHEST = 10.0
"""Relative height of the first rung over the level wanted."""
_STEP = math.sqrt(10.0)
"""Each rung is lower by this factor."""
_ON = 4
"""After a rung, straight on for so many times its nodes: that may well be the end."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: a value above `enough`, that many nodes, the reading of the clock."""

    enough: float
    nodes: float
    deadline: float
    began: float


class Ladder:
    """State of a search over the orthants of both signs; mutable, never handed out.

    Parameters
    ----------
    jobs : list of OrthantSearch
        One for each orthant, at the level wanted.
    tolerance : float
        Their relative tolerance.
    climbed : list of FoundPoints
        Ends of local ascents; new ones are added.
    limits : Limits
    executor : Executor, optional

    Notes
    -----
    Incumbents are shared between rounds of a fixed number of nodes only: one core and two
    give the same answer, and so do two machines.  For the same reason a search that is long is
    divided by how many nodes it took, not by who waits for it.
    """

    def __init__(
        self,
        jobs: list[OrthantSearch],
        tolerance: float,
        climbed: list[FoundPoints],
        limits: Limits,
        executor: Executor | None,
    ) -> None:
        self.jobs, self.tolerance, self.climbed = jobs, tolerance, climbed
        self.limits = limits
        self._work: ar.Dispatcher[Errand, Visit] = ar.Dispatcher(visit, executor, ordered=False)
        self.value = max([0.0, *(end.value for end in climbed)])
        self.nodes = 0

    def search(self) -> None:
        """Go straight on for a part of the limits; then take a rung and go on again, longer."""
        limits = self.limits
        part = limits.began + _PART * (limits.deadline - limits.began)
        self._explore(self.jobs, most=_PART * limits.nodes, deadline=part)
        for height in self._heights():
            left = [job for job in self.jobs if not job.done]
            if not left or self._over(math.inf, limits.deadline):
                return
            floor = max(job.rows.to_outer(job.floor) for job in left)
            level = (1.0 + height) * max(self.value, floor)
            if all(job.bound <= level for job in left):
                continue
            before = self.nodes
            rung = [job.rung(height) for job in left]
            self._explore(rung)
            for job, easier in zip(left, rung, strict=True):
                job.learn(easier, self.value)
                if easier.planted:
                    self.climbed.append(easier.met)
            left = [job for job in left if not job.done]
            self._explore(left, most=_ON * (self.nodes - before))
        self._explore([job for job in self.jobs if not job.done])

    def status(self, floor: float) -> PricingStatus:
        """Say why the search stopped."""
        if all(job.done for job in self.jobs):
            level = max(floor, self.value) * (1.0 + self.tolerance)
            stuck = any(job.unresolved(level) for job in self.jobs)
            return PricingStatus.UNRESOLVED if stuck else PricingStatus.CLOSED
        if self.value > self.limits.enough:
            return PricingStatus.FOUND
        if time.perf_counter() >= self.limits.deadline:
            return PricingStatus.TIME_LIMIT
        return PricingStatus.NODE_LIMIT

    def _heights(self) -> Iterator[float]:
        height = _HIGHEST
        while height > _STEP * self.tolerance:
            yield height
            height /= _STEP

    def _over(self, most: float, deadline: float) -> bool:
        return (
            self.value > self.limits.enough
            or self.nodes >= min(most, self.limits.nodes)
            or time.perf_counter() >= deadline
        )

    def _explore(
        self, jobs: list[OrthantSearch], most: float = math.inf, deadline: float = math.inf
    ) -> None:
        """Search batch by batch; update value, nodes and ascents."""
        most = min(self.nodes + most, self.limits.nodes)
        deadline = min(deadline, self.limits.deadline)
        for first in range(0, len(jobs), _BATCH):
            batch = jobs[first : first + _BATCH]
            parts: list[tuple[OrthantSearch, OrthantSearch]] = []
            quota = _FIRST_QUOTA
            while batch and not self._over(most, deadline):
                share = quota if most == math.inf else min(quota, self._share(most, batch))
                before = sum(job.nodes for job in batch)
                errands = (
                    Errand(job, job.nodes + share, self.value, deadline - time.perf_counter())
                    for job in batch
                )
                for index, seen in self._work.run(errands):
                    batch[index].take(seen)
                self.nodes += sum(job.nodes for job in batch) - before
                best = max(batch, key=lambda job: job.incumbent)
                if best.incumbent > self.value:
                    end = best.climb(best.found[best.found_value > 0.0])
                    self.climbed.append(end)
                    self.value = max(best.incumbent, end.value)
                batch = [job for job in batch if not job.done]
                if quota >= _LONG:
                    new = _divided(batch)
                    batch += [part for _, part in new]
                    parts += new
                quota = min(2 * quota, _LAST_QUOTA)
            for whole, part in reversed(parts):
                whole.join(part)
                self.climbed.append(part.met)

    def _share(self, most: float, batch: list[OrthantSearch]) -> int:
        return math.ceil((most - self.nodes) / len(batch))


def _divided(batch: list[OrthantSearch]) -> list[tuple[OrthantSearch, OrthantSearch]]:
    """Divide searches until there are enough of them; return whom each new one came from."""
    parts = ((job, job.split()) for job in batch[: max(0, _CREW - len(batch))])
    return [(job, part) for job, part in parts if part is not None]

"""How likely a random neuron has a region's pattern: the Gaussian measure of the cone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from arrangements.arguments import whole_number
from arrangements.errors import ArgumentError
from arrangements.exact import IntegerMatrix, dot, exact_signs, square_root
from arrangements.progress import Listener, Meter, session_listener
from arrangements.region.record import Region

_LINE, _PLANE, _SPACE = 1, 2, 3
_ROUNDING = 2.0**-52
"""Bound on the error of one angle, in full turns of the sphere; see `gaussian_measure`."""
_SCALE = 2.0**40
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class FormulaMeasure:
    """The Gaussian measure of a region by a formula, rounded.

    Parameters
    ----------
    value : float
        Between 0 and 1.
    error : float
        A bound on the rounding error: 0 when `value` is exact.

    Examples
    --------
    >>> import arrangements as ar
    >>> octant = ar.region([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 1, 1])
    >>> measure = ar.gaussian_measure(octant)
    >>> abs(measure.value - 1 / 8) <= measure.error < 1e-14
    True
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class SampledMeasure:
    """An estimate of the Gaussian measure of a region by Monte Carlo: nothing is proved.

    Parameters
    ----------
    hits : int
        How many random weight vectors fell into the region.
    samples : int
        How many were drawn.
    seed : int
    confidence : float
        With at least this probability over seeds, `low` and `high` enclose the measure.
    low, high : float

    Examples
    --------
    >>> import arrangements as ar
    >>> octant = ar.region([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 1, 1])
    >>> measure = ar.sample_gaussian_measure(octant, samples=10_000, seed=0)
    >>> measure.low < 1 / 8 < measure.high
    True
    """

    hits: int
    samples: int
    seed: int
    confidence: float
    low: float
    high: float

    @property
    def estimate(self) -> float:
        """The share of hits."""
        return self.hits / self.samples


def gaussian_measure(region: Region) -> FormulaMeasure:
    """Return the probability of a region under standard Gaussian weights, up to rank three.

    Parameters
    ----------
    region : Region
        Of dimension 3 at most.

    Returns
    -------
    FormulaMeasure
        With a bound on its error.

    Raises
    ------
    ArgumentError
        When the region has a higher dimension, where no formula is elementary: use
        `sample_gaussian_measure`.

    Notes
    -----
    *Algorithm.* A half-line is half of its line; an angle its share of the circle; in three
    dimensions the k dihedral angles add up to ``(k - 2) pi`` plus the area on the sphere
    (Girard).  The angle between two facets with inner normals a and b is
    ``atan2(sqrt(|a|^2 |b|^2 - (a.b)^2), -a.b)``.

    *Exactness.* The two squares are exact rationals, rounded once; so with u = 2^-53 each
    argument of atan2 has a relative error of at most 2 u, which turns the angle by 2 u, and
    atan2 itself errs by at most an ulp, 4 u.  Six u an angle, the rounding of the sum and of
    multiples of pi make less than 12 u k radians, below k 2^-52 of the circle or sphere.

    *Growth.* ``n**2`` for n rows.

    *Reference.* Girard 1629.

    Examples
    --------
    >>> from arrangements.region.record import region
    >>> gaussian_measure(region([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [1, 1, 1])).value
    0.125
    """
    if region.dimension == 0:
        return FormulaMeasure(1.0, 0.0)
    if region.dimension == _LINE:
        return FormulaMeasure(0.5, 0.0)
    error = len(region.normals) * _ROUNDING
    if region.dimension == _PLANE:
        return FormulaMeasure(_angle(*region.normals) / (2 * math.pi), error)
    if region.dimension == _SPACE:
        pairs = [[g for g in region.normals if dot(g, ray) == 0] for ray in region.rays]
        angles = [_angle(*pair) for pair in pairs]
        area = math.fsum([*angles, -(len(angles) - 2) * math.pi])
        return FormulaMeasure(max(0.0, area / (4 * math.pi)), error)
    raise ArgumentError(
        f"region has dimension {region.dimension}, and formulas end at three; use "
        "sample_gaussian_measure"
    )


def _angle(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """Return the angle between two facets, seen from inside."""
    product, lengths = dot(a, b), dot(a, a) * dot(b, b)
    cosine = square_root(Fraction(product**2, lengths))
    sine = square_root(Fraction(lengths - product**2, lengths))
    return math.atan2(sine, -cosine if product > 0 else cosine)


def sample_gaussian_measure(
    region: Region,
    samples: int = 100_000,
    *,
    seed: int,
    confidence: float = 0.99,
    progress: Listener = session_listener,
) -> SampledMeasure:
    """Estimate the probability of a region under standard Gaussian weights by drawing some.

    Parameters
    ----------
    region : Region
    samples : int
        How many weight vectors to draw.
    seed : int
        Seed of numpy's default generator.
    confidence : float
        Of the interval, between 0 and 1.
    progress : Listener, optional
        Called with the number of vectors drawn.

    Returns
    -------
    SampledMeasure
        The count, and an interval that holds with the confidence asked for.

    Raises
    ------
    ArgumentError
        When `samples` is not positive or `confidence` not strictly between 0 and 1.

    Notes
    -----
    *Algorithm.* The interval is Chernoff's: all p with ``KL(hits / samples, p) <=
    log(2 / (1 - confidence)) / samples``.  It holds for every number of samples.

    *Exactness.* Signs are exact for the vectors drawn, which are multiples of 2^-40.

    *Growth.* ``n * r**2`` for n rows of rank r.

    *Reference.* Chernoff 1952; Hoeffding 1963.

    Examples
    --------
    >>> import arrangements as ar
    >>> quadrant = ar.region([[1, 0], [0, 1]], [True, True])
    >>> found = ar.sample_gaussian_measure(quadrant, samples=10_000, seed=0)
    >>> found.samples, found.low < 1 / 4 < found.high
    (10000, True)
    """
    if samples < 1:
        raise ArgumentError(f"samples = {samples}, but at least one vector must be drawn")
    if not 0 < confidence < 1:
        raise ArgumentError(f"confidence = {confidence} must lie strictly between 0 and 1")
    generator = np.random.default_rng(whole_number("seed", seed))
    meter = Meter(progress, "sampling", "weight vectors", samples)
    hits = 0
    for start in range(0, samples, _CHUNK):
        size = min(_CHUNK, samples - start)
        drawn = generator.standard_normal((size, region.arrangement.shape[1]))
        vectors: IntegerMatrix = np.rint(drawn * _SCALE).astype(np.int64)
        signs = exact_signs(vectors, region.normals)
        hits += int((signs > 0).all(axis=1).sum())
        meter.advance(size)
    meter.finish()
    share = hits / samples
    radius = math.log(2 / (1 - confidence)) / samples
    low = _where(share, 0.0, radius)
    high = _where(share, 1.0, radius)
    return SampledMeasure(hits, samples, seed, confidence, low, high)


def _where(share: float, end: float, radius: float) -> float:
    """Return where KL(share, p) reaches the radius between share and end, rounded outwards."""
    inside, outside = share, end
    if _divergence(share, end) <= radius:
        return end
    for _ in range(60):
        middle = (inside + outside) / 2
        if _divergence(share, middle) <= radius:
            inside = middle
        else:
            outside = middle
    return outside


def _divergence(q: float, p: float) -> float:
    """Return the Kullback-Leibler divergence between coins of probability q and p."""
    total = 0.0
    for here, there in ((q, p), (1 - q, 1 - p)):
        if here > 0:
            if there <= 0:
                return math.inf
            total += here * math.log(here / there)
    return total

"""Groups of signed permutations of hyperplanes that linear maps bring about."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from arrangements.arrangement import Arrangement
from arrangements.errors import ArgumentError
from arrangements.exact import rank


@dataclass(frozen=True)
class SignedPermutation:
    """Hyperplane i goes to hyperplane ``images[i]``, its positive side to the side ``signs[i]``.

    Parameters
    ----------
    images : tuple of m int
        A permutation of 0, ..., m - 1.
    signs : tuple of m int
        Each 1 or -1.

    Examples
    --------
    >>> import arrangements as ar
    >>> turn = ar.SignedPermutation(images=(1, 0), signs=(1, -1))  # a quarter turn of the plane
    >>> axes = ar.Arrangement([[1, 0], [0, 1]])
    >>> ar.Symmetries(axes, levels=((turn,),), sizes=(4,)).order
    4
    """

    images: tuple[int, ...]
    signs: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse what is no signed permutation."""
        m = len(self.images)
        if sorted(self.images) != list(range(m)):
            raise ArgumentError(f"images={self.images!r} is not a permutation of 0 to {m - 1}")
        if len(self.signs) != m or not set(self.signs) <= {1, -1}:
            raise ArgumentError(f"signs={self.signs!r}: give {m} signs, each 1 or -1")

    def __repr__(self) -> str:
        """One line: how many hyperplanes move."""
        moved = sum(i != image for i, image in enumerate(self.images))
        return f"SignedPermutation({moved} of {len(self.images)} hyperplanes move)"


@dataclass(frozen=True)
class Symmetries:
    """A group of linear maps that permute the hyperplanes of an arrangement.

    Parameters
    ----------
    arrangement : Arrangement
        Of the whole space.
    levels : tuple of tuples of SignedPermutation
        A chain of generators: those of level k and higher leave the first k of some
        hyperplanes, with their sides, where they are.  A single level is a plain list.
    sizes : tuple of int
        For each level the size of its orbit: how far the next fixed hyperplane, with its side,
        is moved.  Nothing is proved with them.
    complete : bool
        Whether the search went to its end.

    Notes
    -----
    *Exactness.* The constructor checks each generator.  Let X hold the first row of each
    hyperplane, and let ``S X`` be their images under a signed permutation: a linear map T with
    ``X T = S X`` exists exactly when X and ``[X, S X]`` have the same rank.

    Examples
    --------
    >>> import arrangements as ar
    >>> ar.find_symmetries([[1, 0], [0, 1]]).order  # those of a square
    8
    """

    arrangement: Arrangement
    levels: tuple[tuple[SignedPermutation, ...], ...]
    sizes: tuple[int, ...]
    complete: bool = True

    def __post_init__(self) -> None:
        """Check every generator exactly."""
        if not self.arrangement.domain.is_whole_space:
            raise ArgumentError(
                f"arrangement={self.arrangement!r}: symmetries are those of the whole space"
            )
        if len(self.sizes) != len(self.levels):
            raise ArgumentError(f"sizes={self.sizes!r}: give one for each of the levels")
        rows = hyperplane_rows(self.arrangement)
        for generator in self.generators:
            if len(generator.images) != len(rows):
                raise ArgumentError(
                    f"{generator!r} permutes {len(generator.images)} hyperplanes where the "
                    f"arrangement has {len(rows)}"
                )
            beside = [
                [*row, *(sign * entry for entry in rows[image])]
                for row, image, sign in zip(rows, generator.images, generator.signs, strict=True)
            ]
            if rank(beside) != self.arrangement.rank:
                raise ArgumentError(f"no linear map brings about {generator!r}")

    @property
    def generators(self) -> tuple[SignedPermutation, ...]:
        """All generators."""
        return tuple(generator for level in self.levels for generator in level)

    @property
    def order(self) -> int:
        """Number of elements, the opposite map among them; a lower bound unless complete."""
        return math.prod(self.sizes)

    def fixing(self, level: int) -> tuple[SignedPermutation, ...]:
        """Return the generators of the given level and higher."""
        return tuple(generator for each in self.levels[level:] for generator in each)

    def __repr__(self) -> str:
        """One line: the order and the number of generators."""
        order = f"order {self.order:,}" if self.complete else f"order {self.order:,} or more"
        return f"Symmetries({order}, {len(self.generators)} generators)"


def hyperplane_rows(arrangement: Arrangement) -> list[list[int]]:
    """Return the first row of each hyperplane in the data, all times one integer."""
    data = arrangement.data
    scales = [data.scales[index] for index in arrangement.representatives]
    common = math.lcm(*(scale.denominator for scale in scales))
    return [
        [int(scale * common) * data.integers[index][column] for column in arrangement.columns]
        for scale, index in zip(scales, arrangement.representatives, strict=True)
    ]


def opposite(m: int) -> SignedPermutation:
    """Return the map to the opposite, which is a symmetry of every arrangement."""
    return SignedPermutation(tuple(range(m)), (-1,) * m)


def orbits(m: int, generators: Sequence[SignedPermutation]) -> list[list[int]]:
    """Return the orbits of the hyperplanes 0, ..., m - 1, the smallest ones first."""
    left = set(range(m))
    found: list[list[int]] = []
    while left:
        orbit = [min(left)]
        left.discard(orbit[0])
        for point in orbit:
            for generator in generators:
                image = generator.images[point]
                if image in left:
                    left.discard(image)
                    orbit.append(image)
        found.append(sorted(orbit))
    return sorted(found, key=lambda orbit: (len(orbit), orbit))

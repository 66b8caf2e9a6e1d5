"""The characteristic polynomial, and what its value at 1 counts."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting.front import betti_numbers
from arrangements.errors import ArgumentError
from arrangements.extras import extra
from arrangements.progress import Listener, session_listener
from arrangements.units import Cone


def characteristic_polynomial(
    data: Any,
    *,
    within: Cone | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> Any:
    """Return the characteristic polynomial ``chi(t) = sum_F mu(F) t^(dim F)``.

    Parameters
    ----------
    data : Arrangement or array-like of shape (n, d)
    within, executor, progress
        As in `count_regions`: only flats F that meet the cone are summed.

    Returns
    -------
    sympy.Poly
        In t, over the integers, of degree d.

    Notes
    -----
    *Algorithm.* ``chi(t) = sum_k (-1)^k b_k t^(d - k)`` with the numbers b_k of
    `betti_numbers`.  Dimensions are those of linear subspaces: for the hyperplanes of
    `Arrangement.affine` chi(t) is t times the polynomial of the affine arrangement.

    *Exactness and cost.* Those of `count_regions`.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Zaslavsky 1975: ``|chi(-1)|`` is the number of regions.

    Examples
    --------
    >>> characteristic_polynomial([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    Poly(t**3 - 3*t**2 + 2*t, t, domain='ZZ')
    """
    with extra:
        import sympy

    betti = betti_numbers(data, within=within, executor=executor, progress=progress)
    signed = [-number if k % 2 else number for k, number in enumerate(betti)]
    padding = [0] * (as_arrangement(data).shape[1] + 1 - len(signed))
    return sympy.Poly([*signed, *padding], sympy.Symbol("t"), domain="ZZ")


def poincare_polynomial(
    data: Any,
    *,
    within: Cone | None = None,
    executor: Executor | None = None,
    progress: Listener = session_listener,
) -> Any:
    """Return the Poincare polynomial ``sum_k b_k t^k`` of the Orlik-Solomon algebra.

    Parameters
    ----------
    data, within, executor, progress
        As in `characteristic_polynomial`.

    Returns
    -------
    sympy.Poly
        In t, over the integers; its value at 1 is the number of regions.

    Notes
    -----
    *Algorithm.* The numbers b_k of `betti_numbers`: dimensions of the graded algebra, which
    `nbc_sets` lists a basis of.

    *Exactness and cost.* Those of `count_regions`.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Orlik and Solomon 1980.

    Examples
    --------
    >>> poincare_polynomial([[1, -1, 0], [1, 0, -1], [0, 1, -1]])
    Poly(2*t**2 + 3*t + 1, t, domain='ZZ')
    """
    with extra:
        import sympy

    betti = betti_numbers(data, within=within, executor=executor, progress=progress)
    return sympy.Poly(list(reversed(betti)), sympy.Symbol("t"), domain="ZZ")


def count_bounded_regions(
    data: Any, *, executor: Executor | None = None, progress: Listener = session_listener
) -> int:
    """Count the bounded regions of an affine arrangement.

    Parameters
    ----------
    data : Arrangement
        Its domain is one open half-space ``{g.w > 0}``: `Arrangement.affine` makes such, and
        ``Arrangement(X, domain=Cone.from_normals([g]))``.
    executor, progress
        As in `count_regions`.

    Returns
    -------
    int
        How many regions of the affine slice ``{g.w = 1}`` are bounded.  None is when the
        rows and g do not span R^d, since every region then holds a line:
        `count_relatively_bounded_regions` counts those bounded but for such lines.

    Raises
    ------
    ArgumentError
        When the domain is not one half-space.

    Notes
    -----
    *Algorithm.* ``|sum_k (-1)^k b_k|`` with the numbers b_k of `betti_numbers`: up to its sign
    the affine characteristic polynomial at 1.

    *Exactness and cost.* Those of `count_regions`.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Zaslavsky 1975.

    Examples
    --------
    >>> from arrangements.arrangement import Arrangement
    >>> triangle = Arrangement.affine([[1, 0], [0, 1], [1, 1]], [0, 0, -1])
    >>> count_bounded_regions(triangle)
    1
    """
    arrangement = _slice(data)
    if arrangement.frame().rho < arrangement.shape[1]:
        return 0
    return count_relatively_bounded_regions(arrangement, executor=executor, progress=progress)


def count_relatively_bounded_regions(
    data: Any, *, executor: Executor | None = None, progress: Listener = session_listener
) -> int:
    """Count the regions of an affine arrangement that are bounded in its essentialization.

    Parameters
    ----------
    data : Arrangement
        Its domain is one open half-space, as for `count_bounded_regions`.
    executor, progress
        As in `count_regions`.

    Returns
    -------
    int
        How many regions of the affine slice are bounded up to the directions on which no row
        depends: the bounded ones when the arrangement is essential, and where others speak of
        bounded regions of an arrangement that is not.

    Raises
    ------
    ArgumentError
        When the domain is not one half-space.

    Notes
    -----
    *Algorithm.* ``|sum_k (-1)^k b_k|`` with the numbers b_k of `betti_numbers`: up to its sign
    the affine characteristic polynomial of the essentialization at 1.  See `boundedness` for lists.

    *Exactness and cost.* Those of `count_regions`.

    *Growth.* ``n**(r - 1)`` for n rows of rank r.

    *Reference.* Zaslavsky 1975.

    Examples
    --------
    >>> from arrangements.catalogue import shi
    >>> count_bounded_regions(shi(3)), count_relatively_bounded_regions(shi(3))
    (0, 4)
    """
    betti = betti_numbers(_slice(data), executor=executor, progress=progress)
    return abs(sum(-number if k % 2 else number for k, number in enumerate(betti)))


def _slice(data: Any) -> Arrangement:
    arrangement = as_arrangement(data)
    if len(arrangement.domain.normals) != 1 or not any(arrangement.domain.normals[0]):
        raise ArgumentError(
            "data has no affine slice: its domain must be one half-space, as in "
            "Arrangement.affine(normals, offsets) or "
            "Arrangement(X, domain=Cone.from_normals([g]))"
        )
    return arrangement

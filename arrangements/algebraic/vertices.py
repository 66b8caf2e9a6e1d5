"""Regions found around vertices, in floats: proposals, which somebody else proves."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Signs = npt.NDArray[np.int8]

_NEAR = 1e-9
"""Rows of length one whose product with a unit vector is below are taken to contain it."""
_SAME = 7
"""Decimals to which vertices are compared."""
_PLANE = 2


def proposed_regions(rows: Floats) -> tuple[Signs, Floats]:
    """Return sign vectors of regions, and a point in each.

    Parameters
    ----------
    rows : (m, r) floats
        Distinct hyperplanes of rank r, one row each.

    Returns
    -------
    signs : (N, m) of -1 and 1, distinct
    points : (N, r)

    Notes
    -----
    *Algorithm.* A region has a ray, where r - 1 independent rows meet.  Around a ray the regions are
    those of the rows that contain it, in one dimension less; the other rows keep the sign that
    they have on the ray.  The sum of all rays of a region lies inside it.
    """
    unit = _unit(rows)
    rank = unit.shape[1]
    if rank == 1:
        return np.array([[1], [-1]], np.int8) * np.sign(unit[:, 0]).astype(np.int8), np.array(
            [[1.0], [-1.0]]
        )
    if rank == _PLANE:
        return _sectors(unit)
    signs, points = [np.empty((0, len(unit)), np.int8)], [np.empty((0, rank))]
    known: dict[bytes, Signs] = {}
    for ray in _rays(unit):
        values = unit @ ray
        inside = np.abs(values) < _NEAR
        key = inside.tobytes()
        if key not in known:
            known[key] = _around(unit[inside], ray)
        local = known[key]
        for side in (1, -1):
            table = np.empty((len(local), len(unit)), np.int8)
            table[:, ~inside] = side * np.sign(values[~inside]).astype(np.int8)
            table[:, inside] = local
            signs.append(table)
            points.append(np.broadcast_to(side * ray, (len(local), rank)))
    found, place = np.unique(np.concatenate(signs), axis=0, return_inverse=True)
    centres = np.zeros((len(found), rank))
    np.add.at(centres, place.reshape(-1), np.concatenate(points))
    return found, centres


def _unit(rows: Floats) -> Floats:
    """Return rows of length one; one that floats do not see stays zero."""
    # The largest entry first: squares of small ones are lost.
    largest = np.abs(rows).max(axis=1)
    scaled = rows / np.where(largest > 0.0, largest, 1.0)[:, np.newaxis]
    length = np.linalg.norm(scaled, axis=1)
    return np.asarray(scaled / np.where(length > 0.0, length, 1.0)[:, np.newaxis])


def _around(rows: Floats, ray: Floats) -> Signs:
    """Return the regions around a ray of the rows that contain it."""
    # An orthonormal basis of what is perpendicular to the ray.
    _, _, basis = np.linalg.svd(ray[np.newaxis])
    return proposed_regions(rows @ basis[1:].T)[0]


def _rays(unit: Floats) -> Floats:
    """Return the lines where r - 1 independent rows meet, a unit vector on each."""
    count, rank = unit.shape
    subsets = np.array(list(itertools.combinations(range(count), rank - 1)), np.intp)
    _, sizes, vectors = np.linalg.svd(unit[subsets], full_matrices=True)
    lines = vectors[sizes[:, -1] > _NEAR, -1]
    rounded = np.round(lines, _SAME)
    lead = np.take_along_axis(rounded, (rounded != 0).argmax(axis=1)[:, np.newaxis], axis=1)
    flip = np.sign(lead)
    _, first = np.unique(rounded * flip + 0.0, axis=0, return_index=True)
    return np.asarray(lines[first] * flip[first])


def _sectors(unit: Floats) -> tuple[Signs, Floats]:
    """Return the sectors between lines of the plane."""
    angles = np.sort(np.arctan2(unit[:, 1], unit[:, 0]) % np.pi)
    middles = (angles + np.append(angles[1:], angles[0] + np.pi)) / 2 + np.pi / 2
    middles = np.concatenate([middles, middles + np.pi])
    points = np.stack([np.cos(middles), np.sin(middles)], axis=1)
    return np.sign(points @ unit.T).astype(np.int8), points

"""Optimal generators in closed form, for discriminators that compare moments."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from convex_program.errors import ArgumentError

Floats = npt.NDArray[np.float64]

_MATRIX = 2


def mean_matching(data: Any, beta: float, count: int | None = None) -> Floats:
    """Return the smallest rows, in squares, against which no *linear* discriminator wins.

    Parameters
    ----------
    data : (n, d) array_like
    beta : float
    count : int, optional
        Rows to generate; n when not given.  Scores compare n times the means.

    Returns
    -------
    (count, d) float64
        All alike: the mean, shrunk by ``(1 - beta/|sum of the rows|)_+``.

    Notes
    -----
    The sum g of n generated rows has ``|G|_F^2 >= |g|^2/n``, with equality for equal rows, and the
    nearest point to zero of the ball of radius beta around the data's sum is that sum, shrunk.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.mean_matching([[3.0, 0.0], [5.0, 0.0]], 4.0)
    array([[2., 0.],
           [2., 0.]])
    """
    rows, beta = _rows("data", data), _decay(beta)
    total = rows.sum(axis=0)
    length = float(np.linalg.norm(total))
    share = max(0.0, 1.0 - beta / length) if length > 0.0 else 0.0
    return np.tile(share * total / len(rows), (_count(count, len(rows)), 1))


def covariance_matching(data: Any, beta: float, count: int | None = None) -> Floats:
    """Return the smallest rows, in squares, against which no *quadratic* discriminator wins.

    Parameters
    ----------
    data : (n, d) array_like
    beta : float
    count : int, optional
        Rows to generate; n when not given.  Scores compare n times the second moments.

    Returns
    -------
    (count, d) float64
        ``G'G = Q (Lambda - beta)_+ Q'``, times count/n, where ``X'X = Q Lambda Q'``.

    Raises
    ------
    ArgumentError
        When count is less than the number of eigenvalues above beta.

    Notes
    -----
    ``X'X - G'G`` within beta in the spectral norm forces, by Weyl, the eigenvalues of G'G to at
    least those of X'X less beta; their sum is ``|G|_F^2``.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.covariance_matching([[3.0, 0.0], [0.0, 1.0]], 5.0, 1)
    array([[1.41421356, 0.        ]])
    """
    rows, beta = _rows("data", data), _decay(beta)
    n = len(rows)
    count = _count(count, n)
    values, vectors = np.linalg.eigh(rows.T @ rows)
    kept = np.flatnonzero(values > beta)[::-1]
    if count < len(kept):
        raise ArgumentError(
            f"count = {count}: {len(kept)} eigenvalues of data are above beta, and as many rows are "
            "needed"
        )
    made = np.zeros((count, rows.shape[1]))
    sizes = np.sqrt((values[kept] - beta) * count / n)
    signs = np.where(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))] < 0, -1.0, 1.0)
    made[: len(kept)] = sizes[:, np.newaxis] * (signs * vectors).T[kept]
    return made


def linear_generator(data: Any, noise: Any, beta: float) -> Floats:
    """Return the smallest W for which no quadratic discriminator wins against ``noise @ W``.

    Parameters
    ----------
    data : (n, d) array_like
    noise : (n, q) array_like
        The generator's inputs, as many as there are data; append ones for a bias.
    beta : float
        At the square of the k-th singular value of the data k - 1 directions are generated.

    Returns
    -------
    (q, d) float64
        ``V_Z S_Z^-1 (S_X^2 - beta)_+^(1/2) V_X'``, largest singular values together.

    Raises
    ------
    ArgumentError
        When the noise has fewer directions than the data have singular values above sqrt(beta).

    Notes
    -----
    ``W'Z'ZW`` has the eigenvalues that `covariance_matching` needs; von Neumann's trace inequality
    pairs the largest of them with the largest singular values of the noise.

    *Reference.* Sahiner et al., "Hidden convexity of Wasserstein GANs", ICLR 2022.

    Examples
    --------
    >>> import convex_program as cx
    >>> data, noise = [[3.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]
    >>> W = cx.linear_generator(data, noise, 5)  # what is generated has (2, 0): 3^2 - 2^2 = 5
    >>> abs(W).round(9).tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    rows, inputs, beta = _rows("data", data), _rows("noise", noise), _decay(beta)
    if len(rows) != len(inputs):
        raise ArgumentError(
            f"noise has {len(inputs)} rows and data {len(rows)}: give as many as there are data"
        )
    sizes, directions = np.linalg.svd(rows, full_matrices=False)[1:]
    spread, axes = np.linalg.svd(inputs, full_matrices=False)[1:]
    kept = int((sizes**2 > beta).sum())
    rank = int((spread > spread[0] * max(inputs.shape) * np.finfo(np.float64).eps).sum())
    if rank < kept:
        raise ArgumentError(
            f"noise has rank {rank}, and {kept} singular values of data are above sqrt(beta): give "
            "noise with more independent columns, or a larger beta"
        )
    gains = np.sqrt(sizes[:kept] ** 2 - beta) / spread[:kept]
    return np.asarray((axes[:kept].T * gains) @ directions[:kept])


def piecewise_mean_matching(data: Any, beta: float, count: int | None = None) -> Floats:
    """Return the smallest numbers against which no ReLU discriminator of one variable wins.

    Parameters
    ----------
    data : (n,) array_like
        Numbers: one column, no bias.
    beta : float
    count : int, optional
        Numbers to generate; n when not given.

    Returns
    -------
    (count,) float64
        Positive ones first, all alike; then the negative ones.

    Notes
    -----
    The two units ``(x)_+`` and ``(-x)_+`` compare the sums of the positive and of the negative
    parts, each shrunk by beta.  How many numbers are positive is a choice that makes the problem
    nonconvex; with k of them the cost is ``p^2/k + q^2/(count - k)``, and all k are tried.

    Examples
    --------
    >>> import convex_program as cx
    >>> cx.piecewise_mean_matching([3, 1, -2], 1)
    array([ 1.5,  1.5, -1. ])
    """
    numbers = np.asarray(data, dtype=np.float64)
    if numbers.ndim != 1 or not numbers.size or not np.isfinite(numbers).all():
        raise ArgumentError(f"data has shape {numbers.shape}; give a list of finite numbers")
    n, beta = len(numbers), _decay(beta)
    count = _count(count, n)
    share = count / n
    up = share * max(0.0, float(numbers[numbers > 0].sum()) - beta)
    down = share * max(0.0, float(-numbers[numbers < 0].sum()) - beta)
    best, chosen = np.inf, -1
    for k in range(count + 1):
        if (up and not k) or (down and k == count):
            continue
        cost = (up * up / k if k else 0.0) + (down * down / (count - k) if k < count else 0.0)
        if cost < best:
            best, chosen = cost, k
    if chosen < 0:
        raise ArgumentError(f"count = {count}: data have both signs, and two numbers are needed")
    return np.concatenate(
        [
            np.full(chosen, up / chosen if chosen else 0.0),
            np.full(count - chosen, -down / (count - chosen) if chosen < count else 0.0),
        ]
    )


def _rows(name: str, given: Any) -> Floats:
    rows = np.asarray(given, dtype=np.float64)
    if len(rows.shape) != _MATRIX or not rows.size or not np.isfinite(rows).all():
        raise ArgumentError(f"{name} has shape {rows.shape}; give a matrix of finite numbers")
    return rows


def _decay(beta: float) -> float:
    decay = float(beta)
    if not 0.0 <= decay < np.inf:
        raise ArgumentError(f"beta = {beta!r} must be a number of at least 0")
    return decay


def _count(count: int | None, n: int) -> int:
    number = n if count is None else count
    if number < 1:
        raise ArgumentError(f"count = {count}: at least one row is generated")
    return number

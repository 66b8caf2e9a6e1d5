"""Work space of one node of the search for c outputs, and what all its steps begin with.

Names: g_i the generators of a cone, |g_i| their ``length``; s_ji = a_j.g_i; W_j in R^c the weight of row j;
L the linear part, L g_i in ``lin``; F(u) = L u + sum_j W_j (a_j.u)_+ over the mixed rows.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from convex_program.kernels.row_table import combine, padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted


class VectorRounding(NamedTuple):
    """``scale[k] >= sum_j |W_j||a_jk| + |L_k|``, the count of roundings at depth 0, underflow."""

    scale: np.ndarray
    unit: float
    tiny: float


class VectorRows(NamedTuple):
    """Rows (m, d), weights (m, c), upper bounds of their lengths (m,) each, linear part (c, d)."""

    rows: np.ndarray
    weights: np.ndarray
    lengths: np.ndarray
    sizes: np.ndarray
    linear: np.ndarray


class VectorNode(NamedTuple):
    """What is known of a node; arrays over rows have one number for each mixed row.

    ``along`` is W_j.b, ``theta`` the slope of the line that stands in for a row where along < 0,
    ``exposed`` the bound cc_j of how far W_j.F/|F| may have the other sign, ``pull`` how far it surely
    has this one.  ``table`` holds the weights of the mixed rows, one to a column, ``size`` bounds of their lengths.  ``image`` holds the G_i in R^c, ``gap`` the errors E_i of the relaxation at the generators.
    """

    length: np.ndarray
    inverse: np.ndarray
    height: np.ndarray
    lam: np.ndarray
    centre: np.ndarray
    point: np.ndarray
    offset: np.ndarray
    residual: np.ndarray
    target: np.ndarray
    noise: np.ndarray
    gap: np.ndarray
    lean: np.ndarray
    push: np.ndarray
    image: np.ndarray
    middle: np.ndarray
    output: np.ndarray
    direction: np.ndarray
    along: np.ndarray
    theta: np.ndarray
    exposed: np.ndarray
    pull: np.ndarray
    mask: np.ndarray
    inner: np.ndarray
    half: np.ndarray
    scaled: np.ndarray
    slopes: np.ndarray
    nu: np.ndarray
    gram: np.ndarray
    factor: np.ndarray
    sums: np.ndarray
    table: np.ndarray
    size: np.ndarray
    part: np.ndarray
    share: np.ndarray
    slant: np.ndarray


@njit(cache=True, nogil=True)
def new_vector_node(d, rows, outputs):
    """Return arrays for nodes with so many rows."""
    size = padded(rows) + 16
    return VectorNode(
        np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d),
        np.zeros(d),
        np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d), np.zeros(d),
        np.zeros((d, outputs)), np.zeros((d, outputs)), np.zeros(outputs), np.zeros(outputs),
        np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size),
        np.zeros(size), np.zeros((d, size)), np.zeros((d, size)), np.zeros(size), np.zeros(size),
        np.zeros((d, d)), np.zeros((d, d)), np.zeros(d),
        np.zeros((outputs, size)), np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size),
    )  # fmt: skip


@uncounted()
def norm_of(vector):
    """Length of a vector."""
    total = 0.0
    for k in range(vector.shape[0]):
        total += vector[k] * vector[k]
    return np.sqrt(total)


@uncounted()
def gather(values, start, stop, data, node):
    """Copy the weights of the mixed rows to ``table``, zeros up to the next multiple of LANES."""
    last = values.shape[0] - 1
    outputs = data.weights.shape[1]
    for j in range(start, stop):
        row = int(values[last, j])
        node.size[j - start] = data.sizes[row]
        for p in range(outputs):
            node.table[p, j - start] = data.weights[row, p]
    for j in range(stop - start, padded(stop - start)):
        node.size[j] = 0.0
        for p in range(outputs):
            node.table[p, j] = 0.0


@uncounted(fastmath=ANY_ORDER)
def output_at(lam, lin, values, start, stop, node):
    """Set ``output`` = F(sum lam_i g_i) and ``inner`` to the (a_j.u)_+; return the length."""
    if start < 0:
        return 0.0
    d, outputs = lin.shape
    count = padded(stop - start)
    inner, table = node.inner, node.table
    combine(values, start, stop - start, lam, inner)
    for j in range(count):
        inner[j] = max(0.0, inner[j])
    for p in range(outputs):
        x = 0.0
        for i in range(d):
            x += lam[i] * lin[i, p]
        for j in range(count):
            x += table[p, j] * inner[j]
        node.output[p] = x
    return norm_of(node.output)


@uncounted()
def measure(gen, node):
    """Set lengths, the sum of the unit generators (``centre``, normalised); return cos tau.

    ``height`` receives the products with the centre.  ``|sum lam_i g_i| >= cos tau sum lam_i |g_i|`` for lam >= 0: the product with the centre is.
    """
    d = gen.shape[0]
    for k in range(d):
        node.centre[k] = 0.0
    for i in range(d):
        x = norm_of(gen[i])
        node.length[i] = x
        node.inverse[i] = 1.0 / x
        for k in range(d):
            node.centre[k] += gen[i, k] / x
    size = norm_of(node.centre)
    cosine = 1.0
    for k in range(d):
        node.centre[k] /= size
    for i in range(d):
        x = 0.0
        for k in range(d):
            x += node.centre[k] * gen[i, k]
        node.height[i] = x
        cosine = min(cosine, x / node.length[i])
    return cosine * (1.0 - 2.0**-40)

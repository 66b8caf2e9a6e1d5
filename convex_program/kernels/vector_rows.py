"""Rows of a node of the search for c outputs: planted at an orthant, inherited, settled.

As `convex_program.kernels.cone_rows`, with a weight in R^c for every row in place of a sign: all mixed rows
are of one kind, and the linear part has c values at each generator.  A column of the table holds the d
values of a row, then theta of the parent's relaxation (-1 for none) and the row's number.
"""

from numba import njit

from convex_program.kernels.cone_rows import Sieve, collect, extremes, new_sieve
from convex_program.kernels.row_table import CHUNK
from convex_program.kernels.uncounted import uncounted

__all__ = ["Sieve", "inherit_vector_rows", "new_sieve", "plant_vector"]


@uncounted()
def _join(values, start, changed, fresh, joined, count, weights, lin):
    """Add settled rows to the linear part, in chunks: a term passes CHUNK + ceil(n/CHUNK) sums."""
    d, outputs = lin.shape
    last = d + 1
    for i in range(d):
        for p in range(outputs):
            for first in range(0, count, CHUNK):
                part = 0.0
                for t in range(first, min(first + CHUNK, count)):
                    j = joined[t]
                    x = fresh[j - start] if i == changed else values[i, j]
                    part += weights[int(values[last, j]), p] * x
                lin[i, p] += part


@uncounted()
def inherit_vector_rows(values, start, stop, target, changed, fresh, weights, lin, out_span, sieve):
    """Copy the rows still mixed once coordinate ``changed`` became ``fresh`` to ``target``.. .

    Those nonnegative on the child join ``lin``, those nonpositive there vanish.
    """
    low, high, kept, joined = sieve.low, sieve.high, sieve.kept, sieve.joined
    side = extremes(values, start, stop, changed, fresh, low, high)
    out = 0
    joining = 0
    for j in range(start, stop):
        if low[side, j - start] >= 0.0:
            joined[joining] = j
            joining += 1
        elif high[side, j - start] > 0.0:
            kept[out] = j
            out += 1
    _join(values, start, changed, fresh, joined, joining, weights, lin)
    collect(values, kept, out, target)
    for t in range(out):
        values[changed, target + t] = fresh[kept[t] - start]
    out_span[0] = target
    out_span[1] = target + out


@njit(cache=True, nogil=True)
def plant_vector(rows, weights, linear, orthant, values, gens, duals, lins, depths, spans):
    """Put the orthant with the given signs on the stack as its only node.

    ``linear`` is (c, d).  ``values`` needs room for 2 m rows: the first m are work space.
    """
    m, d = rows.shape
    for j in range(m):
        for i in range(d):
            values[i, j] = rows[j, i] * orthant[i]
        values[d, j] = -1.0
        values[d + 1, j] = j
    for i in range(d):
        for p in range(linear.shape[0]):
            lins[0, i, p] = linear[p, i] * orthant[i]
        for k in range(d):
            gens[0, i, k] = orthant[i] if i == k else 0.0
            duals[0, i, k] = gens[0, i, k]
    inherit_vector_rows(values, 0, m, m, 0, values[0, :m], weights, lins[0], spans[0], new_sieve(m))
    depths[0] = 0

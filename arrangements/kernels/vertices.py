"""The regions lowest at vertices through which more hyperplanes pass than need to.

Apart from the sweep that finds the vertices, so that data in general position need not wait for
this to be compiled.
"""

import numpy as np

from arrangements.kernels.bits import lowest_bit
from arrangements.kernels.compile import ONE, ZERO, entry
from arrangements.kernels.flats import gather
from arrangements.kernels.frame import borrow_pool, borrow_source
from arrangements.kernels.local import positive_regions, scatter
from arrangements.kernels.sweep import DONE, FLAG_NOT_GENERIC, FULL

_ONE, _NONE = np.uint64(1), np.uint64(0)


@entry
def expand_vertices(source, pool, s, first, lowest, above, words, points, directions, simple):
    """Write the regions of vertices in their order, one for a simple vertex.

    Parameters
    ----------
    source, pool
        See :mod:`kernels.frame`.
    s
        Level of the summand.
    first
        The vertex to begin with.
    lowest
        The buffers of :func:`kernels.sweep.sweep_unit`: words, points, directions, through.
    above : int64 (1,)
        Receives the rows that the next vertex needs when the buffers are full.
    words, points, directions, simple
        Buffers for the regions, like those; the last with no rows where a vertex is not simple.

    Returns
    -------
    status, next vertex, count
        DONE, FULL or FLAG_NOT_GENERIC.
    """
    source, pool = borrow_source(source), borrow_pool(pool)
    signs, vertices, inner, through = lowest
    rank, width, capacity = points.shape[1], words.shape[1], words.shape[0]
    member = pool.member[s]
    found = 0
    for v in range(first, signs.shape[0]):
        count = ZERO
        for w in range(width):
            word = through[v, w]
            while word != 0:
                member[count] = 64 * w + lowest_bit(word)
                word &= word - _ONE
                count += 1
        if count == rank - 1 - s:
            made = ONE
        else:
            gather(pool, s, ZERO, count)
            patterns, sub, made = positive_regions(source, pool, s + 1, count)
            if made < 0:
                return FLAG_NOT_GENERIC, v, found
        if found + made > capacity:
            above[0] = made
            return FULL, v, found
        for i in range(found, found + made):
            for w in range(width):
                words[i, w] = signs[v, w]
                simple[i, w] = through[v, w] if count == rank - 1 - s else _NONE
            for j in range(rank):
                points[i, j] = vertices[v, j]
            if count == rank - 1 - s:
                for j in range(rank):
                    directions[i, j] = inner[v, j]
            else:
                scatter(patterns[i - found], member, words[i])
                for j in range(rank):
                    directions[i, j] = sub[i - found, j]
        found += made
    return DONE, signs.shape[0], found

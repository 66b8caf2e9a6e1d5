"""Sides of hyperplanes at integer points, in bit words, where floats decide them."""

import numpy as np

from arrangements.kernels.bits import lanes, valid_word
from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry
from arrangements.kernels.flats import values_on

_EXACT_FLOAT = 2**53


@entry
def side_words(x, bound, m, points, words, decided):
    """Write on which side of each of m rows every point is, or that some side is not certain.

    Parameters
    ----------
    x : float64 (r, n)
        The m rows by column, padded with zeros to whole words.
    bound : float64 (n,)
        bound[l] * max|point| exceeds the error of the computed product of row l with a
        point that floats hold exactly (entries up to 2**53).
    points : int64 (count, r)
    words : uint64 (count, words of m), written
        Bit l: row l is positive there.
    decided : bool (count,), written
        False where a product is within its bound, or an entry beyond 2**53.
    """
    x, bound, points = borrowed(x), borrowed(bound), borrowed(points)
    words, decided = borrowed(words), borrowed(decided)
    rank = x.shape[0]
    point = np.empty(rank)
    values = np.zeros(x.shape[1])
    width = words.shape[1]
    padded = lanes(m)
    for i in range(points.shape[0]):
        largest = 0.0
        for c in range(rank):
            point[c] = points[i, c]
            largest = max(largest, abs(point[c]))
        values_on(x, point, m, values)
        small = 0
        for l in range(padded):
            small += not abs(values[l]) > bound[l] * largest
        # the padding up to a whole register vanishes, and is no row
        decided[i] = small == padded - m and largest <= _EXACT_FLOAT
        for w in range(width):
            word = np.uint64(0)
            for j in range(64):
                word |= np.uint64(values[64 * w + j] > 0.0) << np.uint64(j)
            words[i, w] = word & valid_word(w, m)


@entry
def row_words(sides, runs, words):
    """Turn sides of hyperplanes into activations of rows, both in bit words.

    Parameters
    ----------
    sides : uint64 (count, words of m)
    runs : int64 (k, 4)
        First row, first hyperplane, length and orientation of a run of rows that lie on
        successive hyperplanes; orientation 0 is a run of zero rows, always active.
    words : uint64 (count, words of n), written
    """
    sides, words, runs = borrowed(sides), borrowed(words), borrowed(runs)
    for i in range(sides.shape[0]):
        for w in range(words.shape[1]):
            words[i, w] = 0
        for k in range(runs.shape[0]):
            row, plane, left, sign = runs[k, 0], runs[k, 1], runs[k, 2], runs[k, 3]
            while left > 0:
                # the part of the run that ends with a word of rows
                start = row & 63
                count = min(left, 64 - start)
                if sign == 0:
                    piece = ~np.uint64(0)
                else:
                    offset = plane & 63
                    piece = sides[i, plane >> 6] >> np.uint64(offset)
                    if offset + count > 64:
                        piece |= sides[i, (plane >> 6) + 1] << np.uint64(64 - offset)
                    if sign < 0:
                        piece = ~piece
                words[i, row >> 6] |= (piece & valid_word(0, count)) << np.uint64(start)
                row += count
                plane += count
                left -= count

"""Finishing a sort by first words: runs of equal first words, by the words after them."""

from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry, helper, small

_SHORT = 12


@small
def _less(words, left, right):
    for w in range(1, words.shape[1]):
        if words[left, w] != words[right, w]:
            return words[left, w] < words[right, w]
    return False


@helper
def _sift(words, order, start, root, count):
    while 2 * root + 1 < count:
        child = 2 * root + 1
        if child + 1 < count and _less(words, order[start + child], order[start + child + 1]):
            child += 1
        if not _less(words, order[start + root], order[start + child]):
            return
        order[start + root], order[start + child] = order[start + child], order[start + root]
        root = child


@entry
def sort_ties(words, order):
    """Sort each run of ``order`` with equal words[:, 0] by the words after the first.

    Parameters
    ----------
    words : uint64 (k, width)
    order : int64 (k,), sorted by the first word, changed in place

    Notes
    -----
    Insertion for runs of up to a dozen, which is what runs of patterns mostly are, heapsort
    for longer ones.
    """
    words, order = borrowed(words), borrowed(order)
    start = 0
    while start < order.shape[0]:
        stop = start + 1
        first = words[order[start], 0]
        while stop < order.shape[0] and words[order[stop], 0] == first:
            stop += 1
        count = stop - start
        if count <= _SHORT:
            for i in range(start + 1, stop):
                moved = order[i]
                j = i
                while j > start and _less(words, moved, order[j - 1]):
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = moved
        else:
            for root in range(count // 2 - 1, -1, -1):
                _sift(words, order, start, root, count)
            for last in range(count - 1, 0, -1):
                order[start], order[start + last] = order[start + last], order[start]
                _sift(words, order, start, 0, last)
        start = stop

"""Frames: the dual basis of r functionals, pivoted along the flats of a depth-first search.

A *flag* c_1..c_r of generic functionals and independent rows x_1..x_d of a flat make a frame:
slots 0..s-1 hold c_1..c_s (the *level* s: everything happens in c_1 = .. = c_s = 0; their
vectors only tell a row that vanishes on a flat from one that vanishes on its part there), slots s
and s+1 hold c_{s+1} (the chart) and c_{s+2} (the sweep direction), d of the others hold rows
in exchange for flag functionals.  ``frame[slot]`` is the vector on which the functional of
that slot is positive and all others vanish.  Row l takes the value x_l . frame[slot].

Two sources of exactness, one layout:

* integer source: ``frame`` is a positive multiple ``scale`` of the dual basis, integer, below
  2**53 with every product x_l . frame (Hadamard, checked by the caller), so float64 holds it
  exactly, and int64 products modulo 2**64 settle ties.
* float source: ``frame`` is the rounded dual basis with a bound ``error[slot]`` on
  |computed x_l . frame[slot] - true| valid for every row; determinants in residues settle
  what that does not.
"""

from typing import NamedTuple

import numpy as np

from arrangements.kernels.borrow import borrowed
from arrangements.kernels.compile import entry, helper, inlined
from arrangements.kernels.exact_sign import determinant_sign

UNIT_ROUNDOFF = 2.0**-53
#: error of a frame without a bound: nothing exceeds it, so every sign is decided exactly
NO_BOUND = 1e300


class Source(NamedTuple):
    """The matrix in the forms the kernels need; m rows, rank r, n = m padded to 64."""

    x: np.ndarray  # float64 (r, n): rows by column, |entry| <= 1 for a float source
    row: np.ndarray  # float64 (m + r, r): the same rows, then the flag functionals
    integer: np.ndarray  # int64 (m, r): the rows of an integer source; (0, r) for a float source
    root: np.ndarray  # float64 (r, r): dual basis of the flag
    residues: np.ndarray  # uint64 (primes, m + r, r), rows then flag
    field: np.ndarray  # uint64 (3, primes)
    radix: np.ndarray  # uint64 (primes, primes)
    half: np.ndarray  # uint64 (primes, primes)
    reach: np.ndarray  # float64 (primes,)
    size: np.ndarray  # float64 (m + r,): log2 of the norm of an integer row or functional, above
    shift: np.ndarray  # float64 (m + r,): the float row is the integer row times 2**-shift


class Pool(NamedTuple):
    """Workspace.  First axis: level s, or for x and gid the level where a local problem began."""

    x: np.ndarray  # float64 (r, r, n): gathered rows
    gid: np.ndarray  # int64 (r, n): index of a gathered row in the source
    frame: np.ndarray  # float64 (r, r depth, r slot, r)
    scale: np.ndarray  # float64 (r, r depth)
    error: np.ndarray  # float64 (r, r depth, r slot)
    ids: np.ndarray  # int64 (r, r depth, r slot): source row of a slot, m + c for c_{c+1}
    local: np.ndarray  # int64 (r, r depth, r slot): the same as index of a gathered row, or -1
    on: np.ndarray  # uint64 (r, r depth, words): rows that vanish on the flat
    covered: np.ndarray  # uint64 (r, r depth, words): rows whose child of the flat is known
    path: np.ndarray  # int64 (r, r depth): last basis row of the flat
    cursor: np.ndarray  # int64 (r, r depth): next row to try
    a: np.ndarray  # float64 (r, n): values on the chart vector of the current line
    b: np.ndarray  # float64 (r, n): values on the direction of the current line
    low: np.ndarray  # float64 (r, n): lower bound of the parameter where a row vanishes
    high: np.ndarray  # float64 (r, n)
    rising: np.ndarray  # uint64 (r, words): rows with b > 0
    below: np.ndarray  # uint64 (r, words): rows that vanish below the current vertex
    tied: np.ndarray  # uint64 (r, words): rows that vanish at the current vertex
    value: np.ndarray  # float64 (r, r): values of one row on the frame
    member: np.ndarray  # int64 (r, n): rows through the current vertex, ascending
    known: np.ndarray  # uint64 (entries, words): memo, the rows of a flat
    place: np.ndarray  # int64 (entries, 3): first pattern, first direction, count; count 0: free
    patterns: np.ndarray  # uint64 (any,): memo, patterns of local regions, flat by flat
    directions: np.ndarray  # float64 (any,): memo, their directions
    used: np.ndarray  # int64 (3,): entries, patterns, directions in use


@inlined
def borrow_source(source):
    """The same arrays without reference counts (see :mod:`kernels.borrow`)."""
    return Source(
        borrowed(source.x),
        borrowed(source.row),
        borrowed(source.integer),
        borrowed(source.root),
        borrowed(source.residues),
        borrowed(source.field),
        borrowed(source.radix),
        borrowed(source.half),
        borrowed(source.reach),
        borrowed(source.size),
        borrowed(source.shift),
    )


@inlined
def borrow_pool(pool):
    """The same arrays without reference counts (see :mod:`kernels.borrow`)."""
    return Pool(
        borrowed(pool.x),
        borrowed(pool.gid),
        borrowed(pool.frame),
        borrowed(pool.scale),
        borrowed(pool.error),
        borrowed(pool.ids),
        borrowed(pool.local),
        borrowed(pool.on),
        borrowed(pool.covered),
        borrowed(pool.path),
        borrowed(pool.cursor),
        borrowed(pool.a),
        borrowed(pool.b),
        borrowed(pool.low),
        borrowed(pool.high),
        borrowed(pool.rising),
        borrowed(pool.below),
        borrowed(pool.tied),
        borrowed(pool.value),
        borrowed(pool.member),
        borrowed(pool.known),
        borrowed(pool.place),
        borrowed(pool.patterns),
        borrowed(pool.directions),
        borrowed(pool.used),
    )


@inlined
def exact_quotient(a, b, c, d, q):
    """(a*b - c*d) / q for integers held by float64, when the quotient is an integer below 2**53.

    The truncated quotient g errs by at most 2**-51 (|ab| + |cd|) / |q| + 1, so (true - g) * q is
    below 2**-51 * 2 * 2**106 + 2**53 < 2**57 and int64 arithmetic modulo 2**64 gives it exactly.
    """
    guess = np.int64((a * b - c * d) / q)
    rest = np.int64(a) * np.int64(b) - np.int64(c) * np.int64(d) - guess * np.int64(q)
    return np.float64(guess) + np.float64(rest) / q


@helper
def _exchange_integers(frame, scale, v, slot, out):
    """Integral pivoting: new frame vectors (v_slot f_j - v_j f_slot) / scale, f_slot kept."""
    rank = frame.shape[0]
    pivot = v[slot]
    sign = 1.0 if pivot > 0.0 else -1.0
    largest_value, largest_entry = 0.0, 0.0
    for j in range(rank):
        largest_value = max(largest_value, abs(v[j]))
        for i in range(rank):
            largest_entry = max(largest_entry, abs(frame[j, i]))
    # both products exact: the rounded quotient of an exact division is exact
    small = largest_value * largest_entry < 2.0**51
    for j in range(rank):
        if j == slot:
            for i in range(rank):
                out[j, i] = sign * frame[j, i]
        elif small:
            for i in range(rank):
                out[j, i] = sign * (pivot * frame[j, i] - v[j] * frame[slot, i]) / scale
        else:
            for i in range(rank):
                out[j, i] = sign * exact_quotient(pivot, frame[j, i], v[j], frame[slot, i], scale)
    return abs(pivot)


@helper
def _exchange_floats(frame, v, slot, out):
    rank = frame.shape[0]
    for j in range(rank):
        ratio = (1.0 if j == slot else v[j]) / v[slot]
        for i in range(rank):
            out[j, i] = (
                ratio * frame[slot, i] if j == slot else frame[j, i] - ratio * frame[slot, i]
            )


@entry
def frame_errors(row, ids, frame, error):
    """Bounds on |fl(x . frame[slot]) - x . true vector| for every row with |x_i| <= 1.

    Let B be the functionals (rows, true values; the stored floats err by u relatively), F the
    stored vectors as columns, M = inverse of B, R = I - B F.  Then M - F = M R and
    M = F (I - R)^-1.  With R_c the largest entry of column c of |R| and rho = r max_c R_c < 1,
    |M_i| summed over a row is at most |F_i| summed / (1 - rho), so
    |M_ic - F_ic| <= R_c sum_j |F_ij| / (1 - rho).
    The computed residual errs by at most (r + 3) u (1 + |B||F|) (r products, r sums, rounded
    entries of B; an entry lost to underflow errs by 2**-1074 absolutely, far below, as long as
    sum |F| < 2**1000).  Applying a row with rounded entries |x_i| <= 1 adds (r + 3) u sum_i |F_ic|.
    The factor 1.01 covers second order terms and the rounding of the bound itself.
    Returns False when rho is not below 1/2, or the sum of |F| not below 2**1000.
    """
    rank = frame.shape[0]
    unit = (rank + 3) * UNIT_ROUNDOFF
    worst = 0.0
    total = 0.0
    for c in range(rank):
        for i in range(rank):
            total += abs(frame[c, i])
    if not total < 2.0**1000:
        # infinities and NaN too: a pivot of unknown size may have been zero in floats
        return False
    for c in range(rank):
        largest = 0.0
        for j in range(rank):
            value = 1.0 if j == c else 0.0
            size = 1.0
            for i in range(rank):
                product = row[ids[j], i] * frame[c, i]
                value -= product
                size += abs(product)
            largest = max(largest, abs(value) + unit * size)
        worst = max(worst, largest)
        error[c] = largest
    if not rank * worst < 0.5:
        return False
    growth = total / (1.0 - rank * worst)
    for c in range(rank):
        own = 0.0
        for i in range(rank):
            own += abs(frame[c, i])
        error[c] = 1.01 * (growth * error[c] + unit * own)
    return True


@inlined
def exchange(source, frame, scale, ids, v, slot, gid, out, out_ids, out_error):
    """Put row ``gid`` in ``slot``: (new scale, well conditioned?)."""
    rank = frame.shape[0]
    for j in range(rank):
        out_ids[j] = ids[j]
    out_ids[slot] = gid
    if source.integer.shape[0] > 0:
        for j in range(rank):
            out_error[j] = 0.0
        return _exchange_integers(frame, scale, v, slot, out), True
    _exchange_floats(frame, v, slot, out)
    return 1.0, frame_errors(source.row, out_ids, out, out_error)


@helper
def _sign_of_ratio(source, ids, swapped, ratio):
    """Sign of det(swapped) / det(ids) of a float source, where |that| <= ratio for float rows.

    Integer rows are float rows times 2**shift, so Hadamard's bound on |det(ids)| times the
    ratio, with the shifts put right, bounds |det(swapped)|; so does its own Hadamard bound.
    One more bit pays for the rounding of the logarithms.
    """
    own, whole, shifts = 1.0, 1.0, 0.0
    for c in range(ids.shape[0]):
        own += source.size[swapped[c]]
        whole += source.size[ids[c]]
        shifts += source.shift[swapped[c]] - source.shift[ids[c]]
    bits = whole + shifts + np.log2(ratio)
    if not bits < own:
        bits = own
    first = determinant_sign(
        source.residues, source.field, source.radix, source.half, source.reach, swapped, bits
    )
    if first == 0:
        return 0
    return first * determinant_sign(
        source.residues, source.field, source.radix, source.half, source.reach, ids, whole
    )


@helper
def slot_sign(source, value, error, ids, slot, gid):
    """Exact sign of the value of source row ``gid`` on the true vector of ``slot``.

    ``value``: the computed value, wrong by at most ``error``; exact for an integer source.
    """
    if source.integer.shape[0] > 0:
        return 1 if value > 0.0 else (-1 if value < 0.0 else 0)
    # Cramer: the value is det(functionals with row gid in the slot) / det(functionals)
    swapped = ids.copy()
    swapped[slot] = gid
    return _sign_of_ratio(source, ids, swapped, abs(value) + error)


@helper
def cross_order(source, ids, s, first, second, a1, b1, a2, b2, error_a, error_b):
    """Exact sign of a1*b2 - a2*b1, values of two source rows on the slots s, s+1.

    For an integer source the caller asks only when the two quotients a/b differ by less than
    2**-48 relatively, so the number is below 2**-48 * 2**106 and exact modulo 2**64.
    ``error_a``, ``error_b``: bounds on the errors of the values of a float source.
    """
    if source.integer.shape[0] > 0:
        value = np.int64(a1) * np.int64(b2) - np.int64(a2) * np.int64(b1)
        return 1 if value > 0 else (-1 if value < 0 else 0)
    swapped = ids.copy()
    swapped[s] = first
    swapped[s + 1] = second
    ratio = abs(a1 * b2 - a2 * b1) + 2.0**-50 * (abs(a1 * b2) + abs(a2 * b1))
    ratio += error_a * (abs(b1) + abs(b2)) + error_b * (abs(a1) + abs(a2))
    return _sign_of_ratio(source, ids, swapped, ratio + 2.0 * error_a * error_b)

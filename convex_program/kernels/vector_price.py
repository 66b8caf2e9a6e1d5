"""A leaf of a proof for several outputs in floats: what `convex_program.evidence.vector_leaf` finds in integers, or more.

Names and the proof are those of that module.  Here every number is on the safe side of the one in integers by
what floats lose, as `convex_program.kernels.vector_leaf` counts it, and by what the integers round off themselves:
lengths and mu to 2^-32, x and y to units of the weights.
"""

import numpy as np

from convex_program.kernels.uncounted import ANY_ORDER, uncounted
from convex_program.kernels.vector_leaf import semidefinite
from convex_program.kernels.vector_node import norm_of

SAFE = 1.0 + 2.0**-40
_COARSE = 1.0 + 2.0**-30
"""Lengths in integers are rounded up to multiples of 2^-32."""
_FINE = 2.0**-31
_STEP = 2.0**-52
_BITS = 26
"""Bits of a multiplier of a form."""
_DEPTH_STEPS = 8.0 * 2.0**-53 * SAFE
_ROW_STEPS = 12.0 * 2.0**-53 * SAFE


@uncounted()
def unit_of(rounding, depth, count):
    """Rounding of vectors at a node with so many mixed rows, relative to the sums of sizes."""
    return rounding.unit + depth * _DEPTH_STEPS + count * _ROW_STEPS


@uncounted()
def middle_of(gen, node, centre):
    """Set ``centre`` = z, up to a power of two, and ``node.height`` to z.g_i; return |z|."""
    d = gen.shape[0]
    for k in range(d):
        centre[k] = 0.0
    for i in range(d):
        most = 0.0
        for k in range(d):
            most = max(most, abs(gen[i, k]))
        unit = 1.0
        while unit <= most:
            unit *= 2.0
        for k in range(d):
            centre[k] += gen[i, k] / unit
    for i in range(d):
        x = 0.0
        for k in range(d):
            x += centre[k] * gen[i, k]
        node.height[i] = x
    return norm_of(centre)


@uncounted(fastmath=ANY_ORDER)
def _excess(lin, values, start, count, node):
    """Set ``half`` to the e_ei and ``middle`` to the A_i."""
    if start < 0:
        return
    d, outputs = lin.shape
    for i in range(d):
        for j in range(count):
            s = values[i, start + j]
            node.part[j] = node.theta[j] * s
            node.half[i, j] = max(0.0, s) - node.part[j]
        for p in range(outputs):
            x = lin[i, p]
            for j in range(count):
                x += node.table[p, j] * node.part[j]
            node.middle[i, p] = x


@uncounted(fastmath=ANY_ORDER)
def _ends(j, count, node):
    """Set ``lean`` to down_ji and ``target`` to up_ji."""
    d, outputs = node.middle.shape
    part, table, half = node.part, node.table, node.half
    for k in range(count):
        part[k] = 0.0
    for p in range(outputs):
        x = table[p, j]
        for k in range(count):
            part[k] += x * table[p, k]
    for i in range(d):
        x = 0.0
        for p in range(outputs):
            x += table[p, j] * node.middle[i, p]
        low = 0.0
        high = 0.0
        for k in range(count):
            low += min(0.0, part[k]) * half[i, k]
            high += max(0.0, part[k]) * half[i, k]
        node.lean[i] = x + low
        node.target[i] = x + high


@uncounted()
def price_leaf(gen, lin, values, start, stop, reach, rounding, unit, grain, level, node):
    """Set G_i (``image``), E_i (``gap``), what both may be off by (``noise``), x (``exposed``) and pulls.

    ``target`` becomes |G_i| + E_i and what they may be off by.  ``grain`` is a unit of the weights.
    """
    d = lin.shape[0]
    count = stop - start
    for i in range(d):
        x = 0.0
        for k in range(d):
            x += rounding.scale[k] * abs(gen[i, k])
        node.noise[i] = unit * x * SAFE + rounding.tiny * node.length[i]
        node.gap[i] = 0.0
        node.sums[i] = 0.0
    _excess(lin, values, start, count, node)
    factor = reach / level * _COARSE
    blur = 0.0
    for i in range(d):
        blur = max(blur, node.noise[i] / node.height[i])
    for j in range(count):
        _ends(j, count, node)
        size = node.size[j]
        wrong = -np.inf
        right = -np.inf
        pull = np.inf
        for i in range(d):
            noise = size * node.noise[i]
            wrong = max(wrong, (noise - node.lean[i]) / node.height[i])
            right = max(right, (noise + node.target[i]) / node.height[i])
            pull = min(pull, -(noise + node.target[i]) / node.length[i])
        x = 0.0 if wrong <= 0.0 else min(size, wrong * factor) + grain
        y = 0.0 if right <= 0.0 else min(size, right * factor) + grain
        share = 1.0
        cost = 0.0
        doubt = 0.0
        if x > 0.0:
            share = y / (x + y)
            if y > 0.0:
                cost = max(x * share, y * (1.0 - share)) * SAFE
                # x and y themselves are known up to this: they are bounds of what the integers have
                doubt = min(1.0, _FINE + 4.0 * (size * blur * factor + grain) / (x + y))
                cost += doubt * (x + y)
        node.share[j] = share
        node.exposed[j] = min(x, y)
        node.pull[j] = pull if y == 0.0 else 0.0
        for i in range(d):
            e = node.half[i, j]
            node.gap[i] += cost * e
            node.sums[i] += doubt * size * e
    for i in range(d):
        node.noise[i] = (2.0 * node.noise[i] + node.sums[i]) * SAFE
    _images(count, node)
    for i in range(d):
        node.target[i] = (norm_of(node.image[i]) + node.gap[i]) * SAFE + node.noise[i]


@uncounted(fastmath=ANY_ORDER)
def _images(count, node):
    """Set the G_i."""
    d, outputs = node.image.shape
    for i in range(d):
        for j in range(count):
            node.part[j] = node.share[j] * node.half[i, j]
        for p in range(outputs):
            x = node.middle[i, p]
            for j in range(count):
                x += node.table[p, j] * node.part[j]
            node.image[i, p] = x


@uncounted()
def reaches(gen, vector, target):
    """Whether R.g_i >= target_i for all i, beyond rounding."""
    d = gen.shape[0]
    for i in range(d):
        inner = 0.0
        size = 0.0
        for k in range(d):
            x = vector[k] * gen[i, k]
            inner += x
            size += abs(x)
        if inner - target[i] < size * (d + 2) * _STEP:
            return False
    return True


@uncounted()
def curve(gen, values, start, stop, data, depth, reach, grain, level, node):
    """Set ``gram`` to Q less what it may be off by, ``factor``; the generators are brought to length one by ``sums``.

    Returns whether rows bend it.  They may bend it more in integers, so that single entries then show nothing.
    """
    d, outputs = node.image.shape
    last = d + 1
    gram, image, length, gap = node.gram, node.image, node.length, node.gap
    exact = True
    for i in range(d):
        node.sums[i] = 2.0 ** np.floor(np.log2(node.inverse[i]))
        exact = exact and gap[i] == 0.0
    longest = 0.0
    for i in range(d):
        longest = max(longest, (norm_of(image[i]) + node.noise[i]) / node.height[i])
    for i in range(d):
        for k in range(i, d):
            x = 0.0
            y = 0.0
            for t in range(d):
                x += gen[i, t] * gen[k, t]
            for p in range(outputs):
                y += image[i, p] * image[k, p]
            z = level * (length[i] * gap[k] + length[k] * gap[i]) * _COARSE
            gram[i, k] = level * level * x - y - z
    curved = 0.0
    for j in range(start, stop):
        at = j - start
        pull, theta = node.pull[at], node.theta[at]
        if not exact or pull <= 0.0 or theta <= 0.0 or theta >= 1.0:
            continue
        high = 0.0
        low = 0.0
        size = data.lengths[int(values[last, j])]
        for i in range(d):
            # s is known up to its rounding only
            s = values[i, j] / node.height[i]
            blur = 4.0 * (depth + 4) * _STEP * size * length[i] / node.height[i]
            high = max(high, s + blur)
            low = max(low, blur - s)
        bend = pull * min((1.0 - theta) / high, theta / low) / (longest * reach * reach)
        # the integers round it down to a multiple of 2^-13 grains
        bend = bend * (2.0 - _COARSE * _COARSE * _COARSE) - grain * 2.0**-12
        if not 0.0 < bend < 2.0**400:
            continue
        curved += bend * size * size
        for i in range(d):
            for k in range(i, d):
                gram[i, k] += 2.0 * level * bend * values[i, j] * values[k, j]
    count = stop - start
    steps = (outputs + d + count + 16) * _STEP
    bent = 2.0 * level * curved * (8.0 * (depth + 4) + count + 8.0) * _STEP
    for i in range(d):
        node.lean[i] = level * length[i] + norm_of(image[i]) + gap[i]
    for i in range(d):
        for k in range(i, d):
            x = steps * node.lean[i] * node.lean[k] + bent * length[i] * length[k]
            # G_i is off by a vector as long as the noise
            x += norm_of(image[i]) * node.noise[k] + norm_of(image[k]) * node.noise[i]
            x += node.noise[i] * node.noise[k]
            x *= SAFE * (node.sums[i] * node.sums[k])
            gram[i, k] = gram[i, k] * (node.sums[i] * node.sums[k]) - x
            gram[k, i] = gram[i, k]
            node.factor[i, k] = x
            node.factor[k, i] = x
    return curved > 0.0


@uncounted()
def copositive_by(whole, lam, unit, bent, node):
    """Look for multipliers nu that show ``gram`` to be copositive.

    They are ``whole`` times 2^-places over ``unit``; returns the places, or -1 << 30 where there are none.
    A face on which the maximizer lam lies has nu_i = (Q lam)_i / l.lam.
    """
    gram, factor = node.gram, node.factor
    d = gram.shape[0]
    for i in range(d):
        whole[i] = 0
        node.push[i] = 0.0
        # the length of the generator, brought to about one
        node.lean[i] = node.length[i] * node.sums[i]
    if not bent and rises(gram, node.push, node.lean):
        return 0
    if semidefinite(gram, factor, node.push, node.lean):
        return 0
    total = 0.0
    for i in range(d):
        total += lam[i] * node.length[i]
    most = 0.0
    for i in range(d):
        x = 0.0
        if lam[i] <= 0.0:
            for k in range(d):
                x += gram[i, k] * lam[k] / node.sums[k]
        node.push[i] = max(0.0, x) / total if total > 0.0 else 0.0
        # nu_i in the generator's own length
        most = max(most, node.push[i] / node.sums[i])
    if not 0.0 < most < 2.0**900:
        return -1 << 30
    places = _BITS - int(np.floor(np.log2(most * unit)))
    if abs(places) > 1000:
        return -1 << 30
    for i in range(d):
        whole[i] = np.int64(node.push[i] / node.sums[i] * unit * 2.0**places)
        node.push[i] = whole[i] * 2.0**-places / unit * node.sums[i]
    for i in range(d):
        for k in range(d):
            # lengths are rounded up
            x = node.push[i] * node.lean[k] + node.push[k] * node.lean[i]
            factor[i, k] = x
    for i in range(d):
        for k in range(d):
            gram[i, k] -= factor[i, k] * 2.0**-29
    if semidefinite(gram, factor, node.push, node.lean):
        return places
    return -1 << 30


@uncounted()
def rises(gram, push, lean):
    """Whether no entry of gram - push lean' - lean push' is negative, beyond rounding."""
    d = gram.shape[0]
    for i in range(d):
        for k in range(d):
            x = push[i] * lean[k] + push[k] * lean[i]
            if not gram[i, k] >= x * SAFE:
                return False
    return True

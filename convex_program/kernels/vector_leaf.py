"""What closes a cone of the search for c outputs:  |F(u)| <= T |u|,  F(u) = L u + sum_j W_j (a_j.u)_+ .

Let u = sum lam_i g_i, lam >= 0, s_ji = a_j.g_i, b = F(u)/|F(u)|.  Only u with |F(u)| > T |u| matter:
elsewhere T is the bound, and T joins the largest bound of a leaf.

**Relaxation.**  Put G(u) = sum lam_i G_i, G_i = L g_i + sum_j W_j z_ji, where row j has either its chord
z_ji = (s_ji)_+ or a line z_ji = theta_j s_ji, 0 <= theta_j <= 1.  Then |F| = b.F = b.G - sum_j (b.W_j) r_j
with r_j = sum_i lam_i z_ji - (a_j.u)_+ .

* Chord: 0 <= r_j <= sum lam_i e_ji, where e_ji is (s_ji)_+ for all i or (-s_ji)_+ for all i, since
  sum lam_i (s_ji)_+ - (a_j.u)_+ is the smaller of sum lam_i (s_ji)_+ and sum lam_i (-s_ji)_+ .
* Line: 0 <= -r_j = max((1 - theta) t, -theta t) <= sum lam_i e_ji, t = a_j.u, where
  e_ji = max((1 - theta_j) s_ji, -theta_j s_ji).

So a row with W_j.F >= 0 throughout costs nothing when it has its chord (*convex*), one with W_j.F <= 0
nothing when it has a line (*concave*).  For any other row (*ambiguous*) let -x_j <= b.W_j <= y_j for a chord, -y_j <= b.W_j <= x_j for
a line: x_j says how far the sign may be wrong.  Moving z_ji by mu e_ji towards the other side leaves r_j between
-mu sum lam_i e_ji and (1 - mu) sum lam_i e_ji, and costs at most max((1 - mu) x_j, mu y_j) sum lam_i e_ji, least at
mu = x_j/(x_j + y_j), which is half of what the chord costs where both signs are as likely:

    |F(u)| <= |G(u)| + sum lam_i E_i,   E_i = sum_j cc_j e_ji,   cc_j = max((1 - mu) x_j, mu y_j).

**Exposure x_j and y_j.**  W_j.F(u) lies between sum_i lam_i (W_j.C_i -+ sum_k |W_j.W_k| h_ki), where (a_k.u)_+ is between
sum lam_i q_ki and sum lam_i (s_ki)_+, q_ki = s_ki or 0 for all i, C_i = L g_i + sum_k W_k (q + s_+)/2 and h = (s_+ - q)/2.  With
m the unit vector along the centre, and p the largest wrong-signed end over m.g_i, the wrong part is at most
p sum lam_i m.g_i = p m.u <= p |u|, and |F| > T |u|: x_j = min(|W_j|, p/T), and y_j so from the other ends.  That sum_k |W_j.W_k| h_ki <= |W_j| sum_k |W_k| h_ki settles most rows cheaply.

**Leaf A.**  R.g_i >= |G_i| + E_i for all i gives |F(u)| <= R.u <= |R||u|, by the triangle inequality.

**Leaf B.**  With Q_ik = T^2 g_i.g_k - G_i.G_k - T (|g_i| E_k + |g_k| E_i) + 2 T sum_j c_j s_ji s_jk,

    lam.Q lam <= (T |u| - E.lam)^2 - |G|^2 + 2 T sum_j c_j t_j^2,

because |u| <= sum lam_i |g_i|.  Concave rows exceed their lines: with pull_j <= -b.W_j,

    |F| <= |G| + E.lam - sum_j pull_j (-r_j),   -r_j >= min((1 - theta)/x_+, theta/x_-) t^2/|u|,

x_+- >= (+-t)_+/|u|; c_j = pull_j min(..).  If lam.Q lam >= 0 and E.lam <= T |u| then
|G|^2 <= (T |u| - E.lam + sum_j c_j t_j^2/|u|)^2 (the last product adds 2 (T - E.lam/|u|) c t^2, so T there is
replaced by T - max E/cos tau), hence |F| <= T |u|.  Q is copositive when Q - N is positive semidefinite for any N >= 0.

**Rounding** (u = 2^-53; W, a, L are the floats at hand, what separates them from those meant is the driver's business).
s_ji has one rounding a level: |fl(s_ji) - true| <= gamma_D sum_k |a_jk||g_ik|.  A row joins L g_i with one product, its
chunk's sum and then two roundings a level.  So with S_k >= sum_j |W_j||a_jk| + |L_k|, the vectors L g_i, C_i and G_i
are within gamma_K sum_k S_k |g_ik| in length, K = CHUNK + ceil(n/CHUNK) + 2 D + m + c + 8, m the mixed rows;
lengths of these vectors and products W_j.C_i add c + 3, sums of h and e add m + 4.  ``unit`` of a node is gamma of
twice the sum of all these: nothing is counted finer.  It enters each exposure with |W_j|, and each E_i.
Rows have length about one and the largest weight is about one: what underflows, in squares too, is in ``tiny``.
"""

import numpy as np

from convex_program.kernels.row_table import padded
from convex_program.kernels.uncounted import ANY_ORDER, uncounted
from convex_program.kernels.vector_node import norm_of

_SAFE = 1.0 + 2.0**-40
_STEP = 2.0**-52
_LEAST = 2.0**-400
"""Levels below it have squares that underflow."""
_HUGE = 2.0**400


@uncounted(fastmath=ANY_ORDER)
def _ends(lin, values, start, stop, scale, gen, unit, tiny, node):
    """Set C_i, h_ki, sum_k |W_k| h_ki (``sums``) and the rounding of vectors at the generators."""
    if start < 0:
        return
    d, outputs = lin.shape
    count = padded(stop - start)
    half, middle, part, inner = node.half, node.middle, node.part, node.inner
    for i in range(d):
        x = 0.0
        for k in range(d):
            x += scale[k] * abs(gen[i, k])
        node.noise[i] = unit * x * _SAFE + tiny * node.length[i]
        for j in range(count):
            s = values[i, start + j]
            high = max(s, 0.0)
            on = s if inner[j] > 0.0 else 0.0
            half[i, j] = 0.5 * (high - on)
            part[j] = 0.5 * (high + on)
        for p in range(outputs):
            x = lin[i, p]
            for j in range(count):
                x += node.table[p, j] * part[j]
            middle[i, p] = x
        x = 0.0
        for j in range(count):
            x += node.size[j] * half[i, j]
        node.sums[i] = x


@uncounted(fastmath=ANY_ORDER)
def _sharpen(j, count, node):
    """Add sum_k |W_j.W_k| h_ki to ``target``."""
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
        for k in range(count):
            x += abs(part[k]) * half[i, k]
        node.target[i] += x


@uncounted()
def expose(
    gen, lin, values, start, stop, rounding, unit, level, inherited, node
):  # fmt: skip
    """Bound exposure and pull of every row; set E_i and the rounding.  Returns whether any E_i is positive.

    ``node.inner`` says which rows are positive where (a_k.u)_+ is to be bounded well.
    """
    d, outputs = lin.shape
    _ends(lin, values, start, stop, rounding.scale, gen, unit, rounding.tiny, node)
    middle, table, lam = node.middle, node.table, node.lam
    count = padded(stop - start)
    ambiguous = False
    for i in range(d):
        node.gap[i] = 0.0
    for at in range(stop - start):
        side = 1.0 if node.along[at] >= 0.0 else -1.0
        size = node.size[at]
        wrong = -np.inf
        for i in range(d):
            x = 0.0
            for p in range(outputs):
                x += table[p, at] * middle[i, p]
            node.lean[i] = side * x
            node.target[i] = size * node.noise[i] - side * x
            wrong = max(wrong, (node.target[i] + size * node.sums[i]) * node.inverse[i])
        if wrong > 0.0:
            _sharpen(at, count, node)
            wrong = -np.inf
            for i in range(d):
                wrong = max(wrong, node.target[i] * node.inverse[i])
        node.exposed[at] = 0.0
        node.pull[at] = 0.0
        node.share[at] = 0.0
        j = start + at
        if wrong > 0.0:
            ambiguous = True
            right = 0.0
            wrong = 0.0
            for i in range(d):
                wrong = max(wrong, node.target[i] / node.height[i])
                right = max(right, (node.target[i] + 2.0 * node.lean[i]) / node.height[i])
            wrong = min(size, wrong * _SAFE / level)
            right = min(size, right * _SAFE / level)
            share = wrong / (wrong + right)
            cost = max(wrong * (1.0 - share), right * share) * _SAFE
            node.exposed[at] = wrong
            node.share[at] = share
            theta = node.theta[at]
            up = 0.0
            down = 0.0
            for i in range(d):
                x = lam[i] * values[i, j]
                if x > 0.0:
                    up += x
                else:
                    down -= x
            slant = 1.0 if up < down else -1.0
            node.slant[at] = slant
            for i in range(d):
                s = values[i, j]
                if side > 0.0:
                    node.gap[i] += cost * max(slant * s, 0.0)
                else:
                    node.gap[i] += cost * max((1.0 - theta) * s, -theta * s)
        elif wrong < 0.0 and side < 0.0 and inherited < np.inf:
            node.pull[at] = -wrong / (inherited * _SAFE)
    return ambiguous


@uncounted(fastmath=ANY_ORDER)
def relax(lin, values, start, stop, node):
    """Set ``image`` to G_i and ``target`` to |G_i| + E_i."""
    if start < 0:
        return
    d, outputs = lin.shape
    count = padded(stop - start)
    part, image = node.part, node.image
    for i in range(d):
        for j in range(count):
            s = values[i, start + j]
            theta, share = node.theta[j], node.share[j]
            chord = max(s, 0.0) - share * max(node.slant[j] * s, 0.0)
            line = theta * s + share * max((1.0 - theta) * s, -theta * s)
            part[j] = chord if node.along[j] >= 0.0 else line
        for p in range(outputs):
            x = lin[i, p]
            for j in range(count):
                x += node.table[p, j] * part[j]
            image[i, p] = x
        node.target[i] = norm_of(image[i]) + node.gap[i]


@uncounted()
def certify_vector(gen, allowance, tiny, node):
    """Push ``residual`` until R.g_i >= target_i + its rounding for all i; return |R| or inf.

    As `convex_program.kernels.cone_bound.certify`: the push is along the sum of the unit generators.
    """
    d = gen.shape[0]
    gamma = (d + 1) * 2.0**-53
    residual = node.residual
    for _ in range(4):
        kappa = 0.0
        for i in range(d):
            inner = 0.0
            error = node.noise[i] * 2.0
            for k in range(d):
                g = gen[i, k]
                inner += residual[k] * g
                error += (gamma * abs(residual[k]) + tiny) * abs(g)
            missing = error * _SAFE - (inner - node.target[i])
            if missing > 0.0:
                kappa = max(kappa, missing * node.inverse[i])
        if kappa == 0.0:
            return norm_of(residual) * _SAFE
        if kappa > allowance:
            return np.inf
        kappa *= 1.0625
        for i in range(d):
            for k in range(d):
                residual[k] += kappa * node.inverse[i] * gen[i, k]
    return np.inf


@uncounted()
def form(gen, values, start, stop, data, depth, level, cosine, node):
    """Set ``gram`` to Q less what rounding may have added, generators of length about one.

    Returns False where E is too large for it.
    """
    d, outputs = node.image.shape
    last = d + 1
    gram, image, length = node.gram, node.image, node.length
    mixed = stop - start
    left = level
    for i in range(d):
        error = (node.gap[i] + 2.0 * node.noise[i]) * _SAFE
        node.push[i] = error
        left = min(left, level - error * node.inverse[i] / cosine * _SAFE)
    if left <= 0.0 or level < _LEAST:
        return False
    for i in range(d):
        node.sums[i] = 2.0 ** np.floor(np.log2(node.inverse[i]))
    for i in range(d):
        for k in range(i, d):
            x = 0.0
            y = 0.0
            for t in range(d):
                x += gen[i, t] * gen[k, t]
            for p in range(outputs):
                y += image[i, p] * image[k, p]
            gram[i, k] = (
                level * level * x
                - y
                - level * (length[i] * node.push[k] + length[k] * node.push[i])
            )
    curved = 0.0
    for j in range(start, stop):
        at = j - start
        pull = node.pull[at]
        theta = node.theta[at]
        if pull <= 0.0 or theta <= 0.0 or theta >= 1.0:
            continue
        high = 0.0
        low = 0.0
        for i in range(d):
            s = values[i, j] * node.inverse[i]
            high = max(high, s)
            low = max(low, -s)
        size = data.lengths[int(values[last, j])]
        # s is known up to its rounding only; a little is added for it
        high = (high + 4.0 * (depth + 4) * _STEP * size) / cosine * _SAFE
        low = (low + 4.0 * (depth + 4) * _STEP * size) / cosine * _SAFE
        c = pull * min((1.0 - theta) / high, theta / low) * (1.0 - 2.0**-40)
        if not c < _HUGE:
            continue
        curved += c * size * size
        for i in range(d):
            for k in range(i, d):
                gram[i, k] += 2.0 * left * c * values[i, j] * values[k, j]
    steps = (outputs + d + mixed + 16) * _STEP
    bent = 2.0 * left * curved * (4.0 * (depth + 4) + mixed + 8.0) * _STEP
    for i in range(d):
        node.lean[i] = level * length[i] + norm_of(image[i]) + node.push[i]
    for i in range(d):
        for k in range(i, d):
            x = steps * node.lean[i] * node.lean[k] + bent * length[i] * length[k]
            gram[i, k] = (gram[i, k] - x * _SAFE) * (node.sums[i] * node.sums[k])
            gram[k, i] = gram[i, k]
    return True


@uncounted()
def copositive(gen, lam, node):
    """Whether ``gram`` (generators times powers of two) is shown to be copositive.

    N has the multipliers of the faces on which lam, the maximizer, lies: N = mu w^T + w mu^T with
    w_i = u.g_i >= 0 and mu = (Q lam)_+ where lam_i = 0.
    """
    gram, factor = node.gram, node.factor
    d = gram.shape[0]
    nonnegative = True
    for i in range(d):
        for k in range(d):
            if not gram[i, k] >= 0.0:
                nonnegative = False
    if nonnegative:
        return True
    # the point and its products, generators scaled as in gram
    for k in range(d):
        x = 0.0
        for i in range(d):
            x += lam[i] * gen[i, k]
        node.residual[k] = x
    squared = 0.0
    for k in range(d):
        squared += node.residual[k] * node.residual[k]
    if squared == 0.0:
        return False
    bent = False
    for i in range(d):
        mu = 0.0
        if lam[i] <= 0.0:
            for k in range(d):
                mu += gram[i, k] * lam[k] / node.sums[k]
            mu = max(0.0, mu)
            bent = bent or mu > 0.0
        node.push[i] = mu
        w = 0.0
        for k in range(d):
            w += node.residual[k] * gen[i, k]
        node.lean[i] = max(0.0, w) * node.sums[i] / squared
    if bent and semidefinite(gram, factor, node.push, node.lean):
        return True
    for i in range(d):
        node.push[i] = 0.0
    return semidefinite(gram, factor, node.push, node.lean)


@uncounted()
def semidefinite(gram, factor, mu, w):
    """Whether gram - mu w^T - w mu^T is positive semidefinite, by a floating Cholesky (Rump 2006).

    A factorization that ends shows A + D >= 0 with |D| <= gamma_(d+1) trace(A) (1 + ..); what computing A rounded
    off is at most 4 u times the sum of its terms' sizes.
    """
    d = gram.shape[0]
    total = 0.0
    for i in range(d):
        for k in range(d):
            n = mu[i] * w[k] + mu[k] * w[i]
            factor[i, k] = gram[i, k] - n
            total += abs(gram[i, k]) + n
    shift = (2.0 * d + 12.0) * _STEP * total
    for i in range(d):
        factor[i, i] -= shift
    for i in range(d):
        for k in range(i + 1):
            x = factor[i, k]
            for t in range(k):
                x -= factor[i, t] * factor[k, t]
            if i == k:
                if not x > 0.0:
                    return False
                factor[i, i] = np.sqrt(x)
            else:
                factor[i, k] = x / factor[k, k]
    return True

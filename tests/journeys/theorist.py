"""A theorist: patterns, all optima of an example made by hand, the landscape of narrow networks."""

from itertools import pairwise

import arrangements as ar
import convex_program as cx

cross = [[4, 0], [-4, 0], [0, 3], [0, -3]]
arrangement = ar.Arrangement(cross)
patterns = ar.enumerate_patterns(arrangement)
assert len(patterns) == ar.count_regions(arrangement) == 4  # two distinct lines through the origin

problem = cx.TrainingProblem(cross, [18, 18, 11, 11], beta=10)
optima = cx.optimal_set(problem)
assert optima.unique is cx.Answer.NO
assert (optima.smallest_width, optima.largest_width, optima.connected_from) == (2, 2, 4)

# the optimal value by hand: 4 times 2^2 / 2 for the loss, 10 times the weights 5 + 5
value = 4 * 2 + 10 * 10
for network in optima.minimal_networks():
    assert abs(problem.objective(network) - value) < 1e-9
assert cx.local_minima(problem, 1)[0].value > value + 1  # one neuron is not enough

stuck = cx.local_minima(problem, 1)[0].network
path = cx.descent_path(stuck, optima.optimum, width=6)
values = path.objectives(11)
assert all(later <= earlier + 1e-9 for earlier, later in pairwise(values))
print(optima.summary())

"""No weight decay: what networks of any width reach, exactly."""

from convex_program.undecayed.combination import solve
from convex_program.undecayed.front import certify_undecayed, space_of, undecayed_optimum
from convex_program.undecayed.neurons import spanning_neurons
from convex_program.undecayed.record import UndecayedOptimum
from convex_program.undecayed.space import Part, ReachableSpace, Tie
from convex_program.undecayed.spanning import reachable_space
from convex_program.undecayed.verdict import UndecayedVerdict

__all__ = [
    "Part",
    "ReachableSpace",
    "Tie",
    "UndecayedOptimum",
    "UndecayedVerdict",
    "certify_undecayed",
    "reachable_space",
    "solve",
    "space_of",
    "spanning_neurons",
    "undecayed_optimum",
]

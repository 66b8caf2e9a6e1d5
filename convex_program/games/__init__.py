"""Games with two-layer discriminators: who wins against a generator, and generators nobody beats."""

from convex_program.games.base import Advantage, Discriminator
from convex_program.games.gated import GatedGame, gated_game
from convex_program.games.generators import (
    covariance_matching,
    linear_generator,
    mean_matching,
    piecewise_mean_matching,
)
from convex_program.games.linear import LinearDiscriminator
from convex_program.games.quadratic import QuadraticDiscriminator
from convex_program.games.relu import ReLUDiscriminator
from convex_program.games.verdict import GeneratorVerdict, certify_generator

__all__ = [
    "Advantage",
    "Discriminator",
    "GatedGame",
    "GeneratorVerdict",
    "LinearDiscriminator",
    "QuadraticDiscriminator",
    "ReLUDiscriminator",
    "certify_generator",
    "covariance_matching",
    "gated_game",
    "linear_generator",
    "mean_matching",
    "piecewise_mean_matching",
]

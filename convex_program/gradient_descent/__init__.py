"""Training by gradient descent: the thing that certificates are about."""

from convex_program.gradient_descent.front import GradientDescent, Training, train
from convex_program.gradient_descent.history import History
from convex_program.gradient_descent.rules import Adagrad, Adam, Momentum, Rule, Steepest
from convex_program.gradient_descent.starts import (
    GaussianStart,
    HeStart,
    NetworkStart,
    Start,
)

__all__ = [
    "Adagrad",
    "Adam",
    "GaussianStart",
    "GradientDescent",
    "HeStart",
    "History",
    "Momentum",
    "NetworkStart",
    "Rule",
    "Start",
    "Steepest",
    "Training",
    "train",
]

"""Estimators for scikit-learn: certified fits behind ``fit`` and ``predict``.

Importing this room imports scikit-learn.
"""

from convex_program.estimators.classifier import ConvexReLUClassifier
from convex_program.estimators.gated import ConvexGatedReLUClassifier, ConvexGatedReLURegressor
from convex_program.estimators.path import ConvexReLURegressorCV
from convex_program.estimators.regressor import ConvexReLURegressor

__all__ = [
    "ConvexGatedReLUClassifier",
    "ConvexGatedReLURegressor",
    "ConvexReLUClassifier",
    "ConvexReLURegressor",
    "ConvexReLURegressorCV",
]

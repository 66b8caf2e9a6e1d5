"""Convex reformulations of ReLU networks and exact certificates of global optimality.

>>> import convex_program as cx
>>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
>>> best = cx.global_optimum(problem)
>>> round(best.upper, 6), best.level.value
(1.25, 'proved')
"""

from typing import Any

from arrangements import __version__
from convex_program import plotting, scaling
from convex_program.activations import (
    AbsoluteValue,
    Activation,
    LeakyReLU,
    ReLU,
    TwoSlope,
)
from convex_program.batch_norm import (
    BatchNormBracket,
    BatchNormNetwork,
    BatchNormOptimum,
    BatchNormProblem,
    BatchNormVerdict,
    Normalization,
    UnitLength,
    UnitVariance,
    batch_norm_optimum,
    certify_batch_norm,
)
from convex_program.bracket import Bracket
from convex_program.certificate import Certificate
from convex_program.certify import Verdict, certify
from convex_program.claim import (
    CellClaim,
    Claim,
    DualClaim,
    Level,
    NetworkClaim,
    PatternClaim,
)
from convex_program.deep_linear import DeepLinear
from convex_program.descent_path import DescentPath, descent_path
from convex_program.dual import certify_dual, certify_rigorously
from convex_program.errors import ArgumentError, ClaimError, ConvexProgramError, SolverError
from convex_program.evidence import Evidence, ListedCells, Priced
from convex_program.fit import Fit
from convex_program.games import (
    Advantage,
    Discriminator,
    GatedGame,
    GeneratorVerdict,
    LinearDiscriminator,
    QuadraticDiscriminator,
    ReLUDiscriminator,
    certify_generator,
    covariance_matching,
    gated_game,
    linear_generator,
    mean_matching,
    piecewise_mean_matching,
)
from convex_program.gated import Decomposition, Gated, GatedNetwork, GatedOptimum, gated_optimum
from convex_program.gauge import Atom, Block, Gauge
from convex_program.gradient_descent import (
    Adagrad,
    Adam,
    GaussianStart,
    GradientDescent,
    HeStart,
    History,
    Momentum,
    NetworkStart,
    Rule,
    Start,
    Steepest,
    Training,
    train,
)
from convex_program.hidden_bias import DecayedHiddenBias, FreeHiddenBias, HiddenBias
from convex_program.importers import (
    from_sklearn,
    from_torch,
    from_torch_batch_norm,
    load_state_dict,
    to_torch,
)
from convex_program.interpolation import InterpolatingOptimum, interpolating_optimum
from convex_program.io import load_claim, load_network, save_claim, save_network
from convex_program.irreducible import irreducible_network
from convex_program.local_minima import LocalMinimum, local_minima
from convex_program.losses import (
    Absolute,
    Hinge,
    Huber,
    Interpolation,
    Logistic,
    Loss,
    Quantile,
    SoftmaxCrossEntropy,
    Squared,
    SquaredHinge,
)
from convex_program.network import Network
from convex_program.normalization_after import (
    CellOutputs,
    NormalizationAfterBracket,
    NormalizationAfterNetwork,
    NormalizationAfterOptimum,
    NormalizationAfterProblem,
    NormalizationAfterVerdict,
    OutputCells,
    OutputCone,
    certify_normalization_after,
    normalization_after_optimum,
)
from convex_program.optimal_set import Answer, OptimalSet, WeightPolytope, optimal_set
from convex_program.optimum import GlobalOptimum, global_optimum
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.path import PathStatus, RegularizationPath, regularization_path
from convex_program.pricing import (
    AutoPricing,
    BranchAndBound,
    Pricing,
    PricingChoice,
    PricingMethod,
    PricingStatus,
    SemidefiniteRelaxation,
    SpectralBound,
    VectorBranchAndBound,
    VectorPricing,
    Zonotope,
)
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import convex_point, recover_network
from convex_program.report import save_report
from convex_program.robust import (
    Ball,
    EuclideanBall,
    MaxNormBall,
    RobustOptimum,
    WorstCase,
    robust_optimum,
    worst_case,
)
from convex_program.scenario import scenario_gates, scenario_risk
from convex_program.solution import Proposal, Round, Solution, Status
from convex_program.solvers import (
    ADMM,
    Auto,
    Feasibility,
    FullPattern,
    Solver,
    VectorWorkingSet,
    WorkingSet,
    examine_blocks,
)
from convex_program.stationarity import (
    Stationarity,
    StationarityStatus,
    examine_stationarity,
)
from convex_program.three_layer import (
    Cubes,
    MaskedBranchAndBound,
    MaskedPricing,
    ParallelNetwork,
    Products,
    Regularizer,
    ThreeLayerBracket,
    ThreeLayerOptimum,
    ThreeLayerProblem,
    ThreeLayerVerdict,
    UnitFirstLayer,
    certify_three_layer,
    three_layer_optimum,
)
from convex_program.threshold import beta_max
from convex_program.training_gap import Gap, GapPoint
from convex_program.two_sided import TwoSided
from convex_program.undecayed import (
    ReachableSpace,
    UndecayedOptimum,
    UndecayedVerdict,
    certify_undecayed,
    reachable_space,
    undecayed_optimum,
)
from convex_program.verify import Verification, verify

__all__ = [
    "ADMM",
    "Absolute",
    "AbsoluteValue",
    "Activation",
    "Adagrad",
    "Adam",
    "Advantage",
    "Answer",
    "ArgumentError",
    "Atom",
    "Auto",
    "AutoPricing",
    "Ball",
    "BatchNormBracket",
    "BatchNormNetwork",
    "BatchNormOptimum",
    "BatchNormProblem",
    "BatchNormVerdict",
    "Block",
    "Bracket",
    "BranchAndBound",
    "CellClaim",
    "CellOutputs",
    "Certificate",
    "Claim",
    "ClaimError",
    "ConvexGatedReLUClassifier",
    "ConvexGatedReLURegressor",
    "ConvexProgram",
    "ConvexProgramError",
    "ConvexReLUClassifier",
    "ConvexReLURegressor",
    "ConvexReLURegressorCV",
    "Cubes",
    "DecayedBias",
    "DecayedHiddenBias",
    "Decomposition",
    "DeepLinear",
    "DescentPath",
    "Discriminator",
    "DualClaim",
    "EuclideanBall",
    "Evidence",
    "Feasibility",
    "Fit",
    "FreeBias",
    "FreeHiddenBias",
    "FullPattern",
    "Gap",
    "GapPoint",
    "Gated",
    "GatedGame",
    "GatedNetwork",
    "GatedOptimum",
    "Gauge",
    "GaussianStart",
    "GeneratorVerdict",
    "GlobalOptimum",
    "GradientDescent",
    "HeStart",
    "HiddenBias",
    "Hinge",
    "History",
    "Huber",
    "InterpolatingOptimum",
    "Interpolation",
    "LeakyReLU",
    "Level",
    "LinearDiscriminator",
    "ListedCells",
    "LocalMinimum",
    "Logistic",
    "Loss",
    "MaskedBranchAndBound",
    "MaskedPricing",
    "MaxNormBall",
    "Momentum",
    "Network",
    "NetworkClaim",
    "NetworkStart",
    "NoBias",
    "Normalization",
    "NormalizationAfterBracket",
    "NormalizationAfterNetwork",
    "NormalizationAfterOptimum",
    "NormalizationAfterProblem",
    "NormalizationAfterVerdict",
    "OptimalSet",
    "OutputBias",
    "OutputCells",
    "OutputCone",
    "ParallelNetwork",
    "PathStatus",
    "PatternClaim",
    "Priced",
    "Pricing",
    "PricingChoice",
    "PricingMethod",
    "PricingStatus",
    "Products",
    "Proposal",
    "QuadraticDiscriminator",
    "Quantile",
    "ReLU",
    "ReLUDiscriminator",
    "ReachableSpace",
    "RegularizationPath",
    "Regularizer",
    "RobustOptimum",
    "Round",
    "Rule",
    "SemidefiniteRelaxation",
    "SoftmaxCrossEntropy",
    "Solution",
    "Solver",
    "SolverError",
    "SpectralBound",
    "Squared",
    "SquaredHinge",
    "Start",
    "Stationarity",
    "StationarityStatus",
    "Status",
    "Steepest",
    "ThreeLayerBracket",
    "ThreeLayerOptimum",
    "ThreeLayerProblem",
    "ThreeLayerVerdict",
    "Training",
    "TrainingProblem",
    "TwoSided",
    "TwoSlope",
    "UndecayedOptimum",
    "UndecayedVerdict",
    "UnitFirstLayer",
    "UnitLength",
    "UnitVariance",
    "VectorBranchAndBound",
    "VectorPricing",
    "VectorWorkingSet",
    "Verdict",
    "Verification",
    "WeightPolytope",
    "WorkingSet",
    "WorstCase",
    "Zonotope",
    "__version__",
    "batch_norm_optimum",
    "beta_max",
    "certify",
    "certify_batch_norm",
    "certify_dual",
    "certify_generator",
    "certify_normalization_after",
    "certify_rigorously",
    "certify_three_layer",
    "certify_undecayed",
    "convex_point",
    "covariance_matching",
    "descent_path",
    "examine_blocks",
    "examine_stationarity",
    "from_sklearn",
    "from_torch",
    "from_torch_batch_norm",
    "gated_game",
    "gated_optimum",
    "global_optimum",
    "interpolating_optimum",
    "irreducible_network",
    "linear_generator",
    "load_claim",
    "load_network",
    "load_state_dict",
    "local_minima",
    "mean_matching",
    "normalization_after_optimum",
    "optimal_set",
    "piecewise_mean_matching",
    "plotting",
    "reachable_space",
    "recover_network",
    "regularization_path",
    "robust_optimum",
    "save_claim",
    "save_network",
    "save_report",
    "scaling",
    "scenario_gates",
    "scenario_risk",
    "three_layer_optimum",
    "to_torch",
    "train",
    "undecayed_optimum",
    "verify",
    "worst_case",
]

_ESTIMATORS = (
    "ConvexGatedReLUClassifier",
    "ConvexGatedReLURegressor",
    "ConvexReLUClassifier",
    "ConvexReLURegressor",
    "ConvexReLURegressorCV",
)
"""What needs scikit-learn, which is imported when one of them is asked for."""


def __getattr__(name: str) -> Any:
    """Import the estimators when they are wanted."""
    if name not in _ESTIMATORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from convex_program import estimators
    except ImportError as error:
        if error.name is None or not error.name.startswith("sklearn"):
            raise
        raise ArgumentError(
            f"{name} stands on scikit-learn: install the extra relu-arrangements[sklearn]"
        ) from None
    return getattr(estimators, name)

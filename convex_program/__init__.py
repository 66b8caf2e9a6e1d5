"""Convex reformulations of ReLU networks and exact certificates of global optimality.

>>> import convex_program as cx
>>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
>>> best = cx.global_optimum(problem)
>>> round(best.upper, 6), best.level.value
(1.25, 'proved')
"""

from arrangements import __version__
from convex_program import plotting, scaling
from convex_program.architectures import Architecture, Atom, Block, ReLU
from convex_program.bracket import Bracket, exact_objective
from convex_program.certificate import Certificate, certify_dual
from convex_program.certify import Verdict, certify
from convex_program.claim import (
    CellClaim,
    Claim,
    DualClaim,
    Level,
    NetworkClaim,
    PatternClaim,
)
from convex_program.errors import ArgumentError, ClaimError, ConvexProgramError, SolverError
from convex_program.gradient_descent import GradientDescent, Training, train
from convex_program.importers import from_sklearn, from_torch, load_state_dict
from convex_program.io import load_claim, load_network, save_claim, save_network
from convex_program.losses import Loss, Squared
from convex_program.lower_bound import LowerBound
from convex_program.network import Network
from convex_program.optimum import GlobalOptimum, beta_max, global_optimum
from convex_program.output_bias import DecayedBias, FreeBias, NoBias, OutputBias
from convex_program.path import PathStatus, RegularizationPath, regularization_path
from convex_program.pricing import (
    AutoPricing,
    BranchAndBound,
    Pricing,
    PricingChoice,
    PricingMethod,
    PricingStatus,
    Zonotope,
)
from convex_program.problem import TrainingProblem
from convex_program.program import ConvexProgram
from convex_program.recover import convex_point, recover_network
from convex_program.reduction import irreducible_network
from convex_program.rigorous import RigorousCertificate, certify_rigorously
from convex_program.solution import DirectSolution, DirectStatus, Round, Solution, Status
from convex_program.solvers import (
    Auto,
    Choice,
    DirectSolver,
    FullPattern,
    Solver,
    WorkingSet,
)
from convex_program.stationarity import (
    Stationarity,
    StationarityStatus,
    examine_stationarity,
)
from convex_program.verify import Verification, verify

__all__ = [
    "Architecture",
    "ArgumentError",
    "Atom",
    "Auto",
    "AutoPricing",
    "Block",
    "Bracket",
    "BranchAndBound",
    "CellClaim",
    "Certificate",
    "Choice",
    "Claim",
    "ClaimError",
    "ConvexProgram",
    "ConvexProgramError",
    "DecayedBias",
    "DirectSolution",
    "DirectSolver",
    "DirectStatus",
    "DualClaim",
    "FreeBias",
    "FullPattern",
    "GlobalOptimum",
    "GradientDescent",
    "Level",
    "Loss",
    "LowerBound",
    "Network",
    "NetworkClaim",
    "NoBias",
    "OutputBias",
    "PathStatus",
    "PatternClaim",
    "Pricing",
    "PricingChoice",
    "PricingMethod",
    "PricingStatus",
    "ReLU",
    "RegularizationPath",
    "RigorousCertificate",
    "Round",
    "Solution",
    "Solver",
    "SolverError",
    "Squared",
    "Stationarity",
    "StationarityStatus",
    "Status",
    "Training",
    "TrainingProblem",
    "Verdict",
    "Verification",
    "WorkingSet",
    "Zonotope",
    "__version__",
    "beta_max",
    "certify",
    "certify_dual",
    "certify_rigorously",
    "convex_point",
    "exact_objective",
    "examine_stationarity",
    "from_sklearn",
    "from_torch",
    "global_optimum",
    "irreducible_network",
    "load_claim",
    "load_network",
    "load_state_dict",
    "plotting",
    "recover_network",
    "regularization_path",
    "save_claim",
    "save_network",
    "scaling",
    "train",
    "verify",
]

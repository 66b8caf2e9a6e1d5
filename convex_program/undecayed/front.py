"""Front doors for training problems without weight decay."""

from __future__ import annotations

from convex_program.errors import ArgumentError
from convex_program.fit import Fit
from convex_program.losses import Squared
from convex_program.network import Network
from convex_program.problem import TrainingProblem
from convex_program.undecayed.minimum import least_loss
from convex_program.undecayed.record import UndecayedOptimum
from convex_program.undecayed.space import ReachableSpace
from convex_program.undecayed.spanning import reachable_space
from convex_program.undecayed.verdict import UndecayedVerdict


def space_of(problem: TrainingProblem) -> ReachableSpace:
    """Return what networks of any width reach on the data of a problem.

    Parameters
    ----------
    problem : TrainingProblem
        Its weight decay plays no part: any output bias is a free one.
    """
    constant = problem.output_bias.bend(0.0) is not None
    return reachable_space(problem.data, problem.activation, constant=constant)


def undecayed_optimum(problem: TrainingProblem) -> UndecayedOptimum:
    """Return the infimum of the loss over networks of every width, without weight decay.

    Parameters
    ----------
    problem : TrainingProblem
        With beta = 0.

    Returns
    -------
    UndecayedOptimum

    Raises
    ------
    ArgumentError
        When the problem has weight decay.

    Notes
    -----
    *Algorithm.* Networks reach a linear space of outputs (`ReachableSpace`), and the loss is
    convex.  Every part of the space whose targets are not reached as they are is a small convex program of
    its own.

    *Exactness.* *Proved.*  For losses that are rational the bounds are one number, unless rounding misled
    the floating-point proposal; for the logistic loss they nearly meet.

    *Cost.* Grouping of rows.  Duplicate or parallel rows cost a sort; rows that are dependent across the
    origin, and parallel rows beside an output bias, a rational system as large as their number.

    Examples
    --------
    >>> problem = TrainingProblem([[1.0, 1.0], [1.0, 1.0], [2.0, 1.0]], [0.0, 1.0, 5.0], beta=0)
    >>> best = undecayed_optimum(problem)
    >>> best.exact_upper, best.is_exact, best.is_attained, best.width
    (Fraction(1, 4), True, True, 2)
    """
    if problem.exact_beta != 0:
        raise ArgumentError(
            f"beta = {problem.decay:g}: with weight decay use global_optimum; undecayed_optimum is "
            "about beta = 0"
        )
    problem.require_one_output(
        "beta = 0 is answered for one output",
        "without decay each column of y is a problem of its own: solve them one by one",
    )
    space, fit = space_of(problem), problem.fit
    if not fit.loss.finite:
        # Infinite off the targets: least squares say whether they are reached, and what forbids it.
        fit = Fit(Squared(), fit.exact_targets, fit.exact_weights)
    return UndecayedOptimum(problem, space, least_loss(space, fit))


def certify_undecayed(network: Network, problem: TrainingProblem) -> UndecayedVerdict:
    """Say how far a network is from what networks of any width reach without weight decay.

    Parameters
    ----------
    network : Network
    problem : TrainingProblem
        With beta = 0.

    Raises
    ------
    ArgumentError
        When the network does not belong to the problem, or that has weight decay.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0)
    >>> verdict = cx.certify_undecayed(cx.Network([[1.0]], [2.0]), problem)
    >>> verdict.objective, verdict.distance
    (0.5, 0.5)
    """
    problem.admit(network)
    return UndecayedVerdict(network, undecayed_optimum(problem))

"""From a gated network to a ReLU network: every weight as a difference of two in its gate's cone.

On the closed cone of a gate its neuron is linear, so ``w = u - v`` with u and v in the cone is two
ReLU neurons with the same outputs on the data.  They cost ``|u| + |v| >= |w|``: the sum of the
differences is what the ReLU network costs more, and nothing bounds it well.
"""

from __future__ import annotations

from dataclasses import dataclass

from convex_program.errors import SolverError
from convex_program.gated.network import GatedNetwork
from convex_program.gated.program import GatedProgram
from convex_program.gauge import Atom
from convex_program.network import Network
from convex_program.norms import row_norms
from convex_program.solvers.cone_decomposition import split_in_cone


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A ReLU network made of a gated one.

    Parameters
    ----------
    network : Network
        Two neurons a gate at most, balanced.
    gated_penalty, penalty : float
        ``beta sum |w_i|`` and ``beta sum (|u_i| + |v_i|)``.
    objective : float
        Of the network, in floating point; `TrainingProblem.exact_objective` has it exactly.

    Examples
    --------
    >>> import convex_program as cx
    >>> problem = cx.TrainingProblem([[-1.0], [1.0]], [1.0, 2.0], beta=0.5)
    >>> best = cx.gated_optimum(problem, cx.Gated([[1.0], [-1.0]]))
    >>> made = best.decomposed()
    >>> round(made.factor, 6)  # in one dimension, gates of both cells: nothing is lost
    1.0
    """

    network: Network
    gated_penalty: float
    penalty: float
    objective: float

    @property
    def factor(self) -> float:
        """By how much the penalty is multiplied; 1 where no gate had to be split."""
        return self.penalty / self.gated_penalty if self.gated_penalty else 1.0

    def __repr__(self) -> str:
        """One line: size and cost."""
        return (
            f"Decomposition({self.network.width} neurons, objective={self.objective:.9g}, "
            f"penalty times {self.factor:.3g})"
        )


def decompose(program: GatedProgram, network: GatedNetwork) -> Decomposition:
    """Return a ReLU network with the outputs of a gated one on the data.

    Parameters
    ----------
    program : GatedProgram
    network : GatedNetwork

    Raises
    ------
    SolverError
        When a gate's cone has no interior.

    Notes
    -----
    *Cost.* One second-order cone program of q + 2 variables and n + 2 q rows for each weight that is
    in neither its gate's cone nor the opposite one.

    *Exactness.* The network's objective is that of its weights as they are; that its outputs equal
    the gated ones holds to the solver's accuracy.
    """
    problem = program.problem
    gauge = problem.gauge
    sides = network.gates.sides(problem.data)
    atoms: list[Atom] = []
    for i, weight in enumerate(network.weights):
        parts = split_in_cone(weight, gauge.block(sides[i]).cone)
        if parts is None:
            raise SolverError(
                f"gate {i}: its cone has no interior, or one too thin for a conic solver; leave it "
                "out (sampled gates have interiors)"
            )
        atoms += [Atom(part, sign) for part, sign in zip(parts, (1, -1), strict=True) if part.any()]
    relu = gauge.network(atoms, network.output_bias)
    beta = problem.decay
    return Decomposition(
        relu,
        gated_penalty=beta * float(row_norms(network.weights).sum()),
        penalty=beta * sum(float(row_norms(atom.vector[None])[0]) for atom in atoms),
        objective=problem.objective(relu),
    )

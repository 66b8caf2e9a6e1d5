"""Networks trained elsewhere: as a `Network` and the problem they were trained for."""

from convex_program.importers.sklearn import from_sklearn
from convex_program.importers.torch import (
    from_torch,
    from_torch_batch_norm,
    load_state_dict,
    to_torch,
)

__all__ = ["from_sklearn", "from_torch", "from_torch_batch_norm", "load_state_dict", "to_torch"]

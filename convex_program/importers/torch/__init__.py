"""PyTorch models, by duck typing: torch itself is imported to make one, never to read one."""

from convex_program.importers.torch.batch_norm import from_torch_batch_norm
from convex_program.importers.torch.export import to_torch
from convex_program.importers.torch.front import from_torch
from convex_program.importers.torch.state_dict import load_state_dict

__all__ = ["from_torch", "from_torch_batch_norm", "load_state_dict", "to_torch"]

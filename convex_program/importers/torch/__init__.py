"""PyTorch models, by duck typing: torch itself is imported to make one, never to read one."""

from convex_program.importers.torch.export import to_torch
from convex_program.importers.torch.front import from_torch
from convex_program.importers.torch.state_dict import load_state_dict

__all__ = ["from_torch", "load_state_dict", "to_torch"]

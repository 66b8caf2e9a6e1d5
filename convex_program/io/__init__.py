"""Files in and out: claims, networks as NPZ."""

from convex_program.io.claims import load_claim, save_claim
from convex_program.io.networks import load_network, save_network

__all__ = ["load_claim", "load_network", "save_claim", "save_network"]

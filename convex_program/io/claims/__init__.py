"""Claims on disk: schemas 1 and 2, one line of JSON and a packed body; schema 0, plain JSON, is read."""

from convex_program.io.claims.front import load_claim, read_claim, save_claim
from convex_program.io.claims.packed import ClaimedData

__all__ = ["ClaimedData", "load_claim", "read_claim", "save_claim"]

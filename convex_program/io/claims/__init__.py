"""Claims on disk: schema 1, one line of JSON and a packed body; schema 0, plain JSON, is read."""

from convex_program.io.claims.front import load_claim, save_claim

__all__ = ["load_claim", "save_claim"]

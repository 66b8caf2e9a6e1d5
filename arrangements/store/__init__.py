"""Patterns on disk: NPZ files for lists, Parquet data sets for what outgrows memory."""

from arrangements.store.npz import file_record, load_patterns, rebuild_patterns, save_patterns
from arrangements.store.records import completion_record, read_completion

__all__ = [
    "completion_record",
    "file_record",
    "load_patterns",
    "read_completion",
    "rebuild_patterns",
    "save_patterns",
]

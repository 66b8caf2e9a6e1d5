"""Patterns on disk: NPZ files for lists, Parquet data sets for what outgrows memory."""

from arrangements.store.check import StoreCheck, verify_patterns
from arrangements.store.export import load_store, save_csv
from arrangements.store.format import PatternFormat
from arrangements.store.manifest import Part
from arrangements.store.npz import file_record, load_patterns, rebuild_patterns, save_patterns
from arrangements.store.reader import PatternStore, StoredBatch, open_patterns
from arrangements.store.records import completion_record, read_completion
from arrangements.store.writer import StoreRun, store_patterns

__all__ = [
    "Part",
    "PatternFormat",
    "PatternStore",
    "StoreCheck",
    "StoreRun",
    "StoredBatch",
    "completion_record",
    "file_record",
    "load_patterns",
    "load_store",
    "open_patterns",
    "read_completion",
    "rebuild_patterns",
    "save_csv",
    "save_patterns",
    "store_patterns",
    "verify_patterns",
]

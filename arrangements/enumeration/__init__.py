"""Listing every region: what a method promises, the methods, and the front function."""

from arrangements.enumeration.angles import Angles
from arrangements.enumeration.auto import Auto
from arrangements.enumeration.base import Batch, BatchRun, Method
from arrangements.enumeration.double_description import DoubleDescription
from arrangements.enumeration.front import Cost, enumerate_patterns, preview_cost
from arrangements.enumeration.incremental import Incremental
from arrangements.enumeration.plan import plan_units
from arrangements.enumeration.proving import Statistics, expanded
from arrangements.enumeration.running import Job, plan_jobs, run_job
from arrangements.enumeration.stream import (
    Limit,
    PatternStream,
    ProvedUnit,
    StreamCompletion,
    StreamStopped,
    stream_patterns,
)
from arrangements.enumeration.sweep import Cells, Cursor, Sweep

__all__ = [
    "Angles",
    "Auto",
    "Batch",
    "BatchRun",
    "Cells",
    "Cost",
    "Cursor",
    "DoubleDescription",
    "Incremental",
    "Job",
    "Limit",
    "Method",
    "PatternStream",
    "ProvedUnit",
    "Statistics",
    "StreamCompletion",
    "StreamStopped",
    "Sweep",
    "enumerate_patterns",
    "expanded",
    "plan_jobs",
    "plan_units",
    "preview_cost",
    "run_job",
    "stream_patterns",
]

"""Exact enumeration, counting and structure of hyperplane arrangements.

The rows x_i of a data matrix are hyperplanes ``{w : x_i.w = 0}`` in weight space; the
regions between them are the activation patterns of a ReLU neuron on the data.

>>> import arrangements as ar
>>> A = ar.Arrangement([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
>>> A.rank, ar.count_regions(A), ar.cover_number(A)
(3, 14, 14)
>>> ar.enumerate_patterns(A)
CompletePatterns(14 patterns of 4 rows, proved by cover)
"""

from arrangements.arrangement import Arrangement, as_arrangement
from arrangements.counting import count_regions, cover_number, region_bound
from arrangements.enumeration import (
    Auto,
    Batch,
    BatchRun,
    Cells,
    Cost,
    Cursor,
    Incremental,
    Limit,
    Method,
    PatternStream,
    ProvedUnit,
    Statistics,
    StreamCompletion,
    StreamStopped,
    Sweep,
    enumerate_patterns,
    plan_units,
    preview_cost,
    stream_patterns,
)
from arrangements.errors import (
    ArgumentError,
    ArrangementsError,
    DataError,
    FileError,
    ProofError,
)
from arrangements.exact import (
    decimal_value,
    exact_value,
    fraction_text,
    fraction_value,
    integer_text,
    integer_value,
)
from arrangements.io import Table, atomic_write, read_table, table_of_frame
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.packing import pack, unpack
from arrangements.patterns import CompletePatterns, Origin, PatternList, PatternSubset
from arrangements.progress import Listener, Meter, Progress, silent
from arrangements.proof import (
    Completion,
    CountProof,
    CoverProof,
    TreeProof,
    UnitPlan,
)
from arrangements.prove import (
    ByCheapest,
    ByCount,
    ByCover,
    ByTree,
    Prover,
    check_completion,
)
from arrangements.sampling import sample_patterns
from arrangements.store import (
    completion_record,
    load_patterns,
    rebuild_patterns,
    save_patterns,
)
from arrangements.units import Cone, Flats, Unit
from arrangements.witnesses import Witnesses

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "Arrangement",
    "ArrangementsError",
    "Auto",
    "Batch",
    "BatchRun",
    "ByCheapest",
    "ByCount",
    "ByCover",
    "ByTree",
    "Cells",
    "CompletePatterns",
    "Completion",
    "Cone",
    "Cost",
    "CountProof",
    "CoverProof",
    "Cursor",
    "DataError",
    "DataMatrix",
    "FileError",
    "Flats",
    "Incremental",
    "Limit",
    "Listener",
    "Meter",
    "Method",
    "Origin",
    "PatternList",
    "PatternStream",
    "PatternSubset",
    "Progress",
    "ProofError",
    "ProvedUnit",
    "Prover",
    "Statistics",
    "StreamCompletion",
    "StreamStopped",
    "Sweep",
    "Table",
    "TreeProof",
    "Unit",
    "UnitPlan",
    "Witnesses",
    "as_arrangement",
    "as_data_matrix",
    "atomic_write",
    "check_completion",
    "completion_record",
    "count_regions",
    "cover_number",
    "decimal_value",
    "enumerate_patterns",
    "exact_value",
    "fraction_text",
    "fraction_value",
    "integer_text",
    "integer_value",
    "load_patterns",
    "pack",
    "plan_units",
    "preview_cost",
    "read_table",
    "rebuild_patterns",
    "region_bound",
    "sample_patterns",
    "save_patterns",
    "silent",
    "stream_patterns",
    "table_of_frame",
    "unpack",
]

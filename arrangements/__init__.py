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
from arrangements.counting import (
    betti_numbers,
    characteristic_polynomial,
    count_bounded_regions,
    count_regions,
    cover_number,
    region_bound,
)
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
from arrangements.faces import Faces, boundary_patterns, f_vector, faces
from arrangements.flats import Flat, FlatsByRank, flats
from arrangements.graph import (
    GraphFormat,
    adjacent_regions,
    intersection_lattice,
    region_graph,
    save_region_graph,
)
from arrangements.io import Table, atomic_write, read_table, table_of_frame
from arrangements.matrix import DataMatrix, as_data_matrix
from arrangements.matroid import (
    Chirotope,
    Circuit,
    Cocircuit,
    GeneralPosition,
    Shattering,
    chirotope,
    circuits,
    cocircuits,
    is_general_position,
    is_shattered,
    largest_shattered_set,
)
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
from arrangements.region import (
    Contradiction,
    Crossing,
    FormulaMeasure,
    NearRegion,
    Path,
    Realization,
    Region,
    SampledMeasure,
    gaussian_measure,
    nearest_regions,
    path_between,
    realize_labelling,
    region,
    region_of_weight,
    sample_gaussian_measure,
)
from arrangements.sampling import sample_patterns
from arrangements.simplicial import Simpliciality, is_simplicial
from arrangements.store import (
    completion_record,
    load_patterns,
    rebuild_patterns,
    save_patterns,
)
from arrangements.units import Cone, Flats, Unit
from arrangements.witnesses import Witnesses
from arrangements.zonotope import ZonotopeVertices, zonotope_vertices

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
    "Chirotope",
    "Circuit",
    "Cocircuit",
    "CompletePatterns",
    "Completion",
    "Cone",
    "Contradiction",
    "Cost",
    "CountProof",
    "CoverProof",
    "Crossing",
    "Cursor",
    "DataError",
    "DataMatrix",
    "Faces",
    "FileError",
    "Flat",
    "Flats",
    "FlatsByRank",
    "FormulaMeasure",
    "GeneralPosition",
    "GraphFormat",
    "Incremental",
    "Limit",
    "Listener",
    "Meter",
    "Method",
    "NearRegion",
    "Origin",
    "Path",
    "PatternList",
    "PatternStream",
    "PatternSubset",
    "Progress",
    "ProofError",
    "ProvedUnit",
    "Prover",
    "Realization",
    "Region",
    "SampledMeasure",
    "Shattering",
    "Simpliciality",
    "Statistics",
    "StreamCompletion",
    "StreamStopped",
    "Sweep",
    "Table",
    "TreeProof",
    "Unit",
    "UnitPlan",
    "Witnesses",
    "ZonotopeVertices",
    "adjacent_regions",
    "as_arrangement",
    "as_data_matrix",
    "atomic_write",
    "betti_numbers",
    "boundary_patterns",
    "characteristic_polynomial",
    "check_completion",
    "chirotope",
    "circuits",
    "cocircuits",
    "completion_record",
    "count_bounded_regions",
    "count_regions",
    "cover_number",
    "decimal_value",
    "enumerate_patterns",
    "exact_value",
    "f_vector",
    "faces",
    "flats",
    "fraction_text",
    "fraction_value",
    "gaussian_measure",
    "integer_text",
    "integer_value",
    "intersection_lattice",
    "is_general_position",
    "is_shattered",
    "is_simplicial",
    "largest_shattered_set",
    "load_patterns",
    "nearest_regions",
    "pack",
    "path_between",
    "plan_units",
    "preview_cost",
    "read_table",
    "realize_labelling",
    "rebuild_patterns",
    "region",
    "region_bound",
    "region_graph",
    "region_of_weight",
    "sample_gaussian_measure",
    "sample_patterns",
    "save_patterns",
    "save_region_graph",
    "silent",
    "stream_patterns",
    "table_of_frame",
    "unpack",
    "zonotope_vertices",
]

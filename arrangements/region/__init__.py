"""One region at a time: its walls, rays and measure, labellings, and paths between weights."""

from arrangements.region.labelling import Contradiction, Realization, realize_labelling
from arrangements.region.measure import (
    FormulaMeasure,
    SampledMeasure,
    gaussian_measure,
    sample_gaussian_measure,
)
from arrangements.region.nearest import NearRegion, nearest_regions
from arrangements.region.path import Crossing, Path, path_between
from arrangements.region.record import Region, region, region_of_weight

__all__ = [
    "Contradiction",
    "Crossing",
    "FormulaMeasure",
    "NearRegion",
    "Path",
    "Realization",
    "Region",
    "SampledMeasure",
    "gaussian_measure",
    "nearest_regions",
    "path_between",
    "realize_labelling",
    "region",
    "region_of_weight",
    "sample_gaussian_measure",
]

"""How the number of activation patterns of a data set grows with its rank and its rows."""

from arrangements.study.coincidences import Coincidences, find_coincidences
from arrangements.study.front import study_rank
from arrangements.study.journal import load_study
from arrangements.study.records import RankStudy, StudyCase, StudyPlan
from arrangements.study.reductions import (
    LeadingColumns,
    Projection,
    RandomProjection,
    Reduction,
    SingularDirections,
)
from arrangements.study.roundings import Binarize, NoRounding, Rounding, RoundToDigits, RoundToFloat

__all__ = [
    "Binarize",
    "Coincidences",
    "LeadingColumns",
    "NoRounding",
    "Projection",
    "RandomProjection",
    "RankStudy",
    "Reduction",
    "RoundToDigits",
    "RoundToFloat",
    "Rounding",
    "SingularDirections",
    "StudyCase",
    "StudyPlan",
    "find_coincidences",
    "load_study",
    "study_rank",
]

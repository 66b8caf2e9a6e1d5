"""Pictures of small arrangements and of studies, on matplotlib axes (extra "plot").

Each ``draw_...`` function draws on the axes it is given, or on new ones, and returns them.
Lines and colours are floats; every pattern that is written out is exact.
"""

from arrangements.plotting.canvas import new_axes, new_figure
from arrangements.plotting.counts import draw_counts, draw_growth, save_study
from arrangements.plotting.neurons import draw_neurons
from arrangements.plotting.rays import draw_rays
from arrangements.plotting.surfaces import draw_slice, draw_sphere

__all__ = [
    "draw_counts",
    "draw_growth",
    "draw_neurons",
    "draw_rays",
    "draw_slice",
    "draw_sphere",
    "new_axes",
    "new_figure",
    "save_study",
]

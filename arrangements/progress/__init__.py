"""Progress: events, who sends them, and a bar that draws them."""

from arrangements.progress.bar import ProgressBar, progress_bar
from arrangements.progress.event import Listener, Progress, silent
from arrangements.progress.meter import Meter

__all__ = ["Listener", "Meter", "Progress", "ProgressBar", "progress_bar", "silent"]

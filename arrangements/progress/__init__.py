"""Progress: events, who sends them, who draws them, and who hears them by default."""

from arrangements.progress.bar import ProgressBar, progress_bar
from arrangements.progress.event import Listener, Progress, silent
from arrangements.progress.meter import Meter
from arrangements.progress.session import session_listener, show_progress
from arrangements.progress.stages import ending_stages

__all__ = [
    "Listener",
    "Meter",
    "Progress",
    "ProgressBar",
    "ending_stages",
    "progress_bar",
    "session_listener",
    "show_progress",
    "silent",
]

"""The sweep: every region of any arrangement, without linear programs."""

from arrangements.enumeration.sweep.cells import Cells, Cursor
from arrangements.enumeration.sweep.method import Sweep

__all__ = ["Cells", "Cursor", "Sweep"]

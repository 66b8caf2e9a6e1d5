"""Run ``arrangements`` in a child process that is to be killed: ``storing.py words...``.

Parts are small, unless the environment says ``PARTS=usual``.
"""

from __future__ import annotations

import os
import sys

from arrangements.cli import main
from arrangements.enumeration import double_description
from arrangements.enumeration.sweep import pieces
from arrangements.store import writer

if __name__ == "__main__":
    if os.environ.get("PARTS") != "usual":
        writer._GROUP = 500
        pieces._SMALLEST = 500
        double_description._PIECE = 500
    sys.argv[0] = "arrangements"
    main()

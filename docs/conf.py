"""How the documentation is built: ``make docs``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# The pages describe the tree they stand in, whatever is installed; notebooks run in
# kernels of their own, which inherit the environment.
sys.path[:0] = [str(HERE / "_ext"), str(ROOT)]
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
)
# The frozen standard library of Python 3.11 and later makes the kernels' debugger warn.
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

import arrangements  # noqa: E402 - found only now

project = "relu-arrangements"
author = "the relu-arrangements developers"
project_copyright = f"2026, {author}"
version = release = arrangements.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",  # MathJax's files stand beside the pages: they ask nobody for them
    "numpydoc",
    "myst_nb",
    "from_the_code",
]
exclude_patterns = ["_build", "jupyter_execute"]
default_role = "known"
# Every reference must lead somewhere.  The standard library's are spared: its inventory
# would have to be fetched, and the build needs no network.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(abc|collections|concurrent|enum|fractions)\..*"),
    ("py:class", r"sklearn\..*"),  # base classes of the estimators
    ("py:obj", r"arrangements\.dispatch\.(Task|Result)"),  # type variables
]
highlight_language = "python"

myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
# The first cell that needs kernels compiles them, which a busy machine takes minutes for.
nb_execution_timeout = 300
nb_merge_streams = True
# What stands there is that kernels are compiled, the first time on a machine: no reader's news.
# An error still ends the build.
nb_output_stderr = "remove"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "furo"
html_title = "relu-arrangements"
html_static_path = ["_static"]
html_css_files = ["outputs.css"]
html_copy_source = False
html_show_sourcelink = False

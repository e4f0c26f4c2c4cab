"""How the documentation is built: ``make docs`` writes ``docs/_build/html``."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
os.environ["NUMBA_DISABLE_JIT"] = "1"  # kernels then are functions, whose docstrings are read
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]

from prefixsched.runtime.versions import VERSION  # noqa: E402 - from this checkout

project = "prefixsched"
author = "The prefixsched authors"
copyright = author  # noqa: A001 - the name is Sphinx's
release = VERSION

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "faces",
    "mathml",
    "module_pages",
    "wings",
]
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
copybutton_prompt_text = "$ "

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_use_rtype = False
toc_object_entries = False

# Nothing is fetched while the pages are built, so what other projects document has no link.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!prefixsched|reductions).*"),
    (r"py:class", r".*\.[FKPRT]"),  # type variables
]
# A short name in a signature may be that of several classes; links name the one that is meant.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"prefixsched {release}"
html_show_sourcelink = False

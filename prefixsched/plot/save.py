"""Writing a figure to a file."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from prefixsched.io.files import write_bytes
from prefixsched.model.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A date in the file would make two runs differ.
METADATA = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
DPI = 200


def check_suffix(path: str | Path) -> str:
    """The suffix of a figure's file.

    Raises
    ------
    InputError
        If it is none of PNG, SVG and PDF.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in METADATA:
        what = f"{suffix} is no figure format" if suffix else "the name has no suffix"
        raise InputError(f"{path}: {what}; use .png, .svg or .pdf")
    return suffix


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG, SVG or PDF by the suffix, atomically.

    The same figure gives the same bytes.

    Raises
    ------
    InputError
        If the suffix is another, or the file can't be written.
    """
    import matplotlib as mpl

    suffix = check_suffix(path)
    drawn = io.BytesIO()  # a full disk meets one plain write, not the middle of a drawing
    with mpl.rc_context({"svg.hashsalt": "prefixsched"}), warnings.catch_warnings():
        # A name in letters that the font lacks is drawn as boxes, which is to be seen.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        figure.savefig(drawn, format=suffix[1:], dpi=DPI, metadata=METADATA[suffix])
    write_bytes(path, drawn.getvalue())

"""Where the embedded database keeps its files."""

import os
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of FUNDTRAIL_HOME, or ``.fundtrail`` in the checkout."""
    return Path(environ.get("FUNDTRAIL_HOME") or CHECKOUT / ".fundtrail")

"""How long the tests of what must survive go on: briefly in every run, at full length with ``make soak``."""

import os

AT_LENGTH = os.environ.get("FUNDTRAIL_SOAK", "0") == "1"


def times(briefly: int, at_length: int) -> int:
    """So many times in every run, and so many in a soak."""
    return at_length if AT_LENGTH else briefly

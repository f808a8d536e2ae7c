"""Whether a discrepancy can be explained or waived: it must exist, with the figures that were seen."""

from domain.values.refusal import Refused
from projections.discrepancies.life import Status
from projections.discrepancies.reading import DiscrepancyLine


class NothingToExplain(Refused):
    """The discrepancy does not exist, or its cause is gone. It cannot be explained, waived or assigned."""


class FiguresChanged(Refused):
    """The figures changed at position {changed}, after you read them at position {seen}. Read the discrepancy again."""


def may_be_explained(found: DiscrepancyLine, seen: int) -> None:
    """Check that a discrepancy may be explained or waived.

    Raises NothingToExplain if it is closed, and FiguresChanged if its figures have changed since position *seen*.
    """
    if found.status == Status.CLOSED.value:
        raise NothingToExplain(status=found.status)
    if seen < found.figures:
        raise FiguresChanged(seen=seen, changed=found.figures)

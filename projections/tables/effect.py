"""The day from which a date counts when it is known only in part."""

from datetime import date

from domain.values.when import When

# Later than any day that a source can state: sorts undated entries last.
NEVER = date.max
# Earlier than any day that a source can state: an undated fact counts from here.
ALWAYS = date.min


def counts_from(on: When) -> date:
    """The day from which *on* counts in an "as at" query: its last day, so that a month counts once it is over.

    A range without a last day counts from its first day. An unknown date always counts: the event has happened at some
    time.
    """
    return on.latest or on.earliest or ALWAYS


def sorts_on(on: When) -> date:
    """The day by which *on* is sorted: its first day, or its last where the first is open. Undated comes last."""
    return on.earliest or on.latest or NEVER

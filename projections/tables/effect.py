"""From which day a date counts, when it is known only in part."""

from datetime import date

from domain.values.when import When

# Later than any day that a source can state: where undated entries stand in an order by date.
NEVER = date.max
# Earlier than any: from when an undated fact counts.
ALWAYS = date.min


def counts_from(on: When) -> date:
    """The day from which *on* counts in a question "as at": its last day, so that a month counts once it is over.

    A range without a last day counts from its first. An unknown date counts from the start: what has happened at some
    time has happened.
    """
    return on.latest or on.earliest or ALWAYS


def sorts_on(on: When) -> date:
    """Where *on* stands in an order by date: at its first day, else its last; undated comes after everything."""
    return on.earliest or on.latest or NEVER

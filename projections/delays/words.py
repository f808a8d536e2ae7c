"""Delays in words: what a source states, and what the recorded dates show for the same stage."""

from domain.values.shown import shown_count
from domain.values.waiting import Span
from projections.delays.summary import Summary

# The span that measures each stage that sources call slow. Other stages cannot be measured from recorded dates.
WHOLE_OF = {
    "application": Span.TO_DECISION,
    "bid_decision": Span.TO_DECISION,
    "bid_assessment": Span.TO_DECISION,
    "approval_of_money": Span.TO_AWARD,
    "award_and_release_of_funds": Span.TO_MONEY,
    "release_of_funds": Span.TO_MONEY,
}
REACHED = {Span.TO_DECISION: "decided", Span.TO_AWARD: "awarded", Span.TO_MONEY: "paid"}


def stated_in_words(length: str | None, min_days: int | None, max_days: int | None) -> str:
    """What the source states: its own words for the length, with the days if it gives them."""
    if length is None:
        return "stated: no length given"
    if min_days is None or max_days is None:
        return f"stated: {length}"
    if min_days == max_days:
        return f"stated: {length} ({shown_count(max_days, 'day')})"
    return f"stated: {length} ({min_days:,} to {max_days:,} days)"


def computed_in_words(span: Span | None, summary: Summary | None) -> str:
    """What the recorded dates show."""
    if span is None:
        return "computed: not timed"
    if summary is None or summary.decided + summary.open + summary.gone == 0:
        return "computed: no dates recorded"
    waiting = f", {shown_count(summary.open, 'bid')} waiting" if summary.open else ""
    if summary.median is None:
        return f"computed: none {REACHED[span]} yet{waiting}"
    days = "1 day" if summary.median == 1 else f"{summary.median:,g} days"
    return f"computed: median {days}, {shown_count(summary.decided, 'bid')} {REACHED[span]}{waiting}"

"""Delays in sentences: what a source states, and what the recorded dates come to for the same."""

from domain.values.waiting import Span
from projections.delays.reading import StatedLine
from projections.delays.summary import Summary

# What the dates can say of a stage that sources call slow; of the others they say nothing.
WHOLE_OF = {
    "application": Span.TO_DECISION,
    "bid_decision": Span.TO_DECISION,
    "bid_assessment": Span.TO_DECISION,
    "approval_of_money": Span.TO_AWARD,
    "award_and_release_of_funds": Span.TO_MONEY,
    "release_of_funds": Span.TO_MONEY,
}
TO = {Span.TO_DECISION: "decided", Span.TO_AWARD: "awarded", Span.TO_MONEY: "paid"}


def stated_in_words(line: StatedLine) -> str:
    """What the source states: its own words for how long, with the days where it gives any."""
    if line.stated_length is None:
        return "stated: no length given"
    if line.min_days is None or line.max_days is None:
        return f"stated: {line.stated_length}"
    return f"stated: {line.stated_length} ({line.min_days} to {line.max_days} days)"


def computed_in_words(span: Span | None, summary: Summary | None) -> str:
    """What the recorded dates come to."""
    if span is None:
        return "computed: not timed"
    if summary is None or summary.decided + summary.open + summary.gone == 0:
        return "computed: no dates recorded"
    waiting = f", {summary.open} waiting" if summary.open else ""
    if summary.median is None:
        return f"computed: none {TO[span]} yet{waiting}"
    return f"computed: median {summary.median:g} days of {summary.decided} {TO[span]}{waiting}"

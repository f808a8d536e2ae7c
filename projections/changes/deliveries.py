"""What an event does to a delivery: its plan and the changes to it, milestones, visits, suppliers, and its end.

A source may begin a delivery with any of these events, so no event of its own begins it.
"""

from collections.abc import Sequence
from typing import Any

from domain import delivery
from domain.history import Recorded
from domain.values.fact import Fact
from projections.changes.effect import Effects, clears, item, sets
from projections.changes.values import Entries, Entry, as_id, listed, of_value

DELIVERY = "delivery"


def _agreed(r: Recorded, _: Any, event: delivery.PlanAgreed) -> Effects:
    yield from sets(
        r.stream, DELIVERY, title=of_value(event.title), award=as_id(event.award_id), starts=of_value(event.on),
        until=of_value(event.until), milestones=of_value(event.milestones), stages=_stages(event),
    )  # fmt: skip


def _stages(event: delivery.PlanAgreed | delivery.PlanRedesigned) -> Entries | None:
    """The stages of a plan: each with its day, its marks, and the organisation that it is for."""
    marks = {"quick_win": "quick win", "begins_delivery": "begins delivery"}
    return listed([
        Entry(
            ", ".join([
                stage.name,
                *([f"due {stage.due.text}"] if stage.due is not None else []),
                *(words for name, words in marks.items() if getattr(stage, name)),
            ]),
            stage.organisation_id,
        )
        for stage in event.stages
    ])  # fmt: skip


def _redesigned(r: Recorded, _: Any, event: delivery.PlanRedesigned) -> Effects:
    yield from sets(r.stream, DELIVERY, redesigned=of_value(event.on), redesigned_because=of_value(event.because))
    if event.milestones:
        yield from sets(r.stream, DELIVERY, milestones=of_value(event.milestones), stages=_stages(event))
    if event.until is not None:
        yield from sets(r.stream, DELIVERY, until=of_value(event.until))


def _reached(r: Recorded, _: Any, event: delivery.MilestoneReached) -> Effects:
    entry = Entry(f"{event.milestone}: {event.on.text}")
    yield from item(r.stream, DELIVERY, "reached", event.milestone, entry)


def _moved(r: Recorded, _: Any, event: delivery.MilestoneMoved) -> Effects:
    was = f" from {event.was.text}" if event.was is not None else ""
    entry = Entry(f"{event.on.text}, {event.milestone}:{was} to {event.due.text}, {event.because}")
    yield from item(r.stream, DELIVERY, "moved", f"{r.version}", entry)


def _visited(r: Recorded, _: Any, event: delivery.VisitHeld) -> Effects:
    action = f" {event.action}, due {event.due.text if event.due else 'unknown'}" if event.action else ""
    entry = Entry(f"{event.on.text}, {event.visitor}: {event.findings}{action}")
    yield from item(r.stream, DELIVERY, "visits", f"{r.version}", entry)


def _held(r: Recorded, _: Any, event: delivery.ActivityHeld) -> Effects:
    entry = Entry(f"{event.on.text}, {event.kind}: {event.summary}", event.organisation_id)
    yield from item(r.stream, DELIVERY, "activities", f"{r.version}", entry)


def _supplied(
    r: Recorded, before: Sequence[Recorded], event: delivery.SupplierEngaged | delivery.SupplierReplaced
) -> Effects:
    if isinstance(event, delivery.SupplierReplaced) and event.replaced_id is None:
        yield from clears(r.stream, DELIVERY, "suppliers")
    for one in before:
        gone = _supplier(one.event)
        if isinstance(event, delivery.SupplierReplaced) and gone is not None and gone == event.replaced_id:
            yield from item(r.stream, DELIVERY, "suppliers", f"{one.version}", None)
    said = (event.summary, getattr(event, "because", None), event.brief, event.selection, event.steer)
    entry = Entry(", ".join([event.on.text, *(words for words in said if words)]), event.organisation_id)
    yield from item(r.stream, DELIVERY, "suppliers", f"{r.version}", entry)


def _supplier(event: Fact) -> str | None:
    return event.organisation_id if isinstance(event, delivery.SupplierEngaged | delivery.SupplierReplaced) else None


def _stated(r: Recorded, _: Any, event: delivery.DeliveryPeriodStated) -> Effects:
    until = event.until.text if event.until is not None else "unknown"
    entry = Entry(f"{event.on.text} to {until}: {event.summary}")
    yield from item(r.stream, DELIVERY, "periods", f"{r.version}", entry)


def _ended(r: Recorded, _: Any, event: delivery.DeliveryEnded) -> Effects:
    yield from sets(r.stream, DELIVERY, ended=of_value(event.on), summary=of_value(event.summary))


HANDLERS = (_agreed, _redesigned, _moved, _reached, _visited, _held, _supplied, _stated, _ended)

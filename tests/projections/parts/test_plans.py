"""A plan is made of its steps: every earlier version of it stays, and nothing is late without a known day."""

from datetime import date
from typing import Any

from projections.parts.plans import Plan, Stage, plans_of
from projections.parts.reading import PartLine

DAY = date(2005, 1, 31)


def step(number: int, status: str, on: str, **facts: Any) -> PartLine:
    return PartLine(
        id=f"planstep-delivery-1-{number}", kind="planstep", stream="delivery-1", number=number, part=None,
        status=status, amount=None, currency=None, remains=None, on=on, day=DAY, by="ann", position=number, events=[],
        facts=facts, as_at=None, known=None, partnership_id="partnership-1",
    )  # fmt: skip


def staged(name: str, due: str | None = None) -> dict[str, Any]:
    return {"name": name, "due": due, "organisation_id": None, "quick_win": False, "begins_delivery": False}


AGREED = step(
    1, "agreed", "2004-07", title="Plan", milestones=["Report", "Audit"],
    stages=[staged("Report", "2004-12-31"), staged("Audit", "2004-09-30")], until="2005-03-31",
)  # fmt: skip


def plan(*steps: PartLine) -> Plan:
    (found,) = plans_of(steps)
    return found


def test_stages_are_in_the_order_of_their_days_whatever_the_order_of_the_plan() -> None:
    found = plan(AGREED, step(2, "moved", "2004-09", milestone="Audit", was="2004-09-30", due="2005-02", because="Ill"))
    assert [("Report", "2004-12-31"), ("Audit", "2005-02")] == [(one.name, one.due) for one in found.stages]
    assert found.current is not None
    assert ("Report", 31) == (found.current.name, found.current.days_late(DAY))


def test_a_redesign_without_stages_keeps_those_of_the_plan_and_what_was_reached() -> None:
    redesigned = step(3, "redesigned", "2004-11", because="Consultants", milestones=[], stages=[])
    found = plan(AGREED, step(2, "reached", "2004-09-15", milestone="Audit"), redesigned)
    assert [["Audit", "Report"]] * 2 == [[stage.name for stage in one.stages] for one in found.versions]
    assert ("Report", "2005-03-31") == (found.current and found.current.name, found.versions[-1].until)
    # What moves afterwards moves in the present version alone.
    moved = step(4, "moved", "2004-12", milestone="Report", was="2004-12-31", due="2005-02-28", because="Late")
    first, last = plan(AGREED, redesigned, moved).versions
    assert (["2004-09-30", "2004-12-31"], ["2004-09-30", "2005-02-28"]) == (
        [one.due for one in first.stages],
        [one.due for one in last.stages],
    )


def test_what_only_sources_tell_is_shown_as_not_planned() -> None:
    redesigned = step(1, "redesigned", "unknown", because="Trouble with consultants", milestones=[], stages=[])
    found = plan(redesigned, step(2, "reached", "unknown", milestone="Stage one of five is finished"))
    assert [("Stage one of five is finished", "unknown", True)] == [
        (one.name, one.reached, one.unplanned) for one in found.stages
    ]
    assert (None, None, None) == (found.title, found.current, found.began)


def test_nothing_is_late_without_a_known_day() -> None:
    assert Stage("One").days_late(DAY) is None
    assert Stage("One", due="unknown").days_late(DAY) is None
    assert Stage("One", due="2005-01-31").days_late(DAY) is None
    assert Stage("One", due="2005-01-01", reached="unknown").days_late(DAY) is None
    # The control: a month is over on its last day.
    assert 31 == Stage("One", due="2004-12").days_late(DAY)
    assert 5 == Stage("One", due="2004-12-31", reached="2005-01-05").days_late(DAY)

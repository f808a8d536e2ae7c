"""A timeline as lanes shows every dated entry once, at its place in time, and none over another."""

import random
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from domain.values.fact import Lane
from domain.values.when import When
from pages.drawing import lanes
from pages.drawing.lanes import LEFT, RIGHT, ROWS, WIDTH, Drawing, Mark, drawn, span_of
from projections.tables.effect import sorts_on
from projections.timeline.reading import Entry

ASKED = date(2005, 3, 31)


def entry(on: str, title: str = "Offered", position: int = 1, **more: Any) -> Entry:
    given: dict[str, Any] = {
        "position": position, "lane": "AWARD", "kind": "AwardOffered", "on": on, "sorts_on": sorts_on(When(on)),
        "until": None, "recorded_at": datetime(2005, 4, 1, tzinfo=UTC), "title": title, "amount": None,
        "currency": None, "actor": "office", "event_id": f"event-{position}", "about": "partnership-1",
    }  # fmt: skip
    return Entry(**(given | more))


def marks(drawing: Drawing | None) -> list[Mark]:
    assert drawing is not None
    return [mark for lane in drawing.lanes for mark in lane.marks]


def one(on: str, **more: Any) -> Mark:
    """The mark of an entry beside one that makes the axis a year long."""
    drawing = drawn([entry("2004-04-01", position=2, lane="BID"), entry("2005-03-31", position=3, lane="BID"),
                     entry(on, **more)], ASKED)  # fmt: skip
    (found,) = [mark for mark in marks(drawing) if mark.position == 1]
    return found


def test_a_day_is_a_dot_and_a_month_a_band_as_long_as_the_month() -> None:
    assert 0 == one("2004-05-31").width
    may, whole = one("2004-05").width, one("2004-04-01", until="2005-03-31").width
    assert 31 / 365 == pytest.approx(may / whole, rel=0.01)
    assert one("2004-05").x < one("2004-05-31").x < one("2004-06-01").x


def test_an_approximate_date_has_hatched_ends_and_an_exact_one_has_none() -> None:
    assert one("2004-05~").hatched > 0
    assert one("2004-05", until="2004-08~").hatched > 0
    assert 0 == one("2004-05").hatched


def test_an_entry_that_no_source_dates_is_not_drawn() -> None:
    assert drawn([entry("unknown")], ASKED) is None
    assert span_of(entry("unknown", until="2004-05")) is None
    assert span_of(entry("../2004-05")) == (date(2004, 5, 31), date(2004, 5, 31))


def test_what_was_taken_back_is_struck_out() -> None:
    drawing = drawn([entry("2004-05-01", position=7), entry("2004-06-01", position=8)], ASKED, [7])
    assert {7: True, 8: False} == {mark.position: mark.taken_back for mark in marks(drawing)}


def test_the_day_asked_for_is_marked_where_it_is_on_the_axis() -> None:
    days = [entry("2004-04-01"), entry("2006-04-01", position=2)]
    inside, outside = drawn(days, ASKED), drawn(days, date(2020, 1, 1))
    assert inside is not None
    assert outside is not None
    assert inside.asked_x is not None
    assert LEFT < inside.asked_x < RIGHT
    assert outside.asked_x is None


def test_financial_years_are_named_where_they_begin() -> None:
    drawing = drawn([entry("2004-01-15"), entry("2006-06-01", position=2)], ASKED)
    assert drawing is not None
    assert ["2004-05", "2005-06", "2006-07"] == [tick.year for tick in drawing.axis.ticks() if tick.year]


@pytest.mark.parametrize("on", ["0001-01-01", "9999-12-31", "0001", "9999", "0001-01-01/9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_drawn(on: str) -> None:
    assert 1 == len(marks(drawn([entry(on)], ASKED)))
    drawing = drawn([entry(on), entry("2004-05-01", position=2)], ASKED)
    assert drawing is not None
    assert drawing.axis.ticks() is not None


def generated(seed: int) -> list[Entry]:
    """A timeline, sparse or dense, with dates of every kind."""
    chance = random.Random(seed)
    found = []
    for position in range(1, chance.choice([3, 4, 6, 8, 12, 20, 100, 2000])):
        year, month, day = chance.randint(2003, 2008), chance.randint(1, 12), chance.randint(1, 28)
        on = chance.choice([f"{year}-{month:02}-{day:02}", f"{year}-{month:02}", f"{year}", f"{year}-{month:02}~",
                            f"{year}/2009", "unknown"])  # fmt: skip
        until = f"{year + 1}-{month:02}" if chance.random() < 0.1 and "/" not in on and on != "unknown" else None
        title = "Words " * chance.randint(1, 12)
        found.append(entry(on, title, position, until=until, lane=chance.choice(list(Lane)).name))
    return found


def faults(drawing: Drawing, entries: list[Entry]) -> list[str]:
    """What is wrong with a drawing."""
    dated = [each for each in entries if When(each.on).is_known]
    found = []
    if sum(mark.number for mark in marks(drawing)) != len(dated):
        found.append("an entry is missing, or drawn twice")
    for lane in drawing.lanes:
        places = sorted((mark.y, *reach(mark)) for mark in lane.marks)
        for (y, _, end), (next_y, start, _) in pairwise(places):
            if y == next_y and start < end:
                found.append(f"two marks meet in the lane {lane.lane}")
        inside = all(lane.top < mark.y < lane.top + lane.height for mark in lane.marks)
        if not inside:
            found.append(f"a mark lies outside the lane {lane.lane}")
    if any(mark.x < LEFT - 8 or mark.x + mark.width > WIDTH for mark in marks(drawing)):
        found.append("a mark lies outside the drawing")
    return found


def reach(mark: Mark) -> tuple[float, float]:
    """What a mark and its label take from left to right."""
    long = len(mark.label) * lanes.LETTER
    start, end = (mark.label_x - long, mark.label_x) if mark.ends else (mark.label_x, mark.label_x + long)
    return min(mark.x - 6, start), max(mark.x + max(mark.width, 6), end)


def test_every_dated_entry_is_drawn_once_and_no_mark_meets_another() -> None:
    """The law, with proof of reach: groups, labels that end at the edge, and full lanes are all met."""
    groups = edges = full = 0
    for seed in range(150):
        entries = generated(seed)
        drawing = drawn(entries, ASKED)
        if drawing is None:
            continue
        assert [] == faults(drawing, entries), seed
        groups += sum(mark.number > 1 for mark in marks(drawing))
        edges += sum(mark.ends for mark in marks(drawing))
        full += sum(len({mark.y for mark in lane.marks}) == ROWS for lane in drawing.lanes)
    assert groups > 50
    assert edges > 20
    assert full > 5


def test_control_rows_that_are_too_close_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_row(groups: list[list[Any]]) -> list[list[list[Any]]]:
        return [groups]

    monkeypatch.setattr(lanes, "_fitted", one_row)
    drawings = [(drawing, entries) for seed in range(9) if (drawing := drawn(entries := generated(seed), ASKED))]
    assert any("two marks meet" in fault for drawing, entries in drawings for fault in faults(drawing, entries))

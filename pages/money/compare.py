"""Two clocks side by side: what was known of a day's money at the end of another day, what is known now, and why it
differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from domain.values.day import day_of, end_of
from domain.values.money import minor_units
from domain.values.shown import shown_amount
from domain.values.when import When
from pages.drawing.axis import Axis, around
from pages.frame.clocks import Clocks, read_day
from pages.frame.page import BadAddress, Page, Sheet
from pages.frame.words import in_words
from pages.money.ladder import ORDER, SECTIONS, contributions, lines, name_of, own, thing_of
from projections import progress
from projections.money.funding import FundingLine
from projections.tables.paging import Connection

THEN = "then"
# The figures whose events are in the drawing: the others follow from them, or are of bids.
DRAWN = ("awarded", "paid", "returned", "spent")
LEFT, RIGHT, TOP, BOTTOM = 90.0, 560.0, 20.0, 330.0
# The radius of a dot, the space between it and its label, the height of a line, and the width of a letter and of the
# name of an area, in units of the drawing.
DOT, GAP, LINE, LETTER, AREA = 6.0, 11.0, 13.0, 6.2, 140.0


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure as known then and now, in major units; None where nothing was recorded for it."""

    name: str
    then: Decimal | None
    now: Decimal | None
    difference: Decimal
    """What counts now less what counted then, also where one of them is not shown as nothing was stated for it."""


@dataclass(frozen=True, slots=True)
class Learned:
    """An event that counts in one answer and not in the other, with what that adds to a figure, in major units."""

    position: int
    name: str
    effective: str
    recorded: date
    actor: str
    figure: str
    adds: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Point:
    """An event in the drawing, with its figure and the position in the log.

    *label* names it, from *label_x* on, or up to there where *ends* is set. It is empty where it would meet another.
    """

    x: float
    y: float
    figure: str
    position: int
    said: str
    learned: bool
    label: str = ""
    label_x: float = 0.0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Effective dates across, days of recording upwards. *asked_x* and *then_y* bound what the question covers."""

    across: Axis
    upwards: Axis
    points: list[Point]
    asked_x: float
    then_y: float


async def compare(connection: Connection, clocks: Clocks, scope: str, code: str, asked: dict[str, str]) -> Page:
    """The money of a thing as at the day, as known at the end of the day ``then`` and as known now."""
    then_day = read_day(THEN, asked[THEN]) if THEN in asked else clocks.as_at
    position = await progress.position_at(connection, end_of(then_day))
    if position > clocks.position:
        if THEN in asked:
            raise BadAddress("The day to compare with is later than what the page may know. Choose an earlier day.")
        position = clocks.position
    column, thing = await thing_of(connection, scope, code)
    then = replace(clocks, then=position, position=position)
    before = {one.currency: one for one in await lines(connection, column, [thing], then)}
    after = {one.currency: one for one in await lines(connection, column, [thing], clocks)}
    learned: list[Learned] = []
    drawn: dict[int, Learned] = {}
    # A currency may have had figures then, and have none now: what a source stated in it was replaced or dated anew.
    currencies = list(dict.fromkeys([*after, *before]))
    for currency in currencies:
        for figure in ORDER:
            one, others = await _events(connection, after.get(currency), before.get(currency), figure)
            learned += one
            drawn |= {event.position: event for event in others if figure in DRAWN}
    its_name = await name_of(connection, column, thing)
    compared = [(one, _compared(before.get(one), after.get(one))) for one in currencies]
    return Page(
        template="money/compare.html",
        money_of=own(column, thing),
        title=f"Known then and now: {its_name}",
        section=SECTIONS.get(scope, "home"),
        path=f"/{scope}/{code}/compare",
        trail=[(its_name, f"/{scope}/{code}")],
        values={
            "then_day": then_day,
            "then": then,
            "scope_path": f"/{scope}/{code}",
            "compared": compared,
            "learned": sorted(learned, key=lambda one: (one.position, ORDER.index(one.figure))),
            "chart": _chart([*drawn.values()], clocks.as_at, then_day, position),
        },
        sheet=Sheet(
            ("figure", "currency", "as_known_then", "as_known_now", "difference"),
            [(one.name, currency, one.then, one.now, one.difference) for currency, of in compared for one in of],
        ),
    )


def _compared(before: FundingLine | None, after: FundingLine | None) -> list[Compared]:
    """The figures that are stated in either answer."""
    found = [
        Compared(name, _stated(before, name), _stated(after, name), _counted(after, name) - _counted(before, name))
        for name in ORDER
    ]
    return [one for one in found if one.then is not None or one.now is not None]


def _stated(line: FundingLine | None, figure: str) -> Decimal | None:
    """The amount of a *figure* of a ladder; None where there is none."""
    found = (line.figures | line.beside).get(figure) if line is not None else None
    return found.amount if found is not None and found.stated else None


def _counted(line: FundingLine | None, figure: str) -> Decimal:
    """The sum of the events that count for a *figure* of a ladder."""
    found = (line.figures | line.beside).get(figure) if line is not None else None
    return found.amount if found is not None and found.amount is not None else Decimal(0)


async def _events(
    connection: Connection, after: FundingLine | None, before: FundingLine | None, figure: str
) -> tuple[list[Learned], list[Learned]]:
    """The events that count for a figure in only one of two answers, and all that count now."""
    now, then = await _counting(connection, after, figure, 1), await _counting(connection, before, figure, -1)
    differ = [
        *(one for place, one in now.items() if place not in then),
        *(one for place, one in then.items() if place not in now),
    ]
    return differ, [*now.values()]


async def _counting(connection: Connection, line: FundingLine | None, figure: str, sign: int) -> dict[int, Learned]:
    """The events that a *figure* of a ladder is the sum of, by position, with *sign* times what each adds."""
    if line is None or figure not in line.figures | line.beside:
        return {}
    unit = Decimal(sign).scaleb(-minor_units(line.currency))
    return {
        one.position: Learned(
            one.position, one.name, one.effective, day_of(one.recorded_at), one.actor, figure, one.amount * unit,
            line.currency,
        )
        for one in await contributions(connection, line, figure)
    }  # fmt: skip


def _chart(events: Sequence[Learned], as_at: date, then_day: date, position: int) -> Chart | None:
    """The drawing of the dated ones of *events*; None if there are none."""
    dated = [(event, latest) for event in events if (latest := When(event.effective).latest) is not None]
    if not dated:
        return None
    across = around([day for _, day in dated], LEFT, RIGHT)
    up = around([*(event.recorded for event, _ in dated), then_day], 0, BOTTOM - TOP)
    points = [
        Point(
            across.place(day),
            BOTTOM - up.place(event.recorded),
            event.figure,
            event.position,
            f"{in_words(event.name)}: {shown_amount(event.adds, event.currency)}, {event.figure}",
            event.position > position,
        )
        for event, day in dated
    ]
    then_y = round(BOTTOM - up.after(then_day), 1)
    return Chart(across, up, _labelled(points, then_y), across.after(as_at), then_y)


def _labelled(points: Sequence[Point], then_y: float) -> list[Point]:
    """*points* with the labels that have room: beside their dots, and clear of other dots and of the names of areas."""
    taken = [(one.x - DOT, one.x + DOT, one.y) for one in points]
    taken += [(LEFT, LEFT + AREA, y) for y in (TOP + LINE, then_y + LINE)]
    labelled = []
    for one in points:
        label = one.said.partition(":")[0]
        width = LETTER * len(label)
        places = ((one.x + GAP, one.x + GAP + width, False), (one.x - GAP - width, one.x - GAP, True))
        for start, end, ends in places:
            free = all(end < left or right < start or abs(one.y - y) >= LINE for left, right, y in taken)
            if free and start > LEFT and end < RIGHT:
                taken.append((start, end, one.y))
                labelled.append(replace(one, label=label, label_x=end if ends else start, ends=ends))
                break
        else:
            labelled.append(one)
    return labelled

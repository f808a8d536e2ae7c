"""Home: what needs attention, each as a count with its list, and the programmes with their ladders.

Everybody who is signed in has it, and sees what belongs to the areas that they read.
"""

from dataclasses import dataclass, replace

from domain.across.permissions import EVERY_AREA, Area, seen_by
from domain.people.person import Held
from domain.values.shown import noun
from pages.bids.board import LATE, SOON, STOPPED
from pages.books.periods import years_to_close
from pages.frame.clocks import Clocks
from pages.frame.page import Page, Sheet
from pages.money.ladder import Ladder
from pages.register.partnerships import by_scope
from projections import lists, progress
from projections.bank import reading as bank
from projections.delays import summary as delays
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.catalogue import Severity
from projections.register import reading as register
from projections.register.reading import ProgrammeLine
from projections.tables.paging import Connection, counts


@dataclass(frozen=True, slots=True)
class Count:
    """How many things need attention, in words, and the path and parameters of their list. *urgent* ones stand out.

    Whoever reads the *area* sees it.
    """

    area: Area
    number: int
    words: str
    path: str
    parameters: dict[str, str]
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one kind, under a heading."""

    title: str
    counts: list[Count]


async def home(connection: Connection, clocks: Clocks, held: tuple[Held, ...] | None) -> Page:
    """The page that a programme office opens in the morning, with what the roles *held* let its reader see.

    None stands for the owner of the machine.
    """
    sees = EVERY_AREA if held is None else seen_by(held).areas
    programmes = await register.programmes(connection) if Area.REGISTER in sees else []
    asked = [one.id for one in programmes] if Area.MONEY in sees else []
    ladders: dict[str, list[Ladder]] = {one.id: [] for one in programmes}
    ladders |= await by_scope(connection, "programme_id", asked, clocks)
    every = await _groups(connection, clocks, programmes)
    shown = [replace(one, counts=[line for line in one.counts if line.area in sees]) for one in every]
    groups = [one for one in shown if one.counts]
    return Page(
        template="office/home.html",
        title="What needs attention",
        section="home",
        path="/",
        values={
            "groups": groups,
            "programmes": [one for one in programmes if any(ladder.says_something for ladder in ladders[one.id])],
            "others": [one for one in programmes if not any(ladder.says_something for ladder in ladders[one.id])],
            "ladders": ladders,
            "sees_money": Area.MONEY in sees,
            "has_roles": bool(sees),
            "behind": [one for one in await progress.progress(connection) if one.state != "running"],
        },
        sheet=Sheet(
            ("about", "count", "of"), [(one.title, line.number, line.words) for one in groups for line in one.counts]
        ),
    )


async def _groups(connection: Connection, clocks: Clocks, programmes: list[ProgrammeLine]) -> list[Group]:
    severities = [severity.name for severity in Severity]
    open_bids = delays.Filter(open_only=True)
    late, soon, stopped, waiting, to_approve, to_release, to_decide, returns, *by_severity = await counts(
        connection,
        [
            *(
                delays.listing(replace(open_bids, **also), as_at=clocks.as_at, known=clocks.then)
                for also in (LATE, SOON, STOPPED, {})
            ),
            *(
                lists.listing("payments", lists.Wanted(states=[state], up_to=clocks.then), lists.RECORDED)
                for state in ("requested", "approved")
            ),
            bank.listing(bank.Filter(status="unmatched"), known=clocks.then),
            *(
                discrepancies.listing(replace(of, states=["OPEN"]), as_at=clocks.as_at, known=clocks.then)
                for of in (
                    discrepancies.Filter(rule="return_overdue"),
                    *(discrepancies.Filter(severity=one) for one in severities),
                )
            ),
        ],
    )
    to_close = await years_to_close(connection, programmes, clocks)
    bids = [
        Count(Area.CASES, late, "past a standard", "/bids", {"late": "yes"}, urgent=late > 0),
        Count(Area.CASES, soon, "due within a week", "/bids", {"due": "7"}),
        Count(Area.CASES, stopped, "waiting for the bidder", "/bids", {"with": "bidder"}),
        Count(Area.CASES, waiting - stopped, "waiting for the funder", "/bids", {"with": "funder"}),
    ]
    money = [
        Count(Area.MONEY, to_approve, noun(to_approve, "payment") + " to approve", "/payments", {"state": "requested"}),
        Count(Area.MONEY, to_release, noun(to_release, "payment") + " to release", "/payments", {"state": "approved"}),
        Count(Area.BANK, to_decide, noun(to_decide, "bank entry") + " to decide", "/bank", {}),
        Count(
            Area.OFFICE,
            returns,
            noun(returns, "return") + " overdue",
            "/discrepancies",
            {"rule": "return_overdue"},
            urgent=returns > 0,
        ),
        Count(Area.MONEY, len(to_close), noun(len(to_close), "programme") + " with a year to close", "/periods", {}),
    ]  # fmt: skip
    disagree = [
        Count(Area.OFFICE, number, noun(number, severity.lower()), "/discrepancies", {"severity": severity.lower()},
              urgent=severity == "ERROR" and number > 0)
        for severity, number in zip(severities, by_severity, strict=True)
    ]  # fmt: skip
    return [Group("Bids that wait", bids), Group("Money and books", money), Group("Open discrepancies", disagree)]

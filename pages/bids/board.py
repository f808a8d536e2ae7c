"""The board of bids that wait: by stage, sorted by deadline, each with its days, its pauses and who must act."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from domain.values.waiting import STAGES, Owner, Span
from pages.bids.waiting import PARAMETERS, Waiting, waiting_bids, wanted
from pages.frame.clocks import Clocks
from pages.frame.listed import rows_of
from pages.frame.page import Page, Sheet
from pages.frame.words import in_words
from projections.delays import summary
from projections.delays.standing import Standing
from projections.parts.reading import officers
from projections.register import reading as register
from projections.tables.paging import Connection, counts

# A board of more bids is no overview: the first ones are shown, and the number of all.
MOST = 300
_COLUMNS = ("reference", "title", "partnership", "stage", "with", "case_officer", "working_days_min",
            "working_days_max", "paused_days_max", "waiting_days", "deadline", "days_left", "standing", "requested",
            "currency")  # fmt: skip
# What is counted of the bids that wait, as fields of a Filter.
LATE: dict[str, Any] = {"breached_only": True}
SOON: dict[str, Any] = {"due_within": 7}
STOPPED: dict[str, Any] = {"turn": Owner.BIDDER.value}
_AGES = (30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class Column:
    """The bids of one stage; or of all stages, those that wait for an answer to a question."""

    name: str
    owner: str
    bids: list[Waiting]


async def board(connection: Connection, clocks: Clocks, asked: dict[str, str]) -> Page:
    """The bids that wait as at the day, of those that the address asks for. Raises BadAddress."""
    which, until = await wanted(connection, asked)
    listing = summary.listing(which, as_at=clocks.as_at, known=clocks.then, span=until)
    of_all, late, soon, stopped = await counts(
        connection,
        [
            summary.listing(one, as_at=clocks.as_at, known=clocks.then, span=until)
            for one in (which, *(replace(which, **also) for also in (LATE, SOON, STOPPED)))
        ],
    )
    bids = await waiting_bids(connection, clocks, listing, rows_of(asked, of_all, MOST))
    return Page(
        template="bids/board.html",
        title="Bids past a standard" if which.breached_only else "Bids waiting",
        section="bids",
        path="/bids",
        values={
            "columns": _columns(bids),
            "count": of_all,
            "shown": len(bids),
            "late": late,
            "soon": soon,
            "stopped": stopped,
            "uncertain": sum(bid.standing == Standing.UNCERTAIN.value for bid in bids),
            "given": {name: asked[name] for name in PARAMETERS if name in asked},
            "ages": _AGES,
            "officers": await officers(connection),
            "programmes": await register.programmes(connection),
        },
        sheet=Sheet(_COLUMNS, [_row(bid) for bid in bids]),
    )


def _row(bid: Waiting) -> tuple[object, ...]:
    days, paused = bid.days, bid.paused
    return (
        bid.line.reference, bid.line.title, bid.place.code, bid.span.value, bid.owner, bid.officer,
        days and days.min, days and days.max, paused and paused.max, bid.clock.open_days, bid.deadline, bid.left,
        bid.standing, bid.line.requested, bid.line.currency,
    )  # fmt: skip


def _columns(bids: Iterable[Waiting]) -> list[Column]:
    """A column for each stage in which a bid waits, in the order of stages; and the last for questions to bidders."""
    stages: dict[Span, list[Waiting]] = {span: [] for span in STAGES}
    stopped: list[Waiting] = []
    for bid in bids:
        (stopped if bid.asked else stages[bid.span]).append(bid)
    columns = [Column(in_words(span.value), found[0].owner, found) for span, found in stages.items() if found]
    return [*columns, *([Column("Answer to a question", Owner.BIDDER.value, stopped)] if stopped else [])]

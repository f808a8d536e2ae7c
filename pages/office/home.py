"""Home: what needs attention, each as a count with its list, and the programmes with their ladders."""

from dataclasses import dataclass

from pages.frame.clocks import Clocks
from pages.frame.page import Page
from pages.register.partnerships import by_scope
from projections import lists, progress
from projections.bank import reading as bank
from projections.delays import summary as delays
from projections.discrepancies import reading as discrepancies
from projections.discrepancies.catalogue import Severity
from projections.register import reading as register
from projections.tables.paging import Connection, counts


@dataclass(frozen=True, slots=True)
class Count:
    """How many things need attention, in words, and the path and parameters of their list. *urgent* ones stand out."""

    number: int
    words: str
    path: str
    parameters: dict[str, str]
    urgent: bool = False


async def home(connection: Connection, clocks: Clocks) -> Page:
    """The page that a programme office opens in the morning."""
    programmes = await register.programmes(connection)
    found = await by_scope(connection, "programme_id", [one.id for one in programmes], clocks)
    return Page(
        template="office/home.html",
        title="What needs attention",
        section="home",
        path="/",
        values={
            "counts": await _counts(connection, clocks),
            "programmes": [one for one in programmes if any(ladder.says_something for ladder in found[one.id])],
            "others": [one for one in programmes if not any(ladder.says_something for ladder in found[one.id])],
            "ladders": found,
            "behind": [one for one in await progress.progress(connection) if one.state != "running"],
        },
    )


async def _counts(connection: Connection, clocks: Clocks) -> list[Count]:
    open_bids = delays.Filter(open_only=True)
    late = delays.Filter(open_only=True, breached_only=True)
    severities = [severity.name for severity in Severity]
    found = await counts(
        connection,
        [
            delays.listing(late, as_at=clocks.as_at, known=clocks.then),
            delays.listing(open_bids, as_at=clocks.as_at, known=clocks.then),
            lists.listing("payments", lists.Wanted(states=["requested"]), lists.RECORDED),
            lists.listing("payments", lists.Wanted(states=["approved"]), lists.RECORDED),
            bank.listing(bank.Filter(status="unmatched"), known=clocks.then),
            *(
                discrepancies.listing(
                    discrepancies.Filter(severity=severity, states=["OPEN"]), as_at=clocks.as_at, known=clocks.then
                )
                for severity in severities
            ),
        ],
    )
    late_bids, waiting, to_approve, to_release, to_decide, *by_severity = found
    return [
        Count(late_bids, "open bids past a standard", "/bids", {"late": "yes"}, urgent=late_bids > 0),
        Count(waiting, "bids waiting for a decision", "/bids", {}),
        Count(to_approve, "payments to approve", "/payments", {"state": "requested"}),
        Count(to_release, "payments to release", "/payments", {"state": "approved"}),
        Count(to_decide, "bank entries to decide", "/bank", {}),
        *(
            Count(number, f"open discrepancies: {severity.lower()}", "/discrepancies", {"severity": severity.lower()},
                  urgent=severity == "ERROR" and number > 0)
            for severity, number in zip(severities, by_severity, strict=True)
        ),
    ]  # fmt: skip

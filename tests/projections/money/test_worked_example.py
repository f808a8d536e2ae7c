"""The worked example of docs/ledger.md, run step by step."""

import asyncio
import re
from datetime import UTC, date, datetime

import psycopg

from domain import award, bid
from domain.award import SettledBy, Variation
from domain.values.ids import AwardId, BidId
from domain.values.when import When
from infra.database.postgres import APP, Database
from infra.feeding.projector import project_all
from projections import progress
from projections.money.funding import FIGURES, FundingLine, funding_by
from tests.kit.money import Desk, desk, gbp
from tests.kit.paths import ROOT

PAGE = ROOT / "docs" / "ledger.md"
BID, AWARD = BidId("bid-worked"), AwardId("award-worked")


def until_march(at: Desk) -> None:
    """Record the events up to 31 March 2005."""
    partnership_id = at.find("partnership", "dip")
    at.do(
        bid.SubmitBid(
            bid_id=BID,
            partnership_id=partnership_id,
            reference="WORKED",
            title="Worked example",
            requested=gbp("60000.00"),
            on=When("2004-05-01"),
        )
    )
    at.do(bid.ApproveBid(bid_id=BID, approved=gbp("55000.00"), on=When("2004-06-01")))
    at.do(
        award.OfferAward(award_id=AWARD, bid_id=BID, reference="WORKED", amount=gbp("50000.00"), on=When("2004-06-15"))
    )
    at.do(award.AcceptOffer(award_id=AWARD, on=When("2004-06-20")))
    at.do(
        award.VaryAward(
            award_id=AWARD,
            number=1,
            kind=Variation.UPLIFT,
            change=gbp("5000.00"),
            because="A second year of delivery",
            on=When("2004-09-01"),
        )
    )
    for number, day in enumerate(("2004-07-01", "2004-10-01", "2005-03-20"), start=1):
        at.pay(AWARD, number, "15000.00", day)


def in_april(at: Desk) -> tuple[datetime, datetime]:
    """Record the events of April. Return the instants of 15 and 30 April."""
    at.do(award.ReversePayment(award_id=AWARD, number=3, because="Entered for another award", on=When("2005-03-20")))
    fifteenth = datetime.now(UTC)
    recovery = award.RaiseRecovery(
        award_id=AWARD, number=1, amount=gbp("5000.00"), because="Places not taken", on=When("2005-03-25")
    )
    at.do(recovery)
    at.do(award.ApproveRecovery(award_id=AWARD, number=1, on=When("2005-03-25")))
    return fifteenth, datetime.now(UTC)


def in_may(at: Desk) -> None:
    """Record the events of 2 May."""
    at.do(
        award.SettleRecovery(
            award_id=AWARD, number=1, part=1, amount=gbp("5000.00"), by=SettledBy.REPAYMENT, on=When("2005-05-02")
        )
    )


def ladder(database: Database, as_at: date, known_at: datetime | None) -> FundingLine:
    async def ask() -> FundingLine:
        async with await psycopg.AsyncConnection.connect(database.conninfo(APP), autocommit=True) as connection:
            known = await progress.position_at(connection, known_at) if known_at else None
            return (await funding_by(connection, "award_id", [AWARD], as_at=as_at, known=known))[0]

    return asyncio.run(ask())


def printed_rows() -> list[list[str]]:
    """The rows of the table in docs/ledger.md: the amounts of each, in the order of the figures."""
    table = PAGE.read_text().split("## A worked example")[1]
    rows = [line.strip("|").split("|") for line in table.splitlines() if re.match(r"\| \d", line)]
    return [[cell.strip() for cell in row[1:]] for row in rows]


def test_the_documented_ladder_is_right_as_known_on_each_of_the_three_days(programme: Database) -> None:
    with desk(programme) as at:
        until_march(at)
        march = datetime.now(UTC)
        fifteenth, thirtieth = in_april(at)
        in_may(at)
    project_all(programme)

    year_end = date(2005, 3, 31)
    rows = [
        [f"{ladder(programme, year_end, day).figures[figure].amount:f}" for figure in FIGURES]
        for day in (march, fifteenth, thirtieth)
    ]

    assert printed_rows() == rows
    in_the_end = ladder(programme, date(2005, 5, 2), None).figures
    assert ("5000.00", "0.00", "30000.00") == (
        f"{in_the_end['returned'].amount:f}",
        f"{in_the_end['recoverable'].amount:f}",
        f"{in_the_end['available'].amount:f}",
    )

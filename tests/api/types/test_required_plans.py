"""Plans that the rules of a round or scheme require, in the list of what needs attention, until they are there."""

from datetime import date
from typing import Any

import pytest

from domain import bid, delivery
from domain.across.permissions import EVERY_AREA
from domain.award import OfferAward
from domain.eligibility.rule import EligibilityKind, EndEligibilityRule, PublishEligibilityRule
from domain.values.ids import AwardId, BidId, DeliveryId, ProgrammeId
from domain.values.when import When
from infra.database.pool import query
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from projections.attention import AttentionLine, Filter, listing
from projections.tables.paging import Connection, Window, page
from tests.kit.money import Desk, desk, gbp
from tests.kit.rounds import PAIR, PLANS, ROUND, SCHEME, opened_round

Line = tuple[str, str, str, str | None, int | None]


def required(database: Database, day: str) -> list[Line]:
    """The required plans that are missing on a day: reference, urgency, who must act, due day and days."""

    async def read(connection: Connection) -> list[AttentionLine]:
        wanted = listing(Filter(kinds=["PLAN_REQUIRED"]), EVERY_AREA, day=date.fromisoformat(day))
        return (await page(connection, AttentionLine, wanted, Window(size=50))).lines

    project_all(database)
    found = query(database, read)
    return [(one.reference, one.urgency, one.who, f"{one.due}" if one.due else None, one.days) for one in found]


def draft(at: Desk, name: str, **more: Any) -> BidId:
    bid_id = BidId(f"bid-{name}")
    at.do(
        bid.DraftBid(
            bid_id=bid_id, partnership_id=PAIR, reference=name, title=name, round_id=ROUND,
            on=When("2004-03-01"), **more,
        )
    )  # fmt: skip
    return bid_id


def submit(at: Desk, bid_id: BidId, **more: Any) -> None:
    at.do(
        bid.SubmitBid(
            bid_id=bid_id, partnership_id=PAIR, reference=bid_id.removeprefix("bid-"), title="Later",
            requested=gbp("100.00"), round_id=ROUND, on=When("2004-04-01"), **more,
        )
    )  # fmt: skip


def test_a_draft_lacks_plans_that_are_due_when_the_round_closes(programme: Database) -> None:
    with desk(programme) as at:
        opened_round(at)
        assert [] == required(programme, "2004-03-02")
        draft(at, "bare")
        half = draft(at, "half", plans=(bid.ProposedPlan(kind="EVALUATION  plan", text="Yearly"),))
        both = "bare: Evaluation plan, Sustainability plan"
        assert [
            ("bare: Evaluation plan, Sustainability plan", "WAITING", "bidder", "2004-04-30", 59),
            ("half: Sustainability plan", "WAITING", "bidder", "2004-04-30", 59),
        ] == required(programme, "2004-03-02")
        assert ("DUE", 7) == (required(programme, "2004-04-23")[0][1], required(programme, "2004-04-23")[0][4])
        assert (both, "LATE", "bidder", "2004-04-30", 1) == required(programme, "2004-05-01")[0]
        submit(at, half, plans=PLANS)
        assert [both] == [reference for reference, *_ in required(programme, "2004-04-02")]


def test_a_bid_that_was_admitted_without_a_plan_lacks_it_until_it_is_revised_or_the_plan_is_filed(
    programme: Database,
) -> None:
    with desk(programme) as at:
        opened_round(at)
        submit(at, BidId("bid-late"), plans=PLANS[1:], admitted_because="The plan comes later")
        assert [("late: Sustainability plan", "WAITING", "bidder", None, 19)] == required(programme, "2004-04-20")
        plan = DeliveryId("delivery-late")
        at.do(delivery.AgreePlan(delivery_id=plan, partnership_id=PAIR, title="Plan", on=When("2004-04-10")))
        filed: dict[str, Any] = {"owner": "The county", "text": "The councils pay", "until": When("2005-03-31")}
        exit_plan = delivery.FileFollowOnPlan(
            delivery_id=plan, sort=delivery.FollowOn.EXIT, on=When("2004-04-11"), **filed
        )
        at.do(exit_plan)
        assert 1 == len(required(programme, "2004-04-20"))
        at.do(
            delivery.FileFollowOnPlan(
                delivery_id=plan, sort=delivery.FollowOn.CONTINUATION, on=When("2004-04-12"), **filed
            )
        )
        assert [] == required(programme, "2004-04-20")


def test_the_plan_of_an_award_is_due_when_its_work_ends(programme: Database) -> None:
    with desk(programme) as at:
        opened_round(at)
        bid_id = BidId("bid-awarded")
        submit(at, bid_id, plans=PLANS[1:], admitted_because="The plan comes later")
        at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("100.00"), on=When("2004-04-20")))
        at.do(
            OfferAward(
                award_id=AwardId("award-late"), bid_id=bid_id, reference="A-late", amount=gbp("100.00"),
                on=When("2004-05-01"),
            )
        )  # fmt: skip
        until: dict[str, Any] = {"until": When("2005-03-31"), "on": When("2004-05-02")}
        of = DeliveryId("delivery-x")
        at.do(delivery.AgreePlan(delivery_id=of, partnership_id=PAIR, title="Plan", **until))
        assert [("awarded: Sustainability plan", "LATE", "bidder", "2005-03-31", 1)] == required(
            programme, "2005-04-01"
        )


@pytest.mark.parametrize(("on", "missing"), [("2004-02-15", 1), ("2004-04-15", 0)])
def test_the_version_of_the_day_of_the_bid_counts(programme: Database, on: str, missing: int) -> None:
    """A draft has no day of submission: the rules of today count."""
    with desk(programme) as at:
        opened_round(at)
        of: dict[str, Any] = {"programme_id": ProgrammeId(at.find("programme", "cbp")), "scheme_id": SCHEME}
        at.do(EndEligibilityRule(**of, code="plans", because="Not needed", on=When("2004-04-01")))
        draft(at, "bare")
        assert missing == len(required(programme, on))
        names: dict[str, Any] = {"kind": EligibilityKind.REQUIRED_PLANS, "names": ("exit plan",), "text": "Exit"}
        at.do(PublishEligibilityRule(**of, **names, code="exit", round_id=ROUND, on=When("2004-04-02")))
        assert ["bare: exit plan"] == [reference for reference, *_ in required(programme, "2004-04-15")]


def test_a_rule_that_only_a_source_states_requires_nothing(programme: Database) -> None:
    """The pilots had to hold a plan for continuing (000:186). The bids that sources state of them need no attention."""
    assert [] == required(programme, "2026-01-01")

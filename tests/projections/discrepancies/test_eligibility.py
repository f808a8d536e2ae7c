"""Stated bids that break an eligibility rule, as the register finds them whichever event comes last."""

from typing import Any

from domain.bid import BidStated
from domain.eligibility.rule import EligibilityKind, EndEligibilityRule, PublishEligibilityRule
from domain.history import Command
from domain.organisation import RecordCategory
from domain.partnership import JoinPartnership
from domain.values.fact import Record, Source
from domain.values.ids import BidId, PartnershipId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.money import Desk, desk

SOURCE = Source(register="register", row="row", cites="register: row 1")


def stated(at: Desk, code: str, on: str = "2004-05-01") -> BidId:
    """A bid of a partnership, as a source states it."""
    bid_id, partnership_id = BidId(f"bid-{code}"), PartnershipId(at.find("partnership", code))
    fact = BidStated(
        partnership_id=partnership_id, reference=f"B-{code}", title="t", kind="submitted", on=When(on), source=SOURCE
    )
    at.do(Record(stream=bid_id, fact=fact))
    return bid_id


def found(database: Database) -> dict[str, tuple[str, str]]:
    """The present findings of the rule: message and status by bid."""
    project_all(database)
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT subject, message, status FROM read.discrepancies"
            " WHERE rule = 'bid_ineligible' AND superseded = 9223372036854775807"
        ).fetchall()
    return {subject: (message, status) for subject, message, status in rows}


def test_direct_support_of_an_authority_that_is_fair_breaks_the_rule_that_the_programme_states(
    programme: Database,
) -> None:
    """Only authorities rated poor or weak are eligible (001:473-475). Wakefield is Fair, Mansfield Weak."""
    with desk(programme) as at:
        wakefield = stated(at, "ds-wakefield")
        stated(at, "ds-mansfield")
    message = "Does not meet poor-or-weak (version 1): 0 of 1 partner as asked, at least 1 needed ("
    ((subject, (said, status)),) = found(programme).items()
    assert (wakefield, "OPEN", True) == (subject, status, said.startswith(message))
    assert said.endswith(": Fair)")


def test_a_rule_a_partner_or_a_category_that_is_recorded_later_is_judged_with_the_bid(programme: Database) -> None:
    with desk(programme) as at:
        bid_id = stated(at, "ds-mansfield")
        of: dict[str, Any] = {
            "programme_id": at.find("programme", "cbp"), "scheme_id": at.find("scheme", "cbp-direct-support"),
            "code": "pairs",
        }  # fmt: skip
        partnership_id, lga = at.find("partnership", "ds-mansfield"), at.find("organisation", "lga")

        def status(command: Command) -> tuple[str, str] | None:
            at.do(command)
            return found(programme).get(bid_id)

        assert bid_id not in found(programme)
        least: dict[str, Any] = {"kind": EligibilityKind.MINIMUM_PARTNERS, "text": "Two", "least": 2}
        alone = "Does not meet pairs (version 1): 1 partner, at least 2 needed"
        assert (alone, "OPEN") == status(PublishEligibilityRule(**of, **least, on=When("2004-01-01")))
        join = JoinPartnership(
            partnership_id=partnership_id, organisation_id=lga, role="partner", on=When("2004-02-01")
        )
        assert (alone, "CLOSED") == status(join)
        fair = RecordCategory(organisation_id=lga, regime="CPA", category="Fair", on=When("2004-03-01"))
        said, now = status(fair) or ("", "")
        assert ("OPEN", True) == (now, said.startswith("Does not meet poor-or-weak (version 1): 1 of 2 partners"))
        end = EndEligibilityRule(**{**of, "code": "poor-or-weak"}, because="All may bid", on=When("2004-04-01"))
        assert (said, "CLOSED") == status(end)

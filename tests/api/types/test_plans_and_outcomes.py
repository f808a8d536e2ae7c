"""Plans, outcomes and roles over HTTP: what a redesign changes, what was verified, and who does what."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain import bid, delivery, outcome
from domain.values.ids import BidId, DeliveryId, OrganisationId, OutcomeId, PartnershipId
from domain.values.when import When
from infra.feeding.projector import project_all
from tests.kit.command_line import fundtrail
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api, served


@pytest.fixture
def office(programme: Any) -> Iterator[tuple[Api, Desk]]:
    with served(programme, projector=False) as api, desk(programme) as at:
        yield api, at


def ask(api: Api, query: str, **given: Any) -> Any:
    project_all(api.database)
    return api.ask(query, **given)


# --- Plans ------------------------------------------------------------------------------------------------------------

CHAIN = """query ($day: Date) { partnership(code: "nwin") { delayChain(asAt: $day) {
    plannedWindow { max } windowLeft { max } releases { awardReference number } flags { need message } } } }"""


def plan(at: Desk, name: str, until: str, on: str) -> DeliveryId:
    """An award with a plan of its own."""
    award_id = at.accepted_award(name, "9000.00", partnership="nwin")
    delivery_id = DeliveryId(f"delivery-{name}")
    at.do(
        delivery.AgreePlan(
            delivery_id=delivery_id, partnership_id=PartnershipId(at.find("partnership", "nwin")), award_id=award_id,
            title=f"Plan {name}", milestones=("Set up",), until=When(until), on=When(on),
        )
    )  # fmt: skip
    at.pay(award_id, 1, "1000.00", "2004-12-31")
    return delivery_id


def chain(api: Api, day: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(api, CHAIN, day=day)["partnership"]["delayChain"]
    return found


def test_a_second_plan_leaves_the_flag_of_the_first(office: tuple[Api, Desk]) -> None:
    api, at = office
    plan(at, "one", "2005-03-31", "2004-07-01")
    alone = "183 days of a delivery window of 273 days passed before the first money."
    assert [alone] == [one["message"] for one in chain(api, "2005-01-01")["flags"]]

    plan(at, "two", "2005-12-31", "2005-01-01")

    found = chain(api, "2005-01-01")
    assert [f"Plan one: {alone}"] == [one["message"] for one in found["flags"]]
    assert [("A-one", 1), ("A-two", 1)] == [(one["awardReference"], one["number"]) for one in found["releases"]]
    assert {"max": 364} == found["plannedWindow"]
    # As at a day before the second plan begins, there is only the first.
    assert ([alone], {"max": 273}) == (
        [one["message"] for one in chain(api, "2004-12-31")["flags"]],
        chain(api, "2004-12-31")["plannedWindow"],
    )


def test_a_redesigned_plan_has_its_new_end_from_the_day_of_the_redesign(office: tuple[Api, Desk]) -> None:
    api, at = office
    delivery_id = plan(at, "one", "2005-03-31", "2004-07-01")
    at.do(
        delivery.RedesignPlan(
            delivery_id=delivery_id, because="Trouble", milestones=("Begun again",), until=When("2005-06-30"),
            on=When("2005-02-01"),
        )
    )  # fmt: skip
    assert [273, 364] == [chain(api, day)["plannedWindow"]["max"] for day in ("2005-01-31", "2005-02-01")]


# --- Outcomes ---------------------------------------------------------------------------------------------------------


def test_a_verified_result_stays_visible_beside_a_newer_one_that_nobody_has_verified(office: tuple[Api, Desk]) -> None:
    api, at = office
    outcome_id = OutcomeId("outcome-one")
    partnership_id = PartnershipId(at.find("partnership", "nwin"))
    at.do(
        outcome.AgreeIndicator(
            outcome_id=outcome_id, partnership_id=partnership_id, impact="skills", level="team",
            indicator="Trained one by one", target="100", on=When("2005-01-01"),
        )
    )  # fmt: skip
    at.do(outcome.ReportResult(outcome_id=outcome_id, value="40", on=When("2005-03-01")))
    at.do(outcome.VerifyResult(outcome_id=outcome_id, evidence="Visit", on=When("2005-04-01")))
    at.do(outcome.ReportResult(outcome_id=outcome_id, value="70", on=When("2005-06-01")))
    query = """query ($day: Date) { partnership(code: "nwin") { outcomes(asAt: $day) {
        indicator result status verified verifiedResult verifiedOn { text } } } }"""

    def shown(day: str) -> tuple[Any, ...]:
        found = ask(api, query, day=day)["partnership"]["outcomes"]
        (one,) = (one for one in found if one["indicator"] == "Trained one by one")
        return tuple(one.values())[1:]

    assert ("40", "reported", False, None, None) == shown("2005-03-31")
    assert ("40", "verified", True, "40", {"text": "2005-04-01"}) == shown("2005-04-01")
    assert ("70", "reported", False, "40", {"text": "2005-04-01"}) == shown("2005-06-01")
    at.do(outcome.RejectResult(outcome_id=outcome_id, because="Counted twice", on=When("2005-07-01")))
    assert ("70", "rejected", False, "40", {"text": "2005-04-01"}) == shown("2005-07-01")
    exported = fundtrail(api.database, "export", "outcomes", "--as-at", "2005-06-01").stdout
    (row,) = (line for line in exported.splitlines() if "Trained one by one" in line)
    assert ",70,reported,False,40,2005-04-01," in row or ",70,reported,false,40,2005-04-01," in row


# --- Roles ------------------------------------------------------------------------------------------------------------

ROLES = """query ($code: String!) { partnerships(filter: { organisation: $code }, first: 100) {
    totalCount nodes { code roles(organisation: $code) { role statedOnly organisation { code } } } } }"""


def test_every_partnership_in_which_an_organisation_has_any_role_is_found(shared_api: Api) -> None:
    found = shared_api.ask(ROLES, code="idea")["partnerships"]
    assert 18 == found["totalCount"]
    roles = {one["code"]: [(role["role"], role["statedOnly"]) for role in one["roles"]] for one in found["nodes"]}
    assert [("initiator", True), ("adviser", True)] == roles["ace-cumbria"]
    assert [("lead", False), ("provider", True)] == roles["np-leadership-academy"]
    assert [("strategic_group_member", False)] == roles["wmip"]
    assert {"idea"} == {role["organisation"]["code"] for one in found["nodes"] for role in one["roles"]}
    assert 7 == sum(any(not stated_only for _, stated_only in one) for one in roles.values())


def test_funders_suppliers_and_advisers_have_roles(office: tuple[Api, Desk]) -> None:
    api, at = office
    at.accepted_award("one", "100.00", partnership="nwin")
    bid_id, adviser = BidId("bid-one"), OrganisationId(at.find("organisation", "idea"))
    at.do(bid.RecordAdviser(bid_id=bid_id, organisation_id=adviser, part="The bid", on=When("2004-05-01")))
    found = ask(api, '{ partnership(code: "nwin") { roles { role statedOnly organisation { code } } } }')
    roles = {(one["role"], one["organisation"]["code"], one["statedOnly"]) for one in found["partnership"]["roles"]}
    assert {("adviser", "idea", False), ("funder", "clg", False)} <= roles

"""People, roles, bodies and limits over GraphQL: who approved this, under which limit, and who gave that limit."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain import award, bid
from domain.values.ids import AwardId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.money import desk, gbp
from tests.kit.office import BOARD, CHIEF, DIRECTOR, GROUP, LEFT, SECOND, UP_TO_50_000, approved, erased, opened_office
from tests.kit.web.served import Api, served


@pytest.fixture
def api(programme: Database) -> Iterator[Api]:
    with desk(programme) as at:
        opened_office(at)
        bid_id = approved(at, "B-1", "900.00")
        at.do(bid.DeclareInterest(bid_id=bid_id, person_id=SECOND, nature="a relative bids", on=When("2005-05-03")))
        at.do(
            award.OfferAward(
                award_id=AwardId("award-1"),
                bid_id=bid_id,
                reference="A-1",
                amount=gbp("900.00"),
                on=When("2005-05-04"),
            ),
            DIRECTOR,
        )
        erased(at)
    project_all(programme)
    with served(programme, projector=False) as api:
        yield api


WHO = """{ name actor actingPerson { code } authority
    delegation { code limit { amount currency } body { code name } givenBy { name } grantedBy } }"""


def test_who_approved_it_under_which_limit_and_who_gave_that_limit_is_one_query(api: Api) -> None:
    found = api.ask(f'{{ bid(reference: "B-1") {{ decisions {WHO} award {{ decisions {WHO} }} }} }}')["bid"]
    (approval,) = found["decisions"]
    assert ("BidApproved", CHIEF, {"code": "chief"}, UP_TO_50_000) == (
        approval["name"], approval["actor"], approval["actingPerson"], approval["authority"],
    )  # fmt: skip
    assert approval["delegation"] == {
        "code": "group-limit",
        "limit": {"amount": "50000.00", "currency": "GBP"},
        "body": {"code": "group", "name": "Steering Group"},
        "givenBy": {"name": "Partnership Board"},
        "grantedBy": "section 151 officer",
    }
    (offer,) = found["award"]["decisions"]
    assert ("AwardOffered", "director", "board-limit", None, None) == (
        offer["name"], offer["actingPerson"]["code"], offer["delegation"]["code"], offer["delegation"]["limit"],
        offer["delegation"]["givenBy"],
    )  # fmt: skip


def test_an_authority_that_is_a_text_is_no_delegation(api: Api) -> None:
    entries = api.ask(
        '{ auditLog(filter: {names: ["BidSubmitted"]}) { nodes { actingPerson { id } delegation { id } } } }'
    )
    assert {"actingPerson": None, "delegation": None} in entries["auditLog"]["nodes"]


BODIES = """query ($asAt: Date) { programme(code: "cbp") { bodies(asAt: $asAt) { code ended { text } because
    mergedInto { code } members(asAt: $asAt) { person { code } role speaksFor organisation { code } until { text }
    ended { text } because } delegations(asAt: $asAt) { code ended { text } because decisions } } } }"""


def bodies(api: Api, **given: Any) -> dict[str, Any]:
    return {one["code"]: one for one in api.ask(BODIES, **given)["programme"]["bodies"]}


def test_a_programme_shows_its_bodies_with_all_that_ever_held(api: Api) -> None:
    found = bodies(api)
    assert {"board", "closed", "group", "old"} <= found.keys()
    assert ["chief", "second", "left"] == [one["person"]["code"] for one in found["group"]["members"]]
    chair, _, left = found["group"]["members"]
    assert (3, "idea", "2006-03", None) == (
        chair["speaksFor"], chair["organisation"]["code"], chair["until"]["text"], chair["ended"],
    )  # fmt: skip
    assert ("2005-03-01", "Moved on") == (left["ended"]["text"], left["because"])
    assert ("group", "One group is enough") == (found["old"]["mergedInto"]["code"], found["old"]["because"])
    # The time of its members and its limits ended with the body.
    assert [("2005-03-01", "One group is enough")] == [
        (one["ended"]["text"], one["because"]) for one in found["old"]["members"]
    ]
    assert ["APPROVE_BID", "OFFER_AWARD"] == found["group"]["delegations"][0]["decisions"]


@pytest.mark.parametrize(
    ("day", "there", "members"),
    [
        ("2004-03-31", set(), []),
        ("2004-04-01", {"board", "closed", "group", "old"}, ["chief", "second", "left"]),
        ("2005-02-28", {"board", "closed", "group", "old"}, ["chief", "second", "left"]),
        ("2005-03-01", {"board", "group"}, ["chief", "second"]),
        # The month in which their time ends counts to its last day.
        ("2006-03-31", {"board", "group"}, ["chief", "second"]),
        ("2006-04-01", {"board", "group"}, []),
    ],
)
def test_on_a_day_it_shows_who_held_then(api: Api, day: str, there: set[str], members: list[str]) -> None:
    found = bodies(api, asAt=day)
    assert there == found.keys() & {"board", "closed", "group", "old"}
    assert members == [one["person"]["code"] for one in found.get("group", {"members": []})["members"]]
    limits = [one["code"] for body in found.values() for one in body["delegations"]]
    assert ("revoked-limit" in limits) is ("2004-04-01" <= day < "2005-03-01")
    assert ("group-limit" in limits) is ("2004-04-01" <= day <= "2006-03-31")


def test_what_was_not_yet_recorded_was_not_known(api: Api) -> None:
    """Before the steering group was recorded nobody knew of it; before it was revoked a limit went on."""
    entries = api.ask(
        '{ auditLog(filter: {names: ["BodyEstablished", "DelegationGranted"]}) { nodes { recordedAt } } }'
    )["auditLog"]["nodes"]
    known = """query ($knownAt: DateTime) { partnership(code: "dip") { bodies(knownAt: $knownAt) {
        code statedOnly ended { text } delegations(knownAt: $knownAt) { code ended { text } } } } }"""
    first, last = (
        [one for one in api.ask(known, knownAt=at["recordedAt"])["partnership"]["bodies"] if not one["statedOnly"]]
        for at in (entries[0], entries[-1])
    )
    assert [("group", [])] == [(one["code"], one["delegations"]) for one in first]
    assert {None} == {one["ended"] for one in last} | {each["ended"] for one in last for each in one["delegations"]}


PERSON = """query ($code: String, $id: ID) { person(code: $code, id: $id) { id number code erased organisation { code }
    roles { role programme { code } scheme { code } partnership { code } since { text } until { text } ended { text }
        because grantedBy event { name } end { name } }
    memberships { body { code } role } } }"""


def test_a_person_shows_roles_and_the_bodies_it_sits_on(api: Api) -> None:
    second = api.ask(PERSON, code="second")["person"]
    (role,) = second["roles"]
    assert ("ASSESSOR", "cbp", "cbp-improvement-partnerships", None, "2006", "administrator") == (
        role["role"], role["programme"]["code"], role["scheme"]["code"], role["partnership"], role["until"]["text"],
        role["grantedBy"],
    )  # fmt: skip
    assert [("group", "member"), ("old", "chair")] == [
        (one["body"]["code"], one["role"]) for one in second["memberships"]
    ]


def test_an_erased_person_is_still_there_under_its_code(api: Api) -> None:
    left = api.ask(PERSON, id=LEFT)["person"]
    assert (True, "left", "idea") == (left["erased"], left["code"], left["organisation"]["code"])
    assert [("2005-03-01", "Moved on", "RoleGranted", "RoleRevoked")] == [
        (one["ended"]["text"], one["because"], one["event"]["name"], one["end"]["name"]) for one in left["roles"]
    ]


def test_people_are_listed_in_pages_and_by_their_organisation(api: Api) -> None:
    asked = "{ people(first: 3) { totalCount nodes { code number } pageInfo { hasNextPage endCursor } } }"
    page = api.ask(asked)["people"]
    assert ["chief", "second", "director"] == [one["code"] for one in page["nodes"]]
    rest = api.ask(
        "query ($after: String) { people(after: $after) { nodes { code } } }", after=page["pageInfo"]["endCursor"]
    )
    assert ["left"] == [one["code"] for one in rest["people"]["nodes"]]
    partners = api.ask('{ organisations(filter: {code: "idea"}) { nodes { people { code } } } }')
    assert [{"code": "left"}] == partners["organisations"]["nodes"][0]["people"]


def test_a_person_that_nobody_registered_is_an_error_by_name(api: Api) -> None:
    assert "There is no person with this id or code." == api.error(PERSON, code="nobody")["message"]
    assert "None of id and code is given. Give exactly one." == api.error(PERSON)["message"]


def test_duties_that_are_not_kept_apart_show_why_and_when(api: Api) -> None:
    asked = """query ($asAt: Date) { programme(code: "cbp") { liftedSeparations(asAt: $asAt) {
        separation because since { text } ended { text } liftedBy } } }"""
    every = api.ask(asked)["programme"]["liftedSeparations"]
    assert [("DECISION", "Two people work here", "2005-03-01"), ("RETURN", "One accountant", None)] == [
        (one["separation"], one["because"], one["ended"] and one["ended"]["text"]) for one in every
    ]
    now = api.ask(asked, asAt="2005-03-01")["programme"]["liftedSeparations"]
    assert ["RETURN"] == [one["separation"] for one in now]


def test_an_interest_names_its_person(api: Api) -> None:
    found = api.ask('{ bid(reference: "B-1") { interests { personId person { code } } } }')["bid"]["interests"]
    assert [{"personId": SECOND, "person": {"code": "second"}}] == found


def test_a_person_a_body_and_a_limit_are_found_by_their_id(api: Api) -> None:
    asked = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    found = api.ask(asked, ids=[CHIEF, GROUP, UP_TO_50_000, BOARD])["nodes"]
    assert ["Person", "Body", "Delegation", "Body"] == [one["__typename"] for one in found]

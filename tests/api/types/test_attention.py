"""What needs attention: one list of what is late, due, waiting or contradictory, with who must act and why."""

from datetime import date
from typing import Any

import pytest

from domain import award, bid
from domain.across.permissions import EVERY_AREA, Area
from domain.programme import SetServiceStandard
from domain.values.ids import AwardId, ProgrammeId, SchemeId
from domain.values.waiting import Span
from domain.values.when import When
from infra.database.pool import query
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from projections.attention import BY_NAME, KINDS, AttentionLine, Filter, Urgency, counted, listing
from projections.tables.paging import Connection, Window, page
from tests.conftest import copy_of
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import served

DAY = date(2004, 9, 1)


@pytest.fixture(scope="module")
def office(server: Database, programme_template: str) -> Database:
    """A programme office on 1 September 2004, with one thing of nearly every kind to see to."""
    database = copy_of(server, programme_template)
    with desk(database) as at:
        programme, scheme = (
            ProgrammeId(at.find("programme", "cbp")),
            SchemeId(at.find("scheme", "cbp-improvement-partnerships")),
        )
        standard: dict[str, Any] = {"programme_id": programme, "scheme_id": scheme, "days": "calendar"}
        at.do(SetServiceStandard(span=Span.TO_DECISION, limit=60, on=When("2004-01-01"), **standard))
        at.submitted_bid("late", "2004-06-01")
        at.submitted_bid("soon", "2004-07-08")
        asked = at.submitted_bid("asked", "2004-08-25")
        at.do(bid.RequestClarification(bid_id=asked, number=1, question="Who pays?", on=When("2004-08-28")))
        _awards(at)
    project_all(database)
    return database


def _awards(at: Desk) -> None:
    """Awards in which each next step is somebody's turn."""
    waits = AwardId(at.accepted_award("waits", "1000.00"))
    at.do(award.RequestPayment(award_id=waits, number=1, amount=gbp("100.00"), on=When("2004-08-01")))
    at.do(award.RequestPayment(award_id=waits, number=2, amount=gbp("50.00"), on=When("2004-08-02")))
    at.do(award.ApprovePayment(award_id=waits, number=2, on=When("2004-08-03")))
    plan = AwardId(at.accepted_award("plan", "900.00"))
    for number, due in ((1, "2004-06-30"), (2, "2004-08-10"), (3, "2004-12-01")):
        on = When("2004-06-20")
        at.do(award.ScheduleInstalment(award_id=plan, number=number, amount=gbp("300.00"), due=When(due), on=on))
    at.pay(plan, 1, "400.00", "2004-07-01")
    returns = AwardId(at.accepted_award("returns", "900.00"))
    for number, due in ((1, "2004-08-31"), (2, "2004-09-08"), (3, "2004-12"), (4, "2004-08")):
        of: dict[str, Any] = {"award_id": returns, "number": number, "on": When("2004-06-20")}
        at.do(award.RequireReturn(covers=f"part {number}", due=When(due), **of))
    at.do(award.PrepareReturn(award_id=returns, number=4, on=When("2004-08-20")))
    held = AwardId(at.accepted_award("held", "500.00"))
    at.do(award.PlaceHold(award_id=held, number=1, because="No accounts", on=When("2004-08-15")))
    at.do(award.SetCondition(award_id=held, number=1, text="An evaluation plan", precedent=True, on=When("2004-06-20")))
    at.do(award.SetCondition(award_id=held, number=2, text="A logo", precedent=False, on=When("2004-06-20")))


def lines(database: Database, wanted: Filter = Filter(), day: date = DAY) -> list[AttentionLine]:
    async def read(connection: Connection) -> list[AttentionLine]:
        found = await page(connection, AttentionLine, listing(wanted, EVERY_AREA, day=day), Window(size=500))
        return found.lines

    return [one for one in query(database, read) if one.kind != "DISCREPANCY"]


def told(found: list[AttentionLine], kind: str) -> list[tuple[str, str, str, str | None, str | None, int | None]]:
    return [
        (one.reference, one.urgency, one.who, f"{one.since}", f"{one.due}" if one.due else None, one.days)
        for one in found
        if one.kind == kind
    ]


def test_a_bid_is_late_the_day_after_its_standard_ends_and_due_in_the_week_before(office: Database) -> None:
    assert [
        ("late", "LATE", "funder", "2004-06-01", "2004-07-31", 32),
        ("soon", "DUE", "funder", "2004-07-08", "2004-09-06", 5),
        ("asked", "WAITING", "bidder", "2004-08-25", None, 7),
    ] == [
        (reference, *rest)
        for reference, *rest in told(lines(office), "BID_WAITS")
        if reference in ("late", "soon", "asked")
    ]


def test_a_question_waits_for_the_bidder(office: Database) -> None:
    assert [("asked / 1", "WAITING", "bidder", "2004-08-28", None, 4)] == told(lines(office), "QUESTION_OPEN")


def test_a_payment_waits_for_who_takes_its_next_step(office: Database) -> None:
    found = lines(office)
    assert [("A-waits / 1", "WAITING", "payments officer", "2004-08-01", None, 31)] == told(found, "PAYMENT_TO_APPROVE")
    assert [("A-waits / 2", "WAITING", "releaser", "2004-08-02", None, 30)] == told(found, "PAYMENT_TO_RELEASE")
    (waits,) = [one for one in found if one.kind == "PAYMENT_TO_APPROVE"]
    assert ("100.00", "GBP", "dip") == (f"{waits.amount}", waits.currency, waits.partnership)


def test_an_instalment_is_late_for_what_is_missing_of_all_that_were_due(office: Database) -> None:
    """300.00 and 300.00 were due and 400.00 was released: 200.00 of the second is missing, 22 days after its day."""
    found = [one for one in lines(office) if one.kind == "INSTALMENT_UNPAID"]
    assert [("A-plan / 2", "LATE", "2004-08-10", 22, "200.00")] == [
        (one.reference, one.urgency, f"{one.due}", one.days, f"{one.amount}") for one in found
    ]
    assert [] == told(lines(office, day=date(2004, 8, 10)), "INSTALMENT_UNPAID")


def test_a_return_is_late_after_its_day_and_one_due_in_a_month_after_the_month(office: Database) -> None:
    found = lines(office)
    assert [
        ("A-returns / 1", "LATE", "partner", "2004-06-20", "2004-08-31", 1),
        ("A-returns / 2", "DUE", "partner", "2004-06-20", "2004-09-08", 7),
        ("A-returns / 3", "WAITING", "partner", "2004-06-20", "2004-12-31", 121),
    ] == told(found, "RETURN_MISSING")
    assert [("A-returns / 4", "LATE", "certifier", "2004-06-20", "2004-08-31", 1)] == told(found, "RETURN_TO_CERTIFY")
    assert ("A-returns / 2", "WAITING") == told(lines(office, day=date(2004, 8, 31)), "RETURN_MISSING")[-2][:2]


def test_a_hold_and_a_condition_before_payment_are_in_the_way(office: Database) -> None:
    found = lines(office)
    assert [("A-held / 1", "WAITING", "payments officer", "2004-08-15", None, 17)] == told(found, "HOLD_PLACED")
    assert [("A-held / 1", "WAITING", "bidder", "2004-06-20", None, 73)] == told(found, "CONDITION_OPEN")


def test_the_most_urgent_comes_first(office: Database) -> None:
    order = [one.name for one in Urgency]
    ranks = [order.index(one.urgency) for one in lines(office)]
    assert sorted(ranks) == ranks
    assert {"LATE", "DUE", "WAITING"} == {order[rank] for rank in ranks}


def test_what_a_reader_may_not_see_is_neither_listed_nor_counted(office: Database) -> None:
    async def read(connection: Connection) -> tuple[list[str], list[str]]:
        sees = {Area.REGISTER, Area.CASES}
        found = await page(connection, AttentionLine, listing(Filter(), sees, day=DAY), Window(size=500))
        return [one.kind for one in found.lines], [
            kind for kind, *_ in await counted(connection, Filter(), sees, day=DAY)
        ]

    listed, numbers = query(office, read)
    assert {"BID_WAITS", "QUESTION_OPEN"} == set(listed) == set(numbers)

    async def nothing(connection: Connection) -> int:
        return len((await page(connection, AttentionLine, listing(Filter(), (), day=DAY), Window(size=500))).lines)

    assert 0 == query(office, nothing)


def test_over_graphql_it_is_filtered_paged_and_counted(office: Database) -> None:
    with served(office, projector=False) as api:
        asked = """{ attention(on: "2004-09-01", first: 2, filter: { kind: [RETURN_MISSING], partnership: "dip" }) {
            totalCount pageInfo { hasNextPage endCursor }
            nodes { kind words rule urgency thing reference who since due days amount { amount }
                partnership { code } } }
            attentionCounts(on: "2004-09-01", filter: { who: "certifier" }) { kind urgency count words } }"""
        answer = api.ask(asked)
        assert 3 == answer["attention"]["totalCount"]
        assert {
            "kind": "RETURN_MISSING", "words": "a return is required and was not prepared",
            "rule": "R061: returns that were agreed", "urgency": "LATE", "thing": "return-award-returns-1",
            "reference": "A-returns / 1", "who": "partner", "since": "2004-06-20", "due": "2004-08-31", "days": 1,
            "amount": None, "partnership": {"code": "dip"},
        } == answer["attention"]["nodes"][0]  # fmt: skip
        counts = [
            {"kind": "RETURN_TO_CERTIFY", "urgency": "LATE", "count": 1, "words": "a return waits for its certificate"}
        ]
        assert counts == answer["attentionCounts"]
        end = answer["attention"]["pageInfo"]["endCursor"]
        rest = api.ask(
            'query ($after: String) { attention(on: "2004-09-01", after: $after, filter: { kind: [RETURN_MISSING] })'
            " { nodes { reference } pageInfo { hasNextPage } } }",
            after=end,
        )
        assert {"nodes": [{"reference": "A-returns / 3"}], "pageInfo": {"hasNextPage": False}} == rest["attention"]
        assert "There is no scheme" in api.error('{ attention(filter: { scheme: "none" }) { totalCount } }')["message"]


def test_the_page_lists_it_with_a_link_to_where_it_is_dealt_with(office: Database) -> None:
    with served(office, projector=False) as api:
        text = api.http.get("/attention?as-at=2004-09-01").text
        for path in ("/bids/bid-late", "/payments/award-waits/1", "/awards/award-returns"):
            assert f'href="{path}?as-at=2004-09-01"' in text, path
        assert "R017: release against the agreed schedule" in text
        wrong = api.http.get("/attention?urgency=soon")
        assert (400, True) == (wrong.status_code, "is no urgency" in wrong.text)
        rows = api.http.get("/attention?as-at=2004-09-01&kind=hold_placed&download=csv").text.splitlines()
        assert 2 == len(rows)


def test_every_kind_has_a_rule_and_a_name_of_its_own() -> None:
    assert len(KINDS) == len(BY_NAME) == len({one.words for one in KINDS})
    assert all(one.rule for one in KINDS)

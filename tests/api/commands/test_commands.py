"""Commands over the API: what a programme office does, the answers, and the refusals."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from api import context
from api.commands.results import refusal as _refusal
from domain import award, desk, funding_round, outcome, partnership
from domain.history import Answer, Command, Decision, Log, Order, StaleHistory
from domain.values.ids import AwardId, OutcomeId, PartnershipId, ProgrammeId, RoundId, SchemeId
from domain.values.money import Money
from domain.values.when import When
from infra.database.postgres import Database
from projections.discrepancies.explaining import NothingToExplain
from projections.tables.present import today
from tests.kit.officers import officer_for
from tests.kit.web.served import Api, served

CODE = "worcestershire-partnership"
BID = "bid { id reference title status requested { amount currency } approved { amount } submitted { text } }"
AWARD = "award { id reference status amount { amount currency } }"
PAYMENTS = (
    "award { status payments { number status amount { amount } requested { text } approved { text } released { text }"
    " requestedBy approvedBy releasedBy } }"
)


def gbp(amount: str) -> dict[str, str]:
    """An amount as a client gives it."""
    return {"amount": amount, "currency": "GBP"}


def new() -> str:
    """A word that is used only once."""
    return f"t{uuid4().hex[:10]}"


def submit(api: Api, word: str, *, pounds: str = "40000.00", **more: Any) -> dict[str, Any]:
    """Submit the bid *word*."""
    given = {
        "commandId": f"{word}-submit",
        "bidId": f"bid-{word}",
        "reference": word,
        "partnership": CODE,
        "title": "Exemplar projects, second stage",
        "requested": gbp(pounds),
        "on": "2005-04-01",
    }
    return api.command("submitBid", BID, **(given | more))


def approve(api: Api, word: str, *, pounds: str = "35000.00", **more: Any) -> dict[str, Any]:
    """Approve the bid *word*."""
    given = {"commandId": f"{word}-approve", "bid": f"bid-{word}", "approved": gbp(pounds), "on": "2005-08-01"}
    return api.command("decideBid", BID, **(given | more))


def offer(api: Api, word: str, *, pounds: str = "35000.00", **more: Any) -> dict[str, Any]:
    """Offer an award for the bid *word*."""
    given = {
        "commandId": f"{word}-offer",
        "awardId": f"award-{word}",
        "reference": f"{word}-award",
        "bid": f"bid-{word}",
        "amount": gbp(pounds),
        "on": "2005-09-01",
    }
    return api.command("offerAward", AWARD, **(given | more))


def accept(api: Api, word: str, **more: Any) -> dict[str, Any]:
    """Accept the offer for the bid *word*."""
    given = {"commandId": f"{word}-accept", "award": f"award-{word}", "on": "2005-09-15"}
    return api.command("acceptOffer", AWARD, **(given | more))


def request(api: Api, word: str, *, number: int = 1, pounds: str = "10000.00", **more: Any) -> dict[str, Any]:
    """Request a payment from the award for the bid *word*."""
    given = {
        "commandId": f"{word}-request-{number}",
        "award": f"award-{word}",
        "number": number,
        "amount": gbp(pounds),
        "on": "2006-01",
    }
    return api.command("requestPayment", PAYMENTS, **(given | more))


def approve_payment(api: Api, word: str, *, number: int = 1, **more: Any) -> dict[str, Any]:
    """Approve a payment of the award for the bid *word*."""
    given = {"commandId": f"{word}-allow-{number}", "award": f"award-{word}", "number": number, "on": "2006-02-10"}
    return api.command("approvePayment", PAYMENTS, **(given | more))


def release(api: Api, word: str, *, number: int = 1, **more: Any) -> dict[str, Any]:
    """Release a payment of the award for the bid *word*."""
    given = {"commandId": f"{word}-release-{number}", "award": f"award-{word}", "number": number, "on": "2006-03-01"}
    return api.command("releasePayment", PAYMENTS, **(given | more))


def awarded(api: Api) -> str:
    """The word of a bid with an accepted award of 35,000 pounds."""
    word = new()
    for answer in (submit(api, word), approve(api, word), offer(api, word), accept(api, word)):
        assert "reason" not in answer, answer
    return word


def at_the_desk(api: Api, command: Command) -> Answer:
    """Hand in a command that the API does not have."""
    word = new()
    return desk.submit(
        api.app.state.log, Order(command_id=word, command=command, said=word, actor=officer_for(command, "the office"))
    )


def ids(api: Api, *, code: str = CODE) -> dict[str, str]:
    """The ids of a partnership, its programme and its scheme."""
    query = 'query ($c: String) { programme(code: "cbp") { id } partnership(code: $c) { id scheme { id } } }'
    found = api.ask(query, c=code)
    return {
        "programme": found["programme"]["id"],
        "partnership": found["partnership"]["id"],
        "scheme": found["partnership"]["scheme"]["id"],
    }


def a_round(api: Api, *, budget: str = "50000.00", code: str = CODE) -> str:
    """The code of an open round of the partnership's scheme."""
    word, known = new(), ids(api, code=code)
    opened = funding_round.OpenRound(
        round_id=RoundId(f"round-{word}"),
        programme_id=ProgrammeId(known["programme"]),
        scheme_id=SchemeId(known["scheme"]),
        code=word,
        name="A round of this test",
        budget=Money.of(budget, "GBP"),
        on=When("2005-03"),
    )
    at_the_desk(api, opened)
    return word


# --- A life -----------------------------------------------------------------------------------------------------------


def test_a_bid_becomes_an_award_is_paid_and_shows_a_result(module_api: Api) -> None:
    api, word = module_api, new()
    bid = {
        "id": f"bid-{word}",
        "reference": word,
        "title": "Exemplar projects, second stage",
        "status": "submitted",
        "requested": gbp("40000.00"),
        "approved": None,
        "submitted": {"text": "2005-04-01"},
    }
    answers = [submit(api, word)]
    assert ("BidRecorded", bid, False) == (answers[0]["__typename"], answers[0]["bid"], answers[0]["replayed"])
    answers.append(approve(api, word))
    assert bid | {"status": "approved", "approved": {"amount": "35000.00"}} == answers[1]["bid"]
    answers.append(offer(api, word))
    granted = {
        "id": f"award-{word}",
        "reference": f"{word}-award",
        "status": "offered",
        "amount": gbp("35000.00"),
    }
    assert ("AwardRecorded", granted) == (answers[2]["__typename"], answers[2]["award"])
    answers.append(accept(api, word))
    assert granted | {"status": "accepted"} == answers[3]["award"]
    payment = {
        "number": 1,
        "status": "requested",
        "amount": {"amount": "10000.00"},
        "requested": {"text": "2006-01"},
        "approved": None,
        "released": None,
        "requestedBy": "payments officer",
        "approvedBy": None,
        "releasedBy": None,
    }
    answers.append(request(api, word))
    assert [payment] == answers[4]["award"]["payments"]
    payment |= {"status": "approved", "approved": {"text": "2006-02-10"}, "approvedBy": "budget holder"}
    answers.append(approve_payment(api, word))
    assert [payment] == answers[5]["award"]["payments"]
    payment |= {"status": "released", "released": {"text": "2006-03-01"}, "releasedBy": "releaser"}
    answers.append(release(api, word, bankReference="BACS 4711"))
    assert [payment] == answers[6]["award"]["payments"]
    agreed = outcome.AgreeIndicator(
        outcome_id=OutcomeId(f"outcome-{word}"),
        partnership_id=PartnershipId(ids(api)["partnership"]),
        impact="stage completion",
        level="partnership",
        indicator="Exemplar projects begun",
        unit="projects",
        baseline="0",
        target="5",
        on=When("2005-10"),
    )
    at_the_desk(api, agreed)
    answers.append(
        api.command(
            "reportResult",
            "outcome { indicator baseline target result status verified distanceTravelled }",
            commandId=f"{word}-result",
            outcome=f"outcome-{word}",
            value="4",
            evidence="minutes of the steering group",
            on="2006-06",
        )
    )
    result = {
        "indicator": "Exemplar projects begun",
        "baseline": "0",
        "target": "5",
        "result": "4",
        "status": "reported",
        "verified": False,
        "distanceTravelled": "0.8000",
    }
    assert result == answers[7]["outcome"]
    positions = [int(answer["position"]) for answer in answers]
    assert sorted(set(positions)) == positions
    checked = outcome.VerifyResult(
        outcome_id=OutcomeId(f"outcome-{word}"), evidence="visit of the evaluators", on=When("2006-07")
    )
    verified = at_the_desk(api, checked)
    found = api.ask(
        "query ($id: ID, $p: LogPosition)"
        " { partnership(id: $id, atLeast: $p) { outcomes { indicator status verified } } }",
        id=ids(api)["partnership"],
        p=str(verified.position),
    )
    expected = {"indicator": "Exemplar projects begun", "status": "verified", "verified": True}
    assert expected in found["partnership"]["outcomes"]


def test_bid_and_award_know_each_other(module_api: Api) -> None:
    word = awarded(module_api)
    found = module_api.ask(
        "query ($b: String, $a: String) { bid(reference: $b) { status award { id } partnership { code } }"
        " award(reference: $a) { bid { id status } partnership { code } } }",
        b=word,
        a=f"{word}-award",
    )
    assert {"status": "awarded", "award": {"id": f"award-{word}"}, "partnership": {"code": CODE}} == found["bid"]
    assert {"bid": {"id": f"bid-{word}", "status": "awarded"}, "partnership": {"code": CODE}} == found["award"]


def test_a_declined_bid_says_so(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    given = {"commandId": f"{word}-no", "bid": f"bid-{word}", "declinedBecause": "out of scope", "on": "2005-07"}
    assert ("BidRecorded", "declined") == (
        (answer := module_api.command("decideBid", BID, **given))["__typename"],
        answer["bid"]["status"],
    )


def test_what_happened_is_on_the_timeline_with_its_sums(module_api: Api) -> None:
    word = awarded(module_api)
    request(module_api, word)
    approve_payment(module_api, word)
    release(module_api, word)
    known = ids(module_api)
    found = module_api.ask(
        "query ($id: ID!) { auditLog(filter: { partnership: $id }, last: 7) { nodes { name commandId } }"
        ' partnership(id: $id) { timeline(from: "2006-01-01", lanes: [DISBURSEMENT], first: 100)'
        " { nodes { kind amount { amount } event { commandId } } } } }",
        id=known["partnership"],
    )
    # Bid and award are tied by an event of the bid's own, which adds nothing to the story.
    assert [
        ("AwardOffered", f"{word}-offer"),
        ("BidAwarded", f"{word}-offer"),
        ("OfferAccepted", f"{word}-accept"),
        ("PaymentRequested", f"{word}-request-1"),
        ("PaymentApproved", f"{word}-allow-1"),
        ("PaymentReleased", f"{word}-release-1"),
    ] == [(entry["name"], entry["commandId"]) for entry in found["auditLog"]["nodes"]][1:]
    assert [
        ("PaymentRequested", {"amount": "10000.00"}),
        ("PaymentApproved", None),
        ("PaymentReleased", {"amount": "10000.00"}),
    ] == [
        (entry["kind"], entry["amount"])
        for entry in found["partnership"]["timeline"]["nodes"]
        if entry["event"]["commandId"].startswith(word)
    ]


def test_each_of_several_commands_in_one_request_returns_the_state_after_it(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    approve(module_api, word)
    answers = module_api.ask(
        """mutation ($b: ID!, $a: ID!, $offered: ID!, $accepted: ID!, $asked: ID!, $stopped: ID!, $ref: String!) {
          offer: offerAward(input: { commandId: $offered, awardId: $a, reference: $ref, bid: $b,
            amount: { amount: "35000", currency: "GBP" }, on: "2005-09-01" }) { ...shown }
          accept: acceptOffer(input: { commandId: $accepted, award: $a, on: "2005-09-15" }) { ...shown }
          ask: requestPayment(input: { commandId: $asked, award: $a, number: 1,
            amount: { amount: "5", currency: "GBP" }, on: "2006" }) { ...shown }
          stop: placeHold(input: { commandId: $stopped, award: $a, because: "A query", on: "2006" }) { ...shown }
        }
        fragment shown on AwardResult {
          ... on AwardRecorded { award { status bid { status award { id } } payments { status } } } }""",
        b=f"bid-{word}",
        a=f"award-{word}",
        ref=word,
        offered=f"{word}1",
        accepted=f"{word}2",
        asked=f"{word}3",
        stopped=f"{word}4",
    )
    bid = {"status": "awarded", "award": {"id": f"award-{word}"}}
    assert {
        "offer": {"award": {"status": "offered", "bid": bid, "payments": []}},
        "accept": {"award": {"status": "accepted", "bid": bid, "payments": []}},
        "ask": {"award": {"status": "accepted", "bid": bid, "payments": [{"status": "requested"}]}},
        "stop": {"award": {"status": "accepted", "bid": bid, "payments": [{"status": "requested"}]}},
    } == answers


# --- Reading one's own writes -----------------------------------------------------------------------------------------


def test_a_question_with_at_least_shows_the_effect_of_the_command(module_api: Api) -> None:
    word = new()
    position = submit(module_api, word)["position"]
    query = """query ($r: String, $c: String, $p: LogPosition) { bid(reference: $r, atLeast: $p) { status }
        partnership(code: $c, atLeast: $p) { bids { reference } } }"""
    found = module_api.ask(query, r=word, c=CODE, p=position)
    assert {"status": "submitted"} == found["bid"]
    assert word in [bid["reference"] for bid in found["partnership"]["bids"]]


def test_a_position_that_has_not_been_recorded_is_refused_with_the_end_of_the_log(module_api: Api) -> None:
    head = module_api.ask("{ log { position } }")["log"]["position"]
    error = module_api.error('{ award(reference: "x", atLeast: "9000000000000000000") { id } }')
    assert {"code": "BAD_USER_INPUT", "position": head} == error["extensions"]


def test_a_command_that_is_recorded_and_not_visible_yet_is_reported_with_its_position(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "PATIENCE_SECONDS", 0.05)
    with served(programme, projector=False) as api:
        before = int(api.ask("{ log { position } }")["log"]["position"])
        query = """mutation ($c: ID!) { acceptOffer(input: { commandId: $c, award: "award-none", on: "2005" }) {
            ... on Refusal { rule } } }"""
        assert {"rule": "AwardUnknown"} == api.ask(query, c="x")["acceptOffer"]
        submitted = """mutation { submitBid(input: { commandId: "unseen", bidId: "bid-unseen", reference: "unseen",
            partnership: "worcestershire-partnership", title: "T", on: "2005",
            requested: { amount: "1", currency: "GBP" } }) { __typename } }"""
        for _ in range(2):  # Sent again, it is the same answer: recorded once, not shown yet.
            error = api.error(submitted)
            assert {
                "code": "RECORDED_NOT_YET_VISIBLE",
                "position": str(before + 1),
                "subject": "bid-unseen",
            } == error["extensions"]
        error = api.error('query ($p: LogPosition) { bid(reference: "unseen", atLeast: $p) { id } }', p=str(before + 1))
        assert {"code": "NOT_YET_VISIBLE", "position": str(before), "lag": 1} == error["extensions"]


# --- Handing in again -------------------------------------------------------------------------------------------------


def test_the_same_command_again_is_answered_as_before_and_recorded_once(module_api: Api) -> None:
    word = new()
    first, again = submit(module_api, word), submit(module_api, word)
    assert first | {"replayed": True} == again
    query = "query ($c: String) { auditLog(filter: { commandId: $c }) { totalCount } }"
    assert 1 == module_api.ask(query, c=f"{word}-submit")["auditLog"]["totalCount"]


def test_a_command_that_changes_nothing_succeeds_and_records_nothing(module_api: Api) -> None:
    word = awarded(module_api)
    request(module_api, word)
    given = {"award": f"award-{word}", "number": 1}
    ways = [(f"{word}-yes", "2006-02-10"), (f"{word}-yes", "2006-02-10"), (f"{word}-other", "2006-02-11")]
    first, replayed, other = [
        module_api.command(
            "approvePayment", "events { name effective { text } commandId }", commandId=command, on=on, **given
        )
        for command, on in ways
    ]
    recorded = {"name": "PaymentApproved", "effective": {"text": "2006-02-10"}, "commandId": f"{word}-yes"}
    assert ([recorded], False) == (first["events"], first["replayed"])
    assert ([recorded], True) == (replayed["events"], replayed["replayed"])
    assert ("AwardRecorded", [], False) == (other["__typename"], other["events"], other["replayed"])


def test_events_recorded_together_are_returned_together(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    approve(module_api, word)
    given = {"commandId": f"{word}-offer", "bid": f"bid-{word}", "reference": word, "amount": gbp("1"), "on": "2005-09"}
    answer = module_api.command("offerAward", "events { name position }", **given)
    assert "AwardOffered" in {event["name"] for event in answer["events"]}
    positions = [int(event["position"]) for event in answer["events"]]
    assert sorted(positions) == positions
    assert answer["position"] == f"{positions[-1]}"


def test_an_id_made_by_the_service_is_the_same_when_the_command_is_sent_again(module_api: Api) -> None:
    word = new()
    first, again = submit(module_api, word, bidId=None), submit(module_api, word, bidId=None)
    assert (first["bid"]["id"], first["position"]) == (again["bid"]["id"], again["position"])
    approve(module_api, word, bid=first["bid"]["id"])
    offers = [offer(module_api, word, bid=first["bid"]["id"], awardId=None) for _ in range(2)]
    assert (offers[0]["award"]["id"], offers[0]["position"]) == (offers[1]["award"]["id"], offers[1]["position"])
    assert [False, True] == [answer["replayed"] for answer in offers]


def test_the_same_command_id_with_other_content_is_refused(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    for changed in ({"on": "2005-04-02"}, {"requested": gbp("40000.01")}, {"title": "Another"}):
        answer = submit(module_api, word, **changed)
        assert ("Refusal", "CommandIdReused") == (answer["__typename"], answer["rule"]), changed
        assert f"command id: {word}-submit" == answer["details"]


def test_the_same_command_id_from_somebody_else_or_for_another_command_is_refused(module_api: Api) -> None:
    word = awarded(module_api)
    query = """mutation ($c: ID!, $a: ID!) { acceptOffer(input: { commandId: $c, award: $a, on: "2005-09-15" }) {
        ... on AwardRecorded { replayed } ... on Refusal { rule } } }"""
    given = {"c": f"{word}-accept", "a": f"award-{word}"}
    assert {"replayed": True} == module_api.ask(query, **given)["acceptOffer"]
    response = module_api.post(query, given, x_fundtrail_actor="somebody else")
    assert {"rule": "CommandIdReused"} == response.json()["data"]["acceptOffer"]
    answer = request(module_api, word, commandId=f"{word}-accept")
    assert "CommandIdReused" == answer["rule"]


def test_the_same_command_sent_many_times_at_once_is_recorded_once(module_api: Api) -> None:
    word, together = new(), threading.Barrier(8)

    def hand_in(_: int) -> dict[str, Any]:
        together.wait()
        return submit(module_api, word, bidId=None)

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(hand_in, range(8)))
    assert {"BidRecorded"} == {answer["__typename"] for answer in answers}
    assert 1 == len({(answer["bid"]["id"], answer["position"]) for answer in answers})
    assert 1 == sum(not answer["replayed"] for answer in answers)


def test_a_command_that_changes_nothing_returns_the_item(module_api: Api) -> None:
    word = awarded(module_api)
    answer = accept(module_api, word, commandId=new())
    assert ("AwardRecorded", "accepted", False) == (answer["__typename"], answer["award"]["status"], answer["replayed"])


# --- Who acts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "actor"), [("Jo Bloggs@odpm", "Jo Bloggs@odpm"), (None, "local")])
def test_the_actor_is_the_name_in_the_header_or_local(module_api: Api, header: str | None, actor: str) -> None:
    word = new()
    query = """mutation ($c: ID!, $r: String!) { submitBid(input: { commandId: $c, reference: $r, title: "T",
        partnership: "worcestershire-partnership", requested: { amount: "1", currency: "GBP" }, on: "2005" }) {
        ... on BidRecorded { position } } }"""
    headers = {"x_fundtrail_actor": header} if header else {}
    answer = module_api.post(query, {"c": word, "r": word}, **headers).json()
    entries = module_api.ask(
        "query ($c: String) { auditLog(filter: { commandId: $c }) { nodes { actor position correlationId } } }", c=word
    )["auditLog"]["nodes"]
    position = answer["data"]["submitBid"]["position"]
    assert [{"actor": actor, "position": position, "correlationId": word}] == entries


# --- Money as at a date and as known at a moment ----------------------------------------------------------------------


def test_payments_are_shown_as_at_a_day_and_as_known_at_an_instant(module_api: Api) -> None:
    word = awarded(module_api)
    for step in (request, approve_payment, release):
        assert "AwardRecorded" == step(module_api, word)["__typename"]
    query = """query ($r: String, $on: Date, $then: DateTime) {
        award(reference: $r) { payments(asAt: $on, knownAt: $then) { status approved { text } approvedBy } } }"""

    def statuses(**wanted: str) -> list[str]:
        found = module_api.ask(query, r=f"{word}-award", **wanted)["award"]["payments"]
        assert all((payment["approved"] is None) is (payment["status"] == "requested") for payment in found)
        return [payment["status"] for payment in found]

    # Asked for in January 2006, to the month: it counts when the month is over.
    assert [] == statuses(on="2006-01-30")
    assert ["requested"] == statuses(on="2006-01-31")
    assert ["requested"] == statuses(on="2006-02-09")
    assert ["approved"] == statuses(on="2006-02-10")
    assert ["released"] == statuses(on="2006-03-01")
    assert ["released"] == statuses()
    recorded = module_api.ask(
        "query ($s: String) { auditLog(filter: { stream: $s }) { nodes { name recordedAt } } }", s=f"award-{word}"
    )["auditLog"]["nodes"]
    known = {entry["name"]: statuses(then=entry["recordedAt"]) for entry in recorded}
    assert {
        "AwardOffered": [],
        "OfferAccepted": [],
        "PaymentRequested": ["requested"],
        "PaymentApproved": ["approved"],
        "PaymentReleased": ["released"],
    } == known
    last = recorded[-2]["recordedAt"]
    assert ["requested"] == statuses(then=last, on="2006-01-31")


def test_conditions_are_shown_with_their_status(module_api: Api) -> None:
    word = awarded(module_api)
    award_id = AwardId(f"award-{word}")
    at_the_desk(
        module_api,
        award.SetCondition(award_id=award_id, number=1, text="Agree a plan", precedent=True, on=When("2005-09-15")),
    )
    request(module_api, word)
    approve_payment(module_api, word)
    refused = release(module_api, word)
    assert ("Refusal", "ConditionOpen") == (refused["__typename"], refused["rule"])
    met = at_the_desk(module_api, award.MeetCondition(award_id=award_id, number=1, on=When("2005-10")))
    assert "AwardRecorded" == release(module_api, word)["__typename"]
    found = module_api.ask(
        "query ($id: ID, $p: LogPosition) { award(id: $id, atLeast: $p) { conditions { text status on { text } } } }",
        id=award_id,
        p=str(met.position),
    )
    assert [{"text": "Agree a plan", "status": "met", "on": {"text": "2005-10"}}] == found["award"]["conditions"]


def test_a_payment_is_not_released_on_a_future_day(module_api: Api) -> None:
    word, tomorrow = awarded(module_api), today() + timedelta(days=1)
    request(module_api, word)
    approve_payment(module_api, word)
    assert "DatedInFuture" == refused(release(module_api, word, on=tomorrow.isoformat()))[0]


@pytest.mark.skipif((today().month, today().day) == (12, 31), reason="the year is over")
def test_a_payment_of_this_year_counts_once_the_year_is_over(module_api: Api) -> None:
    word, last = awarded(module_api), today().replace(month=12, day=31)
    request(module_api, word)
    approve_payment(module_api, word)
    release(module_api, word, on=f"{last.year}")
    query = """query ($r: String!, $day: Date) { award(reference: $r) {
        payments { status } then: payments(asAt: $day) { status } funding { paid { amount } }
        ahead: funding(asAt: $day) { paid { amount } } } }"""
    found = module_api.ask(query, r=f"{word}-award", day=last.isoformat())["award"]
    assert [{"status": "approved"}] == found["payments"]
    assert [{"status": "released"}] == found["then"]
    assert ("0.00", "10000.00") == (found["funding"]["paid"]["amount"], found["ahead"]["paid"]["amount"])
    listed = module_api.ask(
        '{ partnership(code: "worcestershire-partnership") { awards { reference payments { status } } } }'
    )
    assert [{"status": "approved"}] == next(
        one["payments"] for one in listed["partnership"]["awards"] if one["reference"] == f"{word}-award"
    )


# --- Refusals ---------------------------------------------------------------------------------------------------------


def refused(answer: dict[str, Any]) -> tuple[str, str | None]:
    """The rule and details of a refusal, which must also have a reason."""
    assert "Refusal" == answer["__typename"], answer
    assert answer["reason"].endswith(".")
    return answer["rule"], answer["details"]


@pytest.mark.parametrize(
    ("changed", "rule", "details"),
    [
        ({"partnership": "no-such-code"}, "PartnershipUnknown", "code: no-such-code"),
        ({"round": "no-such-round"}, "RoundUnknown", "code: no-such-round"),
        ({"requested": gbp("0")}, "RequestedNotPositive", "requested: £0.00"),
        ({"requested": gbp("-0.01")}, "RequestedNotPositive", "requested: -£0.01"),
    ],
)
def test_an_invalid_bid_is_refused_by_name(module_api: Api, changed: dict[str, Any], rule: str, details: str) -> None:
    assert (rule, details) == refused(submit(module_api, new(), **changed))


def test_a_refusal_lists_the_facts_behind_it(module_api: Api) -> None:
    above = gbp("35000.01")
    given = {"commandId": new(), "award": f"award-{awarded(module_api)}", "number": 1, "amount": above, "on": "2006"}
    query = """mutation ($input: RequestPaymentInput!) { requestPayment(input: $input) {
        ... on Refusal { details facts { name value } } } }"""
    answer = module_api.ask(query, input=given)["requestPayment"]
    facts = [{"name": "available", "value": "35000.00 GBP"}, {"name": "wanted", "value": "35000.01 GBP"}]
    assert facts == answer["facts"]
    assert "available: £35,000.00; wanted: £35,000.01" == answer["details"]


def test_a_fact_shows_no_value_of_python() -> None:
    refused = NothingToExplain(holds=[1, 2], returned=None, wanted=Money.of("5000.00", "GBP"), on=When("2004-03"))
    values = {fact.name: fact.value for fact in _refusal(refused).facts}
    assert {"holds": "1, 2", "returned": "none", "wanted": "5000.00 GBP", "on": "2004-03"} == values


@pytest.mark.parametrize("field", ["round", "bidId", "partnership", "title"])
def test_an_empty_value_is_refused(module_api: Api, field: str) -> None:
    given = {"commandId": new(), "reference": new(), "partnership": CODE, "title": "One", "requested": gbp("1")}
    query = "mutation ($input: SubmitBidInput!) { submitBid(input: $input) { __typename } }"
    error = module_api.error(query, input=given | {"on": "2005", field: ""})
    assert "BAD_USER_INPUT" == error["extensions"]["code"]
    assert field in error["message"]


def test_a_bid_with_the_id_or_reference_of_another_is_refused(module_api: Api) -> None:
    word, other = new(), new()
    submit(module_api, word)
    assert ("BidAlreadyBegun", f"reference: {word}") == refused(submit(module_api, other, bidId=f"bid-{word}"))
    assert "ReferenceTaken" == refused(submit(module_api, other, reference=word))[0]


def test_a_round_accepts_bids_of_its_scheme_while_it_is_open(module_api: Api) -> None:
    elsewhere = a_round(module_api, code="lrip")
    assert ("RoundOfAnotherScheme", f"round: {elsewhere}") == refused(submit(module_api, new(), round=elsewhere))
    closed = a_round(module_api)
    at_the_desk(module_api, funding_round.CloseRound(round_id=RoundId(f"round-{closed}"), on=When("2005-03-31")))
    assert "RoundIsClosed" == refused(submit(module_api, new(), round=closed))[0]


def test_a_partnership_that_has_ended_cannot_bid(api: Api) -> None:
    ended = partnership.DissolvePartnership(
        partnership_id=PartnershipId(ids(api)["partnership"]), reason="merged", on=When("2005-04")
    )
    at_the_desk(api, ended)
    assert "PartnershipIsDissolved" == refused(submit(api, new()))[0]


@pytest.mark.parametrize(
    ("changed", "rule", "details"),
    [
        ({"bid": "bid-none"}, "BidUnknown", None),
        ({"approved": gbp("40000.01")}, "AboveRequested", "requested: £40,000.00; approved: £40,000.01"),
        ({"approved": gbp("0.00")}, "ApprovedNotPositive", "approved: £0.00"),
        (
            {"approved": {"amount": "1", "currency": "EUR"}},
            "BidCurrencyDiffers",
            "requested: GBP; approved: EUR",
        ),
        ({"on": "2005-03"}, "DecidedBeforeSubmitted", "submitted: 1 Apr 2005; decided: Mar 2005"),
    ],
)
def test_an_invalid_approval_is_refused_by_name(
    module_api: Api, changed: dict[str, Any], rule: str, details: str | None
) -> None:
    word = new()
    submit(module_api, word)
    assert (rule, details) == refused(approve(module_api, word, **changed))


def test_a_bid_is_decided_once(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    approve(module_api, word)
    given = {"commandId": new(), "bid": f"bid-{word}", "declinedBecause": "second thoughts", "on": "2005-09"}
    assert ("BidAlreadyDecided", "status: approved") == refused(module_api.command("decideBid", BID, **given))


def test_a_bid_that_only_a_source_states_is_not_decided(module_api: Api) -> None:
    found = module_api.ask('{ partnership(code: "race-for-success") { bids { id status } } }')["partnership"]["bids"]
    answer = approve(module_api, new(), bid=found[0]["id"])
    assert ("BidNotSubmitted", "status: stated") == refused(answer)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"bid": "bid-none"}, "BidUnknown"),
        ({"amount": gbp("35000.01")}, "AboveApproved"),
        ({"amount": gbp("0")}, "AwardNotPositive"),
        ({"amount": {"amount": "1", "currency": "USD"}}, "BidCurrencyDiffers"),
        ({"reference": f"{CODE}/total_stated/75000"}, "ReferenceTaken"),
    ],
)
def test_an_invalid_offer_is_refused_by_name(module_api: Api, changed: dict[str, Any], rule: str) -> None:
    word = new()
    submit(module_api, word)
    approve(module_api, word)
    assert rule == refused(offer(module_api, word, **changed))[0]


def test_an_award_needs_an_approved_bid_and_a_bid_has_one_award(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    assert ("BidNotApproved", "status: submitted") == refused(offer(module_api, word))
    approve(module_api, word)
    offer(module_api, word)
    second = offer(module_api, word, awardId=None, commandId=new(), reference=new())
    assert ("BidAlreadyAwarded", f"award: award-{word}") == refused(second)


def test_a_rounds_budget_is_never_overspent(module_api: Api) -> None:
    call = a_round(module_api, budget="50000.00")
    first, second = new(), new()
    for word, amount in ((first, "40000.00"), (second, "20000.00")):
        submit(module_api, word, round=call)
        approve(module_api, word, pounds=amount)
    assert "AwardRecorded" == offer(module_api, first, pounds="40000.00")["__typename"]
    assert ("BudgetExceeded", "available: £10,000.00; wanted: £20,000.00") == refused(
        offer(module_api, second, pounds="20000.00")
    )
    # What is refused changes nothing: the same award fits with less.
    assert "AwardRecorded" == offer(module_api, second, pounds="10000.00")["__typename"]


def test_a_rounds_budget_is_not_overspent_by_many_offers_at_once(module_api: Api) -> None:
    call = a_round(module_api, budget="50000.00")
    words = [new() for _ in range(6)]
    for word in words:
        submit(module_api, word, round=call)
        approve(module_api, word, pounds="20000.00")
    together = threading.Barrier(len(words))

    def hand_in(word: str) -> dict[str, Any]:
        together.wait()
        return offer(module_api, word, pounds="20000.00")

    with ThreadPoolExecutor(len(words)) as hands:
        answers = list(hands.map(hand_in, words))
    # Who meets a conflict decides again.
    answers = [
        offer(module_api, word, pounds="20000.00") if answer["__typename"] == "Conflict" else answer
        for word, answer in zip(words, answers, strict=True)
    ]
    assert 2 == sum(answer["__typename"] == "AwardRecorded" for answer in answers)
    assert {"BudgetExceeded"} == {answer["rule"] for answer in answers if answer["__typename"] == "Refusal"}


@pytest.mark.parametrize(
    ("changed", "rule", "details"),
    [
        ({"award": "award-none"}, "AwardUnknown", None),
        ({"amount": gbp("35000.01")}, "AboveAward", "available: £35,000.00; wanted: £35,000.01"),
        ({"amount": gbp("0")}, "PaymentNotPositive", "amount: £0.00"),
        ({"amount": gbp("-5")}, "PaymentNotPositive", "amount: -£5.00"),
        (
            {"amount": {"amount": "5", "currency": "JPY"}},
            "CurrencyDiffers",
            "award: GBP; given: JPY",
        ),
        ({"number": 0}, "NumberNotPositive", "number: 0"),
        ({"number": -2147483648}, "NumberNotPositive", "number: -2147483648"),
        ({"on": "2005-08"}, "PaymentBeforeAcceptance", "accepted: 15 Sep 2005; requested: Aug 2005"),
    ],
)
def test_an_invalid_payment_is_refused_by_name(
    module_api: Api, changed: dict[str, Any], rule: str, details: str | None
) -> None:
    assert (rule, details) == refused(request(module_api, awarded(module_api), **changed))


def test_payments_together_never_exceed_the_award(module_api: Api) -> None:
    word = awarded(module_api)
    assert "AwardRecorded" == request(module_api, word, number=1, pounds="34999.99")["__typename"]
    assert ("AboveAward", "available: £0.01; wanted: £0.02") == refused(
        request(module_api, word, number=2, pounds="0.02")
    )
    assert "AwardRecorded" == request(module_api, word, number=2, pounds="0.01", commandId=new())["__typename"]


def test_the_steps_of_a_payment_come_in_their_order(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    approve(module_api, word)
    offer(module_api, word)
    assert ("AwardNotAccepted", "status: offered") == refused(request(module_api, word))
    accept(module_api, word)
    assert ("NoOpenOffer", "status: accepted") == refused(accept(module_api, word, commandId=new(), on="2005-09-16"))
    assert ("PaymentUnknown", "number: 1") == refused(approve_payment(module_api, word))
    request(module_api, word, commandId=new())
    assert ("PaymentNotApproved", "status: requested; number: 1") == refused(release(module_api, word))
    assert ("PaymentNumberTaken", "number: 1") == refused(request(module_api, word, pounds="1", commandId=new()))


def test_a_closed_award_accepts_no_more_commands(module_api: Api) -> None:
    word = awarded(module_api)
    at_the_desk(module_api, award.CloseAward(award_id=AwardId(f"award-{word}"), on=When("2006-12")))
    assert "AwardIsOver" == refused(request(module_api, word))[0]


def test_an_award_that_only_a_source_states_is_not_paid(module_api: Api) -> None:
    stated = module_api.ask(f'{{ award(reference: "{CODE}/total_stated/75000") {{ id }} }}')["award"]["id"]
    given = {"commandId": new(), "award": stated, "number": 1, "amount": gbp("1"), "on": "2006"}
    assert ("AwardNotAccepted", "status: stated") == refused(module_api.command("requestPayment", PAYMENTS, **given))


def test_a_result_for_an_unknown_outcome_is_refused(module_api: Api) -> None:
    given = {"commandId": new(), "outcome": "outcome-none", "value": "4", "on": "2006"}
    assert ("OutcomeUnknown", None) == refused(module_api.command("reportResult", "outcome { id }", **given))


def test_a_refusal_records_nothing_and_its_command_id_can_be_used_again(module_api: Api) -> None:
    word = new()
    before = module_api.ask("{ log { position } }")
    refused(submit(module_api, word, pounds="0"))
    assert before == module_api.ask("{ log { position } }")
    assert "BidRecorded" == submit(module_api, word)["__typename"]


# --- Conflicts --------------------------------------------------------------------------------------------------------


class Stubborn:
    """A log in which another writer always writes first."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.appends = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        self.appends += 1
        raise StaleHistory


@pytest.fixture
def stubborn(module_api: Api) -> Iterator[Stubborn]:
    """A log for this test in which another writer always writes first."""
    log = module_api.app.state.log
    module_api.app.state.log = stubborn = Stubborn(log)
    yield stubborn
    module_api.app.state.log = log


def test_a_command_that_is_always_overtaken_is_a_conflict(module_api: Api, stubborn: Stubborn) -> None:
    before = module_api.ask("{ log { position } }")
    answer = submit(module_api, new())
    assert {"__typename": "Conflict", "reason": answer["reason"]} == answer
    assert "again" in answer["reason"]
    assert desk.ATTEMPTS == stubborn.appends
    assert before == module_api.ask("{ log { position } }")

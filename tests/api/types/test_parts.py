"""The numbered parts of awards and bids: what a person recorded can be read again, typed, with who did it and why."""

from typing import Any

import pytest

from projections.parts.folded import folded
from tests.kit.database.feeding import caught_up
from tests.kit.life import lived
from tests.kit.money import desk
from tests.kit.web.served import Api

WHY = 'So "it" be'


@pytest.fixture(scope="module")
def lived_api(module_api: Api) -> Api:
    """The programme with an award and a bid that have every kind of part."""
    with desk(module_api.database) as at:
        lived(at)
    caught_up(module_api.database)
    return module_api


def award(api: Api, fields: str) -> Any:
    return api.ask(f'{{ award(reference: "A-lived") {{ {fields} }} }}')["award"]


def test_a_payment_shows_who_did_what_and_its_correction_both_ways(lived_api: Api) -> None:
    first, second, third = award(
        lived_api,
        "payments { number state amount { amount } requestedBy approvedBy releasedBy bankReference reversedBecause"
        " reversed { text } settled { text } payee { code } corrects { number } correctedBy { number }"
        " returns { part amount { amount } because state } events { name } }",
    )["payments"]
    assert ("REVERSED", "BACS 1", "Entered twice", {"number": 2}) == (
        first["state"], first["bankReference"], first["reversedBecause"], first["correctedBy"],
    )  # fmt: skip
    assert ("SETTLED", "BACS 2", {"number": 1}, "2004-08-10") == (
        second["state"], second["bankReference"], second["corrects"], second["settled"]["text"],
    )  # fmt: skip
    assert [{"part": 1, "amount": {"amount": "10.00"}, "because": "Bounced", "state": "RETURNED"}] == second["returns"]
    assert ["PaymentRequested", "PaymentApproved", "PaymentReleased", "PaymentReversed", "PaymentRequested"] == [
        one["name"] for one in first["events"]
    ]
    assert ("REQUESTED", None, []) == (third["state"], third["approvedBy"], third["returns"])
    # The register names no lead of this partnership.
    assert first["payee"] is None


def test_a_recovery_shows_what_is_outstanding_and_how_it_was_settled(lived_api: Api) -> None:
    claimed, withdrawn = award(
        lived_api,
        "recoveries { number state amount { amount } outstanding { amount } because ofPayment { number }"
        " settlements { part by reference amount { amount } deductedFrom { number } } writtenOffBecause"
        " withdrawnBecause }",
    )["recoveries"]
    assert ("WRITTEN_OFF", "40.00", "0.00", {"number": 2}, "Too dear to claim") == (
        claimed["state"], claimed["amount"]["amount"], claimed["outstanding"]["amount"], claimed["ofPayment"],
        claimed["writtenOffBecause"],
    )  # fmt: skip
    assert [("REPAYMENT", "REC 1", "15.00", None), ("OFFSET", None, "5.00", {"number": 3})] == [
        (one["by"], one["reference"], one["amount"]["amount"], one["deductedFrom"]) for one in claimed["settlements"]
    ]
    assert ("WITHDRAWN", "0.00", "A mistake") == (
        withdrawn["state"], withdrawn["outstanding"]["amount"], withdrawn["withdrawnBecause"],
    )  # fmt: skip


def test_a_recovery_that_came_back_in_part_is_still_approved_as_at_that_day(lived_api: Api) -> None:
    found = award(lived_api, 'recoveries(asAt: "2004-10-05") { number state outstanding { amount } }')["recoveries"]
    assert [{"number": 1, "state": "APPROVED", "outstanding": {"amount": "25.00"}}] == found


def test_the_other_parts_of_an_award_are_typed(lived_api: Api) -> None:
    found = award(
        lived_api,
        "instalments { number state amount { amount } due { text } changedBecause }"
        " variations { number kind amount { amount } corrects { number } correctedBy { number } because }"
        " holds { number state because lifted { text } liftedBecause }"
        " conditions { number state text precedent on { text } waivedBecause }"
        " returns { number state covers due { text } certified { text } certifiedBy }"
        " expenditure { number amount { amount } description line }",
    )
    assert [(1, "CHANGED", "500.00", "2004-10-01", WHY), (2, "SCHEDULED", "200.00", "2004-12-01", None)] == [
        (one["number"], one["state"], one["amount"]["amount"], one["due"]["text"], one["changedBecause"])
        for one in found["instalments"]
    ]
    assert [(1, "REDUCTION", "-200.00", None, {"number": 2}), (2, "CORRECTION", "50.00", {"number": 1}, None)] == [
        (one["number"], one["kind"], one["amount"]["amount"], one["corrects"], one["correctedBy"])
        for one in found["variations"]
    ]
    assert [("LIFTED", WHY, "2004-08-02", "Resolved")] == [
        (one["state"], one["because"], one["lifted"]["text"], one["liftedBecause"]) for one in found["holds"]
    ]
    assert [("MET", True, "2004-07-02", None), ("WAIVED", False, "2004-07-03", WHY)] == [
        (one["state"], one["precedent"], one["on"]["text"], one["waivedBecause"]) for one in found["conditions"]
    ]
    assert [("CERTIFIED", "2004", "2004-10-01", "section 151 officer"), ("REQUIRED", "2005", None, None)] == [
        (one["state"], one["covers"], one["certified"] and one["certified"]["text"], one["certifiedBy"])
        for one in found["returns"]
    ]
    assert [(1, "90.00", "Printing", None)] == [
        (one["number"], one["amount"]["amount"], one["description"], one["line"]) for one in found["expenditure"]
    ]


def test_a_bid_shows_its_questions_scores_and_checks(lived_api: Api) -> None:
    ask = (
        '{ bid(reference: "lived-asked") { questions { number text state answered { text } } assessments { criterion'
        " score justification recordedBy } eligibilityTests { eligible because } } }"
    )
    found = lived_api.ask(ask)["bid"]
    assert [(1, "Who leads?", "ANSWERED", "2004-01-08"), (2, "Until when?", "ASKED", None)] == [
        (one["number"], one["text"], one["state"], one["answered"] and one["answered"]["text"])
        for one in found["questions"]
    ]
    assert [("Need", 0, "assessor 0"), ("Value", 3, "assessor 1"), ("Need", 6, "assessor 2")] == [
        (one["criterion"], one["score"], one["recordedBy"]) for one in found["assessments"]
    ]
    assert [(False, "One partner"), (True, None)] == [
        (one["eligible"], one["because"]) for one in found["eligibilityTests"]
    ]


def test_a_bid_shows_who_has_the_case_as_at_a_day_and_as_known_then(lived_api: Api) -> None:
    def officer(clocks: str = "") -> Any:
        field = f"caseOfficer{clocks} {{ state officer begun {{ text }} events {{ name }} }}"
        return lived_api.ask(f'{{ bid(reference: "lived-asked") {{ {field} }} }}')["bid"]["caseOfficer"]

    assert officer() == {
        "state": "ASSIGNED", "officer": "grants officer 2", "begun": {"text": "2004-01-20"},
        "events": [{"name": "CaseOfficerAssigned"}],
    }  # fmt: skip
    assert "grants officer 1" == officer('(asAt: "2004-01-19")')["officer"]
    assert officer('(asAt: "2004-01-04")') is None
    assert officer('(knownAt: "2020-01-01T00:00:00Z")') is None


def test_every_part_is_found_by_its_id(lived_api: Api) -> None:
    with lived_api.database.connect() as connection:
        # The others are fields of an award or a plan.
        beside = "('budget', 'planstep', 'component', 'strand')"
        rows = connection.execute(f"SELECT id FROM read.parts WHERE kind NOT IN {beside}").fetchall()
    assert 15 <= len({part_id.partition("-")[0] for (part_id,) in rows})
    for (part_id,) in rows:
        found = lived_api.ask("query ($id: ID!) { node(id: $id) { id __typename } }", id=part_id)["node"]
        assert part_id == found["id"]


def test_the_parts_as_they_are_now_are_those_that_their_steps_make(lived_api: Api) -> None:
    columns = (
        'id, kind, stream, number, part, status, amount, currency, remains, "on", day, by, position, events, facts'
    )
    with lived_api.database.connect() as connection:
        connection.execute("SET search_path = read")
        for one, other in (("parts", folded("true")), (folded("true"), "parts")):
            ask: Any = f"SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}"
            assert [] == connection.execute(ask).fetchall()


def test_control_a_step_that_was_not_folded_makes_a_difference(lived_api: Api) -> None:
    with lived_api.database.connect() as connection:
        connection.execute("SET search_path = read")
        ask: Any = f"SELECT count(*) FROM {folded('s.position < (SELECT max(position) FROM part_steps)')} WHERE true"
        every: Any = f"SELECT count(*) FROM {folded('true')}"
        assert connection.execute(ask).fetchone() != connection.execute(every).fetchone()

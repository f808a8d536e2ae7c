"""Running numbers: payments, conditions, questions and the like get the next free number if the command gives none."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.commands import COMMANDS, fields_of
from infra.cli.record.command_lines import hand_in
from tests.api.commands.test_commands import PAYMENTS, awarded, gbp, new, release, request, submit
from tests.kit.commands import GBP
from tests.kit.web.served import Api

ON = {"on": "2006-03-01"}
_GIVEN = {"contributor_id": "idea", "kind": "in_kind", "towards": "activity", "description": "Trainers", "hours": 8}
# For each command that numbers something: the values without the number, and the event with the number.
NUMBERED: dict[str, tuple[dict[str, Any], str]] = {
    "SetCondition": ({"text": "Agree a plan", "precedent": False}, "ConditionSet"),
    "ScheduleInstalment": ({"amount": GBP, "due": "2006-04"}, "InstalmentScheduled"),
    "RequestPayment": ({"amount": GBP}, "PaymentRequested"),
    "ReturnPayment": ({"number": 1, "amount": GBP, "because": "Unspent"}, "PaymentReturned"),
    "PlaceHold": ({"because": "No report"}, "HoldPlaced"),
    "VaryAward": ({"kind": "reduction", "change": {"amount": "-1.00", "currency": "GBP"}, "because": "Late"},
                  "AwardVaried"),
    "PledgeContribution": (_GIVEN, "ContributionPledged"),
    "ReceiveContribution": (_GIVEN, "ContributionReceived"),
    "ReportExpenditure": ({"amount": GBP, "description": "Rooms"}, "ExpenditureReported"),
    "RequireReturn": ({"covers": "2005-06", "due": "2006-06"}, "ReturnRequired"),
    "RaiseRecovery": ({"amount": GBP, "because": "Not eligible"}, "RecoveryRaised"),
    "SettleRecovery": ({"number": 1, "amount": {"amount": "1.00", "currency": "GBP"}, "by": "repayment"},
                       "RecoverySettled"),
}  # fmt: skip


@pytest.fixture(scope="module")
def paid(module_api: Api) -> dict[str, str]:
    """An award with a released payment and an approved recovery, as commands name it."""
    word = awarded(module_api)
    named = {"award_id": f"{word}-award"}
    request(module_api, word)
    done(module_api, "ApprovePayment", named | {"number": 1})
    release(module_api, word)
    done(module_api, "RaiseRecovery", named | {"amount": GBP, "because": "Not eligible"})
    done(module_api, "ApproveRecovery", named | {"number": 1})
    return named


def done(api: Api, command: str, values: dict[str, Any], command_id: str | None = None) -> str:
    """Give a line of a file that must be recorded; the id of its command."""
    command_id = command_id or new()
    line = json.dumps({"command": command, "id": command_id} | ON | values)
    (result,) = hand_in(api.app.state.log, [line], "the office")
    assert result.position is not None, result
    return command_id


def data(api: Api, command_id: str, event: str) -> list[dict[str, Any]]:
    """What the events with this name say that a command recorded."""
    with api.database.connect() as connection:
        rows = connection.execute(
            "SELECT state FROM log.events WHERE command_id = %s AND topic = %s", (command_id, event)
        ).fetchall()
    return [json.loads(bytes(row[0])) for row in rows]


def test_every_command_that_may_leave_out_a_number_is_tried() -> None:
    optional = {
        name
        for name, command in COMMANDS.items()
        for field, one in fields_of(command).items()
        if field in ("number", "part") and one.optional
    }
    # CorrectDate names a step that has its number already. The rest number something that is not below an award, or
    # that needs an award with budget lines: tests of their rules try them.
    others = {"RequestClarification", "LogContact", "CarryForward", "CorrectDate", "AgreeDeliverable"}
    others |= {"ReportHoldUp", "TakeProcurementStep", "FileFollowOnPlan"}
    others |= {"OfferHelp", "LendCapacity", "AgreeImprovementPlan", "ServeNotice", "PlanReview", "MakeRecommendation"}
    others |= {"GiveDuty", "ShareInformation", "RecordTurnover"}
    others |= {"SetSubsidy", "TakePlaces", "DeclineParticipation", "HoldSession", "TransferProvider"}
    others |= {"GiveEvidence", "ExplainOutcome", "LinkOutcome", "StateSaving"}
    assert {*others, "AgreeCharge", "DividePool", "AgreeStrand", *NUMBERED} == optional


@pytest.mark.parametrize("command", NUMBERED)
def test_a_new_thing_gets_the_next_free_number_and_keeps_it_when_it_is_sent_again(
    module_api: Api, paid: dict[str, str], command: str
) -> None:
    values, event = NUMBERED[command]
    key = "part" if "number" in values else "number"
    ids = [done(module_api, command, paid | values) for _ in range(2)]
    (first,), (second,) = (data(module_api, each, event) for each in ids)
    assert (first[key] + 1, True) == (second[key], 1 <= first[key])
    assert ids[0] == done(module_api, command, paid | values, ids[0])
    assert [first] == data(module_api, ids[0], event)


def test_questions_to_a_bidder_are_numbered(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    asked = [done(module_api, "RequestClarification", {"bid_id": word, "question": "Who leads?"}) for _ in range(2)]
    assert [1, 2] == [data(module_api, each, "ClarificationRequested")[0]["number"] for each in asked]


def test_contacts_about_a_bid_are_numbered(module_api: Api) -> None:
    word = new()
    submit(module_api, word)
    of = {"bid_id": word, "direction": "from bidder", "with_whom": "grants officer 2"}
    logged = [done(module_api, "LogContact", of | {"summary": said}) for said in ("News?", "And now?")]
    assert [1, 2] == [data(module_api, each, "ContactLogged")[0]["number"] for each in logged]


def test_carry_forwards_of_a_programme_are_numbered(module_api: Api) -> None:
    of, word = {"programme_id": "cbp"}, new()
    year = of | {"amount": GBP, "year": "2004-05", "purpose": "Pilots", "on": "2004-04-01"}
    done(module_api, "AllocateBudget", year)
    moved = of | {"amount": {"amount": "1.00", "currency": "GBP"}, "from_year": "2004-05", "to_year": "2005-06",
                  "allowed_by": "Letter of the funder", "because": word, "on": "2005-05-02"}  # fmt: skip
    first, second = (data(module_api, done(module_api, "CarryForward", moved), "CarriedForward") for _ in range(2))
    assert first[0]["number"] + 1 == second[0]["number"]


def test_two_payments_requested_at_once_get_two_numbers(module_api: Api) -> None:
    word, together = awarded(module_api), threading.Barrier(8)

    def ask(each: int) -> dict[str, Any]:
        together.wait()
        # Each command is sent twice.
        given = {"commandId": f"{word}-{each % 4}", "award": f"award-{word}", "amount": gbp("10.00"), "on": "2006"}
        return module_api.command("requestPayment", PAYMENTS, **given)

    with ThreadPoolExecutor(8) as hands:
        answers = list(hands.map(ask, range(8)))
    assert {"AwardRecorded"} == {answer["__typename"] for answer in answers}
    assert 4 == sum(answer["replayed"] for answer in answers)
    found = module_api.ask("query ($r: String) { award(reference: $r) { payments { number } } }", r=f"{word}-award")
    assert [1, 2, 3, 4] == [payment["number"] for payment in found["award"]["payments"]]


def test_a_number_that_is_given_stays_and_the_next_follows_the_highest(module_api: Api) -> None:
    word = awarded(module_api)
    for number in (7, None, 3, None):
        given = {"number": number, "commandId": new(), "award": f"award-{word}", "amount": gbp("1.00"), "on": "2006"}
        assert "AwardRecorded" == module_api.command("requestPayment", PAYMENTS, **given)["__typename"]
    found = module_api.ask("query ($r: String) { award(reference: $r) { payments { number } } }", r=f"{word}-award")
    assert [3, 7, 8, 9] == sorted(payment["number"] for payment in found["award"]["payments"])

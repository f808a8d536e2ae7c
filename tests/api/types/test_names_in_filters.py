"""A filter takes an id or a code. A name that names nothing is refused with a sentence, never answered with nothing."""

from pathlib import Path
from typing import Any

import pytest

from domain import funding_round
from domain.values.ids import ProgrammeId, RoundId, SchemeId
from domain.values.when import When
from tests.api.types.test_bank import july
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api

LISTS = {
    "partnerships": "query ($f: PartnershipFilter) { partnerships(filter: $f, first: 100) { totalCount } }",
    "delays": "query ($f: DelayFilter) { delays(filter: $f, first: 100) { totalCount } }",
    "delaySummary": "query ($f: DelayFilter) { delaySummary(filter: $f) { group decided open gone undated } }",
    "auditLog": "query ($f: AuditFilter) { auditLog(filter: $f) { totalCount } }",
    "discrepancies": "query ($f: DiscrepancyFilter) { discrepancies(filter: $f) { totalCount } }",
}
# Names that name something, by what they are in a filter.
CODES = {
    "programme": "cbp",
    "scheme": "cbp-improvement-partnerships",
    "organisation": "cumbria-county-council",
    "partnership": "dip",
    "round": "R-1",
}
TAKEN = [
    *(("partnerships", name) for name in ("programme", "scheme", "organisation")),
    *((name, of) for name in ("delays", "delaySummary") for of in ("programme", "scheme", "round", "partnership")),
    ("auditLog", "partnership"),
    ("discrepancies", "partnership"),
]


@pytest.fixture(scope="module")
def rounds_api(module_api: Api) -> Api:
    """The programme with a bid in a round."""
    with desk(module_api.database) as at:
        at.do(
            funding_round.OpenRound(
                round_id=RoundId("round-1"),
                programme_id=ProgrammeId(at.find("programme", "cbp")),
                scheme_id=SchemeId(at.find("scheme", CODES["scheme"])),
                code=CODES["round"],
                name="First round",
                budget=gbp("1000.00"),
                on=When("2004-01-01"),
            )
        )
        at.accepted_award("in-round", "100.00", round_id="round-1")
    caught_up(module_api.database)
    return module_api


@pytest.mark.parametrize(("root", "name"), TAKEN)
def test_a_filter_takes_an_id_as_well_as_a_code(rounds_api: Api, root: str, name: str) -> None:
    with desk(rounds_api.database) as at:
        by_code, by_id = (
            rounds_api.ask(LISTS[root], f={name: value})[root] for value in (CODES[name], at.find(name, CODES[name]))
        )
    assert by_code == by_id
    assert by_code not in ([], {"totalCount": 0}) or root == "discrepancies"


@pytest.mark.parametrize("text", ["no-such-name", "partnership-no-such", "", "%", "x" * 5_000])
@pytest.mark.parametrize(("root", "name"), TAKEN)
def test_a_name_that_names_nothing_is_refused(rounds_api: Api, root: str, name: str, text: str) -> None:
    error = rounds_api.error(LISTS[root], f={name: text})
    assert ("BAD_USER_INPUT", f"There is no {name} with this id or code.") == (
        error["extensions"]["code"],
        error["message"],
    )


def test_a_name_of_another_kind_is_refused(rounds_api: Api) -> None:
    assert (
        "There is no scheme with this id or code." == rounds_api.error(LISTS["delays"], f={"scheme": "cbp"})["message"]
    )


def test_a_name_that_names_no_event_is_refused_by_name(rounds_api: Api) -> None:
    assert rounds_api.ask(LISTS["auditLog"], f={"names": ["BidApproved"]})["auditLog"]["totalCount"] > 0
    error = rounds_api.error(LISTS["auditLog"], f={"names": ["BidApproved", "BidAproved"]})
    assert "There is no event with the name BidAproved. auditLog shows the names of events." == error["message"]


def test_an_account_is_known_by_its_id_or_number(api: Api, tmp_path: Path) -> None:
    query = "query ($account: String) { bankEntries(filter: { account: $account }) { totalCount } }"

    def entries(account: str) -> Any:
        return api.ask(query, account=account)["bankEntries"]["totalCount"]

    with july(api, tmp_path):
        (account,) = api.ask("{ bankAccounts { id account } }")["bankAccounts"]
        assert [5, 5] == [entries(account["id"]), entries(account["account"])]
        error = api.error(query, account="GB00 0000")
        assert "There is no bank account with this id or number." == error["message"]

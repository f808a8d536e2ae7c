"""The lists on the command line: the same entries and totals as the API, as a finance officer reads them."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from api.types.awards import AwardState
from api.types.bids import BidState
from api.types.parts.of_awards import PaymentState, RecoveryState
from api.types.rounds import RoundState
from domain import organisation
from domain.values.ids import OrganisationId
from domain.values.when import When
from infra.cli.ask.list_rows import SHEETS
from infra.cli.ask.listed import Found, print_found
from infra.database.postgres import Database
from projections.tables.paging import Total
from projections.whole_lists import Row
from tests.api.types.test_funding import reached
from tests.infra.cli.test_paper import printed
from tests.kit.command_line import Answer, fundtrail
from tests.kit.life import called, lived
from tests.kit.money import desk
from tests.kit.web.served import Api, until

AMOUNTS = {"awards": "amount", "bids": "requested", "payments": "amount", "recoveries": "amount", "rounds": "budget"}


@pytest.fixture(scope="module")
def lists_api(module_api: Api) -> Api:
    """The programme with the lives of three awards and a round, and an organisation that was renamed."""
    with desk(module_api.database) as at:
        for name, partnership in (("one", "dip"), ("two", "worcestershire-partnership"), ("three", "lrip")):
            lived(at, name, partnership)
        called(at, "one")
        org = OrganisationId(at.find("organisation", "cumbria-county-council"))
        at.do(organisation.RenameOrganisation(organisation_id=org, name="Cumbria", on=When("2005-04-01")))
        at.do(organisation.RecordIdentifier(organisation_id=org, register="GB-LAE", value="CMA", on=When("2005-04-01")))
        position = at.log.position()
    until(lambda: reached(module_api) >= position, "the read models had it")
    return module_api


@pytest.fixture
def lists(lists_api: Api) -> Database:
    """Its database."""
    return lists_api.database


def asked(database: Database, *words: str) -> Any:
    """The JSON that a command prints."""
    answer = fundtrail(database, *words, "--json")
    assert 0 == answer.returncode, answer.stderr
    return json.loads(answer.stdout)


def refusal(answer: Answer) -> str:
    """The one sentence with which a command refuses."""
    assert "" == answer.stdout
    return answer.stderr.strip()


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_list_has_the_entries_and_totals_that_the_api_has(lists_api: Api, name: str) -> None:
    query = f"{{ {name}(first: 100) {{ totalCount totals {{ amount currency }} nodes {{ id }} }} }}"
    shown = lists_api.ask(query)[name]
    printed = asked(lists_api.database, name, "--limit", "1000")
    assert [node["id"] for node in shown["nodes"]] == [row["id"] for row in printed[name]]
    assert (shown["totalCount"], shown["totals"]) == (printed["count"], printed["totals"])


@pytest.mark.parametrize("name", AMOUNTS)
def test_every_filter_keeps_what_a_plain_loop_keeps(lists: Database, name: str) -> None:
    rows = asked(lists, name, "--limit", "1000")[name]
    amount = AMOUNTS[name]
    some = [row for row in rows if row[amount] is not None]
    middle = sorted(Decimal(row[amount]) for row in some)[len(some) // 2]
    filters: dict[tuple[str, ...], Any] = {
        ("--state", rows[-1]["state"]): lambda row: row["state"] == rows[-1]["state"],
        ("--amount-from", f"{middle}"): lambda row: row[amount] is not None and Decimal(row[amount]) >= middle,
        ("--amount-to", f"{middle}"): lambda row: row[amount] is None or Decimal(row[amount]) <= middle,
    }
    if name != "rounds":
        of = "bid" if name == "bids" else "award"
        one = some[0][of]
        filters["--reference", one] = lambda row: row[of] == one
    else:
        filters["--code", "R-one"] = lambda row: row["round"] == "R-one"
    filters["--currency", "GBP"] = lambda row: row["currency"] == "GBP"
    if name in ("awards", "bids"):
        filters["--partnership", "dip"] = lambda row: row["partnership"] == "dip"
    if name == "awards":
        filters["--funder", "odpm"] = lambda row: row["funder"] == "odpm"
    for words, keeps in filters.items():
        found = asked(lists, name, *words, "--limit", "1000")
        kept = [row for row in rows if keeps(row)]
        assert kept == found[name], words
        sums = sum((Decimal(row[amount]) for row in kept if row[amount] is not None), Decimal(0))
        assert [sums] == [Decimal(one["amount"]) for one in found["totals"]], words


@pytest.mark.parametrize("name", AMOUNTS)
def test_a_range_of_recording_keeps_what_the_api_keeps_and_leaves_out_the_rest(lists_api: Api, name: str) -> None:
    whole = asked(lists_api.database, name, "--limit", "1000")[name]
    (then,) = (
        event["recorded_at"]
        for event in asked(lists_api.database, "audit", "--after", f"{whole[-1]['position'] - 1}", "--limit", "1")
    )
    last = [row for row in whole if row["position"] == whole[-1]["position"]]
    assert len(last) < len(whole) or name == "rounds"
    for option, field in (("--recorded-from", "recordedFrom"), ("--recorded-to", "recordedTo")):
        kept = asked(lists_api.database, name, option, then, "--limit", "1000")[name]
        query = f'{{ {name}(filter: {{ {field}: "{then}" }}, first: 100) {{ nodes {{ id }} }} }}'
        assert [node["id"] for node in lists_api.ask(query)[name]["nodes"]] == [row["id"] for row in kept]
        assert (last if field == "recordedFrom" else whole) == kept
    today, before = date.today(), date.today() - timedelta(days=2)
    assert whole == asked(lists_api.database, name, "--recorded-from", f"{before}", "--limit", "1000")[name]
    assert [] == asked(lists_api.database, name, "--recorded-to", f"{before}", "--limit", "1000")[name]
    assert whole == asked(lists_api.database, name, "--recorded-to", f"{today}", "--limit", "1000")[name]


def test_the_awards_of_an_organisation_take_the_filters_of_awards(lists: Database) -> None:
    of = ("organisation", "cumbria-county-council")
    whole = asked(lists, *of)["awards"]
    assert len(whole) == len(asked(lists, "awards", "--organisation", "cumbria-county-council")["awards"])
    one = whole[0]["award"]
    assert [one] == [row["award"] for row in asked(lists, *of, "--reference", one)["awards"]]
    assert [] == asked(lists, *of, "--currency", "EUR")["awards"]


def test_an_order_is_kept_over_several_pages_and_from_the_last_to_the_first(
    lists: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.cli.ask.listed.PAGE", 2)
    amounts = [Decimal(row["amount"]) for row in asked(lists, "awards", "--order", "amount")["awards"]]
    falling = asked(lists, "awards", "--order", "amount", "--descending", "--limit", "5")["awards"]
    assert len(amounts) > 5
    assert sorted(amounts) == amounts
    assert amounts[::-1][:5] == [Decimal(row["amount"]) for row in falling]


def test_a_table_has_amounts_to_the_right_with_separators_the_currency_once_and_the_total_below(
    lists: Database,
) -> None:
    printed = fundtrail(lists, "awards", "--scheme", "cbp-pilots").stdout
    lines = [line.rstrip() for line in printed.splitlines() if line.strip()]
    assert ["8 awards", "Amounts in GBP"] == lines[:2]
    assert 1 == printed.count("GBP")
    ends = {len(line) for line in lines[2:] if re.search(r"[0-9],[0-9]{3}\.[0-9]{2}$", line)}
    assert {len(lines[2])} == ends, "amounts end below the end of their heading"
    assert re.fullmatch(r"Total +702,847\.00", lines[-1])


def test_a_payment_shows_its_payee_its_bank_reference_and_who_decided_it(lists: Database) -> None:
    first = asked(lists, "payments", "--partnership", "dip", "--state", "reversed")["payments"][0]
    people = ("payments officer", "budget holder", "releaser")
    assert ("A-one", 1, "BACS 1", *people, "2004-08-06", "Entered twice", 2) == tuple(
        first[field]
        for field in (
            "award", "number", "bank_reference", "requested_by", "approved_by", "released_by", "reversed",
            "reversed_because", "corrected_by",
        )
    )  # fmt: skip
    table = fundtrail(lists, "payments", "--partnership", "dip").stdout
    assert "3 Aug 2004" in table
    assert "BACS 1" in table


def test_a_bid_shows_who_decided_it(lists: Database) -> None:
    decided = {one["bid"]: (one["decided"], one["decided_by"]) for one in asked(lists, "bids")["bids"]}
    assert ("2004-06-01", "tester") == decided["B-one"]
    assert {(None, None)} == {by for bid, by in decided.items() if "/bid/" in bid}, "no source says"


def test_more_entries_than_the_limit_are_named_and_are_in_the_totals(lists: Database) -> None:
    printed = fundtrail(lists, "payments", "--limit", "2").stdout
    assert "The first 2 of 9 payments. The totals are of all of them. Give a larger --limit to see more." in printed
    assert re.search(r"Total .*2,130\.00", printed)


def test_unknown_names_states_orders_and_values_are_refused_with_a_sentence(lists: Database) -> None:
    for words, code, sentence in [
        (("awards", "--programme", "cbpx"), 3, "There is no programme cbpx. Did you mean cbp?"),
        (("bids", "--partnership", "zzz"), 3, "There is no partnership zzz."),
        (("payments", "--funder", "\x00"), 3, "There is no organisation \x00."),
        (("rounds", "--state", "shut"), 2, "There is no state shut. The states of rounds are: open, closed."),
        (("awards", "--order", "size"), 2,
         "There is no order size. Awards can be ordered by: recorded, date, amount, code."),
        (("awards", "--from", "2005-13-01"), 2, "--from is 2005-13-01. Write a calendar day, such as 2004-03-15."),
        (("awards", "--from", "2005-02-01", "--to", "2005-01-01"), 2,
         "--from is 2005-02-01, later than --to, which is 2005-01-01."),
        (("awards", "--currency", "gbp"), 2, "--currency is gbp. Write three capital letters, such as GBP."),
        (("awards", "--recorded-from", "2005-04-01T09:00"), 2,
         "--recorded-from is 2005-04-01T09:00. Write a day or an instant, such as 2005-04-01 or 2005-04-01T09:00Z."),
        (("awards", "--recorded-from", "2005-04-02", "--recorded-to", "2005-04-01"), 2,
         "--recorded-from is 2005-04-02, later than --recorded-to, which is 2005-04-01."),
        (("payments", "--reference", "A-none"), 3, "There is no award A-none."),
        (("rounds", "--code", "R-none"), 3, "There is no round R-none."),
        (("audit", "--name", "PaymentAproved"), 3,
         "There is no event named PaymentAproved. Did you mean PaymentApproved?"),
        (("awards", "--amount-from", "1e3"), 2,
         "--amount-from is 1e3. Write an amount in plain digits, such as 1250.00."),
        (("awards", "--amount-from", "2", "--amount-to", "1"), 2,
         "--amount-from is 2, more than --amount-to, which is 1."),
        (("organisation", "cumbria-county"), 3,
         "There is no organisation cumbria-county. Did you mean cumbria-county-council?"),
    ]:  # fmt: skip
        answer = fundtrail(lists, *words)
        assert (code, sentence) == (answer.returncode, refusal(answer)), words


def test_an_organisation_shows_its_names_over_time_its_identifiers_its_roles_and_its_awards(lists: Database) -> None:
    found = asked(lists, "organisation", "cumbria-county-council")
    assert [
        ("Cumbria County Council", None, "2005-04-01", "OrganisationRegistered"),
        ("Cumbria", "2005-04-01", None, "OrganisationRenamed"),
    ] == [(one["name"], one["from"], one["until"], one["event"]) for one in found["names"]]
    before = asked(lists, "organisation", "cumbria-county-council", "--as-at", "2005-03-31")
    assert [("Cumbria County Council", None)] == [(one["name"], one["until"]) for one in before["names"]]
    assert [] == before["identifiers"]
    assert [("GB-LAE", "CMA")] == [(one["register"], one["value"]) for one in found["identifiers"]]
    assert {"PartnershipFormed", "PartnerJoined"} & {one["event"] for one in found["roles"]}
    assert all(one["from"] and one["partnership_name"] for one in found["roles"])
    printed = fundtrail(lists, "organisation", "cumbria-county-council").stdout
    for words in (
        "Cumbria County Council", "the first name", "1 Apr 2005", "OrganisationRenamed", "GB-LAE", "Roles",
        "Amounts in GBP",
    ):  # fmt: skip
        assert words in printed


def test_the_states_that_a_list_takes_are_those_of_the_api() -> None:
    states: dict[str, type[Enum]] = {
        "awards": AwardState, "bids": BidState, "payments": PaymentState, "recoveries": RecoveryState,
        "rounds": RoundState,
    }  # fmt: skip
    assert {sheet.name: sheet.states for sheet in SHEETS} == {
        name: tuple(one.value for one in kind) for name, kind in states.items()
    }


# --- Two clocks -------------------------------------------------------------------------------------------------------


def test_a_timeline_as_at_a_day_and_between_days_leaves_out_what_is_later(lists: Database) -> None:
    def entries(*words: str) -> list[Any]:
        found: list[Any] = asked(lists, "timeline", "dip", *words)["entries"]
        return found

    whole = entries()
    by_then = entries("--as-at", "2004-08-03")
    assert [one for one in whole if one["on"] == "unknown" or one["latest"] <= "2004-08-03"] == by_then
    dated = [one for one in whole if one["earliest"] and "2004-07-01" <= one["earliest"] <= "2004-07-31"]
    assert dated == entries("--from", "2004-07-01", "--to", "2004-07-31")
    assert (
        "as at 3 Aug 2004, as known at position" in fundtrail(lists, "timeline", "dip", "--as-at", "2004-08-03").stdout
    )


def test_a_timeline_and_the_audit_show_since_when_each_thing_is_known(lists: Database) -> None:
    events = asked(lists, "audit", "--partnership", "dip", "--limit", "1000")
    then = max(event["recorded_at"] for event in events if event["actor"] != "tester")
    old = asked(lists, "audit", "--partnership", "dip", "--known-at", then, "--limit", "1000")
    assert [event for event in events if event["recorded_at"] <= then] == old
    known = asked(lists, "timeline", "dip", "--known-at", then)["entries"]
    assert known
    assert max(entry["recorded_at"] for entry in known) <= then
    assert "Known since" in fundtrail(lists, "audit", "--limit", "1").stdout
    assert "known since" in fundtrail(lists, "timeline", "dip").stdout.lower()


def test_the_audit_between_days_of_recording_and_as_at_a_day(lists: Database) -> None:
    today = asked(lists, "audit", "--limit", "1")[0]["recorded_at"][:10]
    assert [] == asked(lists, "audit", "--to", "2020-01-01")
    assert 1 == len(
        asked(lists, "audit", "--from", "2020-01-01", "--to", f"{int(today[:4]) + 1}-01-01", "--limit", "1")
    )
    everything = asked(lists, "audit", "--name", "PaymentRequested", "--limit", "1000")
    then = everything[1]["recorded_at"]
    named = ("audit", "--name", "PaymentRequested", "--limit", "1000")
    assert everything[1:] == asked(lists, *named, "--from", then)
    assert everything[:2] == asked(lists, *named, "--to", then)
    early = asked(lists, "audit", "--name", "PaymentRequested", "--as-at", "2004-08-03", "--limit", "1000")
    assert [event for event in everything if event["effective"] <= "2004-08-03"] == early
    answer = fundtrail(lists, "audit", "--name", "PaymentRequested", "--as-at", "2004-08-03", "--limit", "2")
    assert "More events follow" in answer.stdout


def test_a_list_in_two_currencies_names_the_currency_of_each_amount_and_of_each_total() -> None:
    rounds_of = SHEETS[-1]
    row: Row = dict.fromkeys((column.field for column in rounds_of.columns), None)
    rows = [row | {"budget": "1250.00", "currency": "GBP"}, row | {"budget": "75000", "currency": "JPY"}]
    totals = [Total(amount=Decimal("1250.00"), currency="GBP"), Total(amount=Decimal(75000), currency="JPY")]
    lines = [" ".join(line.split()) for line in printed(print_found, rounds_of, Found(rows, 2, totals)).splitlines()]
    assert ["2 rounds", "1,250.00 GBP", "75,000 JPY", "Total 1,250.00 GBP", "Total 75,000 JPY"] == [
        line for line in lines if line and not line.startswith("Round")
    ]

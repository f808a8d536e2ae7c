"""Every command can be given over GraphQL and in a file, with the same values and the same result."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import strawberry
from graphql import build_schema
from strawberry.schema.config import StrawberryConfig

from api.commands import results
from api.commands.generated import mutation_of
from api.commands.reading import read
from api.contract.errors import Problem
from api.contract.scalars import SCALARS
from api.schema import schema
from domain import bid, desk
from domain.commands import CALLED_BY, COMMANDS, IDS, fields_of
from domain.history import Answer, Command, Log, Order, StaleHistory
from domain.values.frozen import frozen
from domain.values.ids import BidId
from domain.values.when import When
from infra.cli.record.command_lines import Unreadable, hand_in, read_line
from infra.cli.record.commands import shown_fields
from tests.kit.commands import GBP, for_graphql, mutation_named, new, values_for
from tests.kit.web.served import Api

# A thing of each kind that has a code or reference, as people call it.
CODES = {
    "programme": "cbp", "scheme": "cbp-pilots", "organisation": "odpm", "partnership": "ace-cumbria",
    "award": "worcestershire-partnership/total_stated/75000", "round": "one", "bid": "ACE 9",
    "bankaccount": "GB29 NWBK 6016 1331 9268 19", "person": "officer-2", "body": "board", "delegation": "spending",
}  # fmt: skip
# Mutations that take a discrepancy instead of its rule and subject.
ABOUT_DISCREPANCIES = {"ExplainDiscrepancy", "WaiveDiscrepancy", "WithdrawExplanation", "AssignDiscrepancy"}
GENERATED = sorted(COMMANDS.keys() - ABOUT_DISCREPANCIES)


def by_code(kind: str) -> str:
    """What people call a thing of this *kind*; an id that nothing has, if its kind has no codes."""
    return CODES.get(kind, f"{kind}-none")


BEGINNINGS = (
    {"command": "OpenRound", "programme_id": "cbp", "scheme_id": "cbp-pilots", "code": "one", "name": "Round one",
     "budget": {"amount": "5000.00", "currency": "GBP"}, "on": "2004-04"},
    {"command": "SubmitBid", "partnership_id": "ace-cumbria", "reference": "ACE 9", "title": "Second year",
     "requested": GBP, "round_id": "one", "on": "2004-05-01"},
    {"command": "OpenBankAccount", "account": "GB29NWBK60161331926819", "name": "Grants", "currency": "GBP",
     "on": "2004-04"},
    {"command": "RegisterPerson", "code": "officer-2", "on": "2004-04"},
    {"command": "EstablishBody", "programme_id": "cbp", "code": "board", "name": "Board", "kind": "board",
     "on": "2004-04"},
    {"command": "GrantDelegation", "programme_id": "cbp", "code": "spending", "body_id": "board", "decisions": ["vary"],
     "on": "2004-04"},
)  # fmt: skip


@pytest.fixture(scope="module")
def begun(module_api: Api) -> Api:
    """The programme, with a round, a bid to it, a bank account, a person, and a body with a limit."""
    assert [None] * len(BEGINNINGS) == given(module_api, *BEGINNINGS)
    return module_api


def given(api: Api, *lines: dict[str, Any]) -> list[str | None]:
    """Why each of these lines of a file is refused; None for those that are recorded."""
    log = api.app.state.log
    texts = [json.dumps({"id": new()} | line) for line in lines]
    return [one.rule or one.reason for one in hand_in(log, texts, "the office")]


def answer(api: Api, mutation: str, values: dict[str, Any]) -> dict[str, Any]:
    """The whole response to a mutation with these values."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ __typename ... on Refusal {{ rule }} }} }}"
    found: dict[str, Any] = api.post(query, {"input": {"commandId": new()} | values}).json()
    return found


# --- All of them ------------------------------------------------------------------------------------------------------


def test_every_command_has_a_mutation() -> None:
    mutations = schema._schema.mutation_type
    assert mutations is not None
    assert set() == {mutation_named(command) for command in COMMANDS.values()} - mutations.fields.keys()


def test_no_mutation_takes_a_source() -> None:
    inputs = {name: kind for name, kind in schema._schema.type_map.items() if name.endswith("Input")}
    assert len(COMMANDS) < len(inputs)
    assert [] == [name for name, kind in inputs.items() if "source" in kind.fields]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_line_of_a_file_gives_a_source(begun: Api, name: str) -> None:
    with pytest.raises(Problem, match=f"{name} has no field source"):
        read(begun.app.state.log, COMMANDS[name], values_for(COMMANDS[name], by_code) | {"source": {"register": "r"}})


@pytest.mark.parametrize("all_fields", [True, False])
@pytest.mark.parametrize("name", GENERATED)
def test_every_command_is_recorded_or_refused_by_name(begun: Api, name: str, all_fields: bool) -> None:
    values = values_for(COMMANDS[name], by_code, all_fields=all_fields)
    found = answer(begun, mutation_named(COMMANDS[name]), for_graphql(COMMANDS[name], values))
    assert "errors" not in found, found
    (result,) = found["data"].values()
    assert result["__typename"].endswith("Recorded") or result["rule"], result


@pytest.mark.parametrize("name", sorted(ABOUT_DISCREPANCIES))
def test_a_command_about_a_discrepancy_that_nothing_has_is_refused(begun: Api, name: str) -> None:
    values = values_for(COMMANDS[name], by_code)
    values = {key: one for key, one in values.items() if key not in ("rule", "subject", "message", "seen")}
    found = answer(begun, mutation_named(COMMANDS[name]), values | {"discrepancy": "discrepancy-0"})
    assert {"__typename": "Refusal", "rule": "NothingToExplain"} == next(iter(found["data"].values()))


@pytest.mark.parametrize(
    ("mutation", "values", "shown", "item"),
    [
        ("establishScheme", {"programme": "cbp", "code": "new", "name": "New", "kind": "pilot"},
         "ProgrammeRecorded { programme { code } }", {"programme": {"code": "cbp"}}),
        ("renameOrganisation", {"organisation": "odpm", "name": "The Office"},
         "OrganisationRecorded { organisation { name } }", {"organisation": {"name": "The Office"}}),
        ("joinPartnership", {"partnership": "ace-cumbria", "organisation": "odpm", "role": "observer"},
         "PartnershipRecorded { partnership { code } }", {"partnership": {"code": "ace-cumbria"}}),
        ("acknowledgeBid", {"bid": "ACE 9"}, "BidRecorded { bid { reference } }", {"bid": {"reference": "ACE 9"}}),
        ("closeRound", {"round": "one"}, "Recorded { events { name } replayed }",
         {"events": [{"name": "RoundClosed"}], "replayed": False}),
    ],
)  # fmt: skip
def test_a_command_answers_with_the_item_or_with_what_was_recorded(
    api: Api, mutation: str, values: dict[str, Any], shown: str, item: dict[str, Any]
) -> None:
    assert [None] * len(BEGINNINGS) == given(api, *BEGINNINGS)
    kind = f"{mutation[0].upper()}{mutation[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {mutation}(input: $input) {{ ... on {shown} }} }}"
    assert {mutation: item} == api.ask(query, input=values | {"commandId": new(), "on": "2005-04-01"})


@frozen
class PraiseBid:
    """Praise a bid. *points* are from 1 to 3."""

    bid_id: BidId
    points: int
    because: str | None = None
    on: When


def test_a_new_command_has_its_mutation_its_help_and_its_line_in_a_file(
    begun: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(desk.OWN, PraiseBid, bid)
    name, field = mutation_of(PraiseBid)
    alone = strawberry.Schema(
        query=strawberry.type(type("Query", (), {name: field})), config=StrawberryConfig(scalar_map=SCALARS)
    )
    assert ("praiseBid", True) == (name, "praiseBid(input: PraiseBidInput!): BidResult!" in f"{alone}")
    plain = build_schema(f"{alone}").type_map["PraiseBidInput"]
    assert {
        "commandId": "ID!", "bid": "ID!", "points": "Int!", "because": "String", "on": "String!",
    } == {name: f"{one.type}" for name, one in plain.fields.items()}  # type: ignore[attr-defined]  # fmt: skip
    assert ["bid_id", "points", "because", "on"] == [line.partition(":")[0] for line in shown_fields(PraiseBid)]
    praise: Any = read(begun.app.state.log, PraiseBid, {"bid_id": "ACE 9", "points": 3, "on": "2005"})
    assert (3, None, "bid-") == (praise.points, praise.because, praise.bid_id[:4])


# --- What a command names ---------------------------------------------------------------------------------------------


FIELDS = [(name, field, one) for name in GENERATED for field, one in fields_of(COMMANDS[name]).items()]
NAMING = [(name, field) for name, field, one in FIELDS if one.named and not one.begun]
CODED = [(name, field) for name, field, one in FIELDS if one.named in CODES and not one.begun]
BEGUN = [(name, field) for name, field, one in FIELDS if one.begun]


def said(name: str, field: str, text: str) -> dict[str, Any]:
    """The field of a command with *text*, in a list if it takes several."""
    return {field: [text] if fields_of(COMMANDS[name])[field].list else text}


@pytest.mark.parametrize(("name", "field"), NAMING)
def test_an_id_that_nothing_has_is_refused(begun: Api, name: str, field: str) -> None:
    kind = fields_of(COMMANDS[name])[field].named
    values = values_for(COMMANDS[name], by_code, all_fields=False) | said(name, field, f"{kind}-none")
    found = answer(begun, mutation_named(COMMANDS[name]), for_graphql(COMMANDS[name], values))
    (result,) = found["data"].values()
    assert "Refusal" == result["__typename"], found


@pytest.mark.parametrize(("name", "field"), NAMING)
def test_a_code_that_nothing_has_is_refused_with_its_field(begun: Api, name: str, field: str) -> None:
    values = values_for(COMMANDS[name], by_code) | said(name, field, "no such code")
    shown = for_graphql(COMMANDS[name], said(name, field, "no such code")).keys()
    found = answer(begun, mutation_named(COMMANDS[name]), for_graphql(COMMANDS[name], values))
    if name in ("SubmitBid", "ClosePeriod") and field != "partners":
        (result,) = found["data"].values()
        assert result["rule"].endswith("Unknown")
    else:
        (error,) = found["errors"]
        assert ("BAD_USER_INPUT", True) == (error["extensions"]["code"], error["message"].startswith(next(iter(shown))))
    with pytest.raises(Unreadable, match=f"{name}: {field}(, entry 1)? is not an id"):
        read_line(begun.app.state.log, json.dumps({"command": name, "id": "x"} | values), "office")


@pytest.mark.parametrize(
    ("name", "field"), [one for one in NAMING if fields_of(COMMANDS[one[0]])[one[1]].named in CODES]
)
def test_a_thing_is_named_by_its_id_its_code_or_its_kind_and_code(begun: Api, name: str, field: str) -> None:
    kind = fields_of(COMMANDS[name])[field].named
    assert kind is not None
    log = begun.app.state.log
    values = values_for(COMMANDS[name], by_code)
    read_as = [
        read(log, COMMANDS[name], values | said(name, field, each)) for each in (CODES[kind], f"{kind}:{CODES[kind]}")
    ]
    found = getattr(read_as[0], field)
    its_id = found[0] if fields_of(COMMANDS[name])[field].list else found
    assert its_id.startswith(f"{kind}-")
    assert [read(log, COMMANDS[name], values | said(name, field, its_id))] * 2 == read_as


def test_an_id_comes_before_a_code_that_looks_like_it(begun: Api) -> None:
    log = begun.app.state.log
    kind = {"command": "SubmitBid", "partnership_id": "dip", "title": "T", "requested": GBP, "on": "2005"}
    assert [None, None] == given(begun, kind | {"bid_id": "bid-first", "reference": "bid-second"},
                                 kind | {"bid_id": "bid-second", "reference": "bid-third"})  # fmt: skip
    found = [
        read(log, COMMANDS["AcknowledgeBid"], {"bid_id": said, "on": "2005"}) for said in ("bid-second", "bid-third")
    ]
    assert ["bid-second", "bid-second"] == [one.stream for one in found]


def test_every_kind_that_has_codes_is_tried() -> None:
    assert set(CODES) == set(CALLED_BY) < set(IDS.values())


# --- The same on both ways --------------------------------------------------------------------------------------------


@pytest.fixture
def decided(begun: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Command]]:
    """The last command that was given over GraphQL. It is not recorded."""
    orders: list[Order] = []

    def keep(_: Log, order: Order) -> Answer:
        orders.append(order)
        raise StaleHistory

    monkeypatch.setattr(desk, "submit", keep)
    yield lambda: orders[-1].command
    assert orders


@pytest.mark.parametrize("name", GENERATED)
def test_a_file_and_graphql_give_the_same_command_for_the_same_values(
    begun: Api, decided: Callable[[], Command], name: str
) -> None:
    values = values_for(COMMANDS[name], by_code)
    found = answer(begun, mutation_named(COMMANDS[name]), for_graphql(COMMANDS[name], values))
    assert {"__typename": "Conflict"} == next(iter(found["data"].values()))
    line = read_line(begun.app.state.log, json.dumps({"command": name, "id": "x"} | values), "office")
    assert (COMMANDS[name], line.command) == (type(line.command), decided())


# --- What a command need not say --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "field"), BEGUN)
def test_the_service_makes_the_id_of_what_is_begun(begun: Api, name: str, field: str) -> None:
    log = begun.app.state.log
    values = values_for(COMMANDS[name], by_code, all_fields=False)
    first, second = (getattr(read(log, COMMANDS[name], values), field) for _ in range(2))
    assert first.startswith(f"{fields_of(COMMANDS[name])[field].named}-")
    # The id of a bank account comes from its number.
    assert (name == "OpenBankAccount") is (first == second)


def test_all_that_can_be_begun_is_known() -> None:
    assert set(IDS.values()) - {"bankentry"} == {fields_of(COMMANDS[name])[field].named for name, field in BEGUN}


def test_what_was_said_reads_the_same_as_in_the_first_release() -> None:
    """A command that was sent before an upgrade is known when it is sent again after it."""
    types: Any = schema.schema_converter.type_map
    offer, money = (types[name].definition.origin for name in ("OfferAwardInput", "MoneyInput"))
    made = offer(command_id="c", reference="r", bid="bid-1", on="2005", amount=money(amount="1.00", currency="GBP"))
    assert (
        '["offerAward", {"amount": {"amount": "1.00", "currency": "GBP"}, "award_id": null, "bid": "bid-1",'
        ' "command_id": "c", "on": "2005", "reference": "r"}]'
    ) == results.said("offerAward", made)


# --- What is wrong with a value ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "change", "message"),
    [
        ("SetServiceStandard", {"span": "soon"}, 'span is "soon", which is not one of its values.'),
        ("SetServiceStandard", {"limit": "many"}, "limit is text. It must be a whole number."),
        ("SetServiceStandard", {"limit": None}, "limit is empty. It must be a whole number."),
        ("SetServiceStandard", {"limit": True}, "limit is true or false. It must be a whole number."),
        ("SetServiceStandard", {"limit": 1.5}, "limit is a number with decimals. It must be a whole number."),
        ("SetServiceStandard", {"limit": 2**31},
         "limit is out of range. A whole number is from -2,147,483,648 to 2,147,483,647."),
        ("SetServiceStandard", {"on": "2004-33"}, "on: 2004-33 is not in the calendar."),
        ("SetCondition", {"precedent": "yes"}, "precedent is text. It must be true or false."),
        ("OfferAward", {"amount": "many"}, "amount is text. It must be an object with fields."),
        ("OfferAward", {"amount": {"amount": "1"}}, "The field amount.currency is missing."),
        ("OfferAward", {"amount": GBP | {"unit": "p"}}, "amount has no field unit."),
        ("OfferAward", {"amount": {"amount": "x", "currency": "GBP"}},
         'amount: write an amount in plain digits, such as "1250.00".'),
        ("OfferAward", {"lines": "x"}, "lines is text. It must be a list."),
        ("OfferAward", {"lines": [{"name": 5}]}, "lines, entry 1, name is a whole number. It must be text."),
        ("OfferAward", {"lines": [{"name": "Pay"}]}, "The field lines, entry 1, amount is missing."),
        ("OfferAward", {"lines": [{"name": "Pay", "sum": 1}]}, "lines, entry 1 has no field sum."),
        ("AgreePlan", {"milestones": ["m"] * 101}, "milestones has 101 entries. At most 100 are allowed."),
        ("AgreePlan", {"milestones": ["m", " "]}, "milestones, entry 2 is empty. Give a text."),
        ("MatchEntry", {"shares": [{"award_id": "x", "number": 1, "amount": GBP}]},
         "shares, entry 1, award_id is not an id of type award, and no award has this reference."),
    ],
)  # fmt: skip
def test_an_invalid_field_is_named_with_what_it_must_be(
    begun: Api, command: str, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(Problem) as caught:
        read(begun.app.state.log, COMMANDS[command], values_for(COMMANDS[command], by_code) | change)
    assert message == caught.value.message


def test_a_required_field_that_is_left_out_is_named(begun: Api) -> None:
    with pytest.raises(Problem, match=r"The field span is missing\."):
        read(begun.app.state.log, COMMANDS["SetServiceStandard"], {"programme_id": "cbp"})

"""Whoever decides may name the authority: over GraphQL, in a line of a file and in a form of a page."""

import json
from collections.abc import Iterator
from dataclasses import replace as replaced
from datetime import date
from typing import Any, cast

import pytest

from api.commands.generated import MUTATIONS
from api.commands.results import said
from api.schema import schema
from domain.across.authority import DECIDING, DECISIONS
from domain.governance import GrantDelegation
from domain.values.frozen import replace
from domain.values.ids import DelegationId
from infra.cli.record.command_lines import hand_in
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from pages.bids.steps import STEPS
from pages.frame import forms
from tests.kit.commands import mutation_named, new
from tests.kit.money import desk, gbp
from tests.kit.office import CHIEF, DIRECTOR, GROUP, UP_TO_50_000, opened_office, places
from tests.kit.office import limit as limit_of
from tests.kit.web.served import Api, served

GIVEN = {"bid": "B-2", "on": "2005-05-02", "approved": {"amount": "900.00", "currency": "GBP"}}
WIDER = DelegationId("delegation-wider")


@pytest.fixture
def api(programme: Database) -> Iterator[Api]:
    """A steering group with two limits, and a bid."""
    with desk(programme) as at:
        opened_office(at)
        wider: GrantDelegation = limit_of(places(at), WIDER, GROUP, gbp("60000.00"))
        at.do(replace(wider, code="wider"))
        at.submitted_bid("B-2", "2005-04-11")
        at.submitted_bid("B-3", "2005-04-11", "ace-cumbria")
    project_all(programme)
    with served(programme) as api:
        yield api


def approve(api: Api, by: str = CHIEF, **given: Any) -> dict[str, Any]:
    query = """mutation ($input: ApproveBidInput!) { approveBid(input: $input) { __typename
        ... on BidRecorded { replayed events { authority delegation { code } } } ... on Refusal { rule reason } } }"""
    body = {"query": query, "variables": {"input": {"commandId": new(), **GIVEN, **given}}}
    answer = api.http.post("/graphql", json=body, headers={"x-fundtrail-actor": by}).json()
    found: dict[str, Any] = answer["data"]["approveBid"] if "errors" not in answer else answer["errors"][0]
    return found


def test_the_authority_that_is_named_is_the_one_that_is_recorded(api: Api) -> None:
    assert [{"authority": WIDER, "delegation": {"code": "wider"}}] == approve(api, authority=" wider ")["events"]


def test_without_a_name_the_narrowest_that_suffices_is_taken(api: Api) -> None:
    assert [UP_TO_50_000] == [one["authority"] for one in approve(api)["events"]]


def test_an_authority_that_does_not_hold_here_is_refused_by_name(api: Api) -> None:
    assert "AuthorityUnknown" == approve(api, authority="revoked-limit")["rule"]
    assert "authority is empty. Give a text." == approve(api, authority=" ")["message"]


def test_where_none_was_delegated_the_authority_is_a_text(api: Api) -> None:
    found = approve(api, DIRECTOR, bid="B-3", authority="The minister")
    assert [{"authority": "The minister", "delegation": None}] == found["events"]


def test_the_first_mutation_for_decisions_takes_it_as_well(api: Api) -> None:
    query = """mutation ($input: DecideBidInput!) { decideBid(input: $input) {
        ... on BidRecorded { events { authority } } } }"""
    body = {"query": query, "variables": {"input": {"commandId": new(), **GIVEN, "authority": "wider"}}}
    answer = api.http.post("/graphql", json=body, headers={"x-fundtrail-actor": CHIEF}).json()
    assert [{"authority": WIDER}] == answer["data"]["decideBid"]["events"]


def test_a_command_sent_again_gets_its_answer_only_with_the_same_authority(api: Api) -> None:
    first = approve(api, commandId="c-1")
    assert (False, True) == (first["replayed"], approve(api, commandId="c-1")["replayed"])
    assert "CommandIdReused" == approve(api, commandId="c-1", authority="wider")["rule"]


def test_a_command_without_one_says_what_it_said_before(api: Api) -> None:
    """So the ids of commands that an earlier release answered replay as before."""
    takes = cast(Any, schema.get_type_by_name("ApproveBidInput")).origin
    given: dict[str, Any] = {"command_id": "c", "bid": "b", "on": "2005", "approved": None}
    assert "authority" not in said("approveBid", takes(**given))
    assert '"authority": "wider"' in said("approveBid", takes(**given, authority="wider"))


def test_the_mutations_of_decisions_take_it_and_no_others() -> None:
    inputs = {mutation_named(command): schema._schema.type_map[f"{command.__name__}Input"] for command in DECIDING}
    assert [] == [name for name, kind in inputs.items() if "authority" not in kind.fields]  # type: ignore[attr-defined]
    others = {
        name
        for name, kind in schema._schema.type_map.items()
        if name.endswith("Input") and "authority" in getattr(kind, "fields", {})
    }
    assert {f"{command.__name__}Input" for command in DECIDING} | {"DecideBidInput", "WaiveDiscrepancyInput"} == others
    assert len(DECISIONS) == len(DECIDING) <= len(MUTATIONS)


LINE = {"command": "ApproveBid", "bid_id": "B-2", "on": "2005-05-02", "approved": GIVEN["approved"], "as": CHIEF}


def test_a_line_of_a_file_names_it(api: Api) -> None:
    def handed(**given: Any) -> str | None:
        (found,) = hand_in(api.app.state.log, [json.dumps(LINE | {"id": new()} | given)], None)
        return found.rule or found.reason

    assert "AuthorityUnknown" == handed(authority="nothing")
    assert "ApproveBid: authority must be a text." == handed(authority=7)
    decline = {"command": "DeclineBid", "because": "Thin", "authority": "wider", "approved": None}
    assert "DeclineBid: DeclineBid has no field approved, authority." == handed(**decline)
    assert handed(authority="wider") is None
    position = api.app.state.log.position()
    query = """query ($at: LogPosition) { auditLog(atLeast: $at, last: 1) { nodes { name authority } } }"""
    assert [{"name": "BidApproved", "authority": WIDER}] == api.ask(query, at=f"{position}")["auditLog"]["nodes"]


def test_a_form_of_a_decision_has_a_field_for_it_that_may_stay_empty() -> None:
    def sent(**values: str) -> Any:
        empty = STEPS["approve"].form("approve", date(2005, 5, 2))
        given = {"approved": "900", "currency": "GBP", "on": "2005-05-02", "as": "chief", "command": empty.command_id}
        choices = tuple(
            replaced(field, choices=(("GBP", "GBP"),)) if field.name == "currency" else field for field in empty.fields
        )

        def found(_: str, text: str) -> str:
            return text

        filled = forms.filled(replaced(empty, fields=choices), given | values, found)
        return forms.given(filled, STEPS["approve"], {"bid": "bid-2"}, found)

    assert (None, "wider") == (sent().authority, sent(authority="wider").authority)
    assert sent().said == repr(sent().command) != sent(authority="wider").said
    assert [] == [
        field for field in STEPS["decline"].form("decline", date(2005, 5, 2)).fields if field.name == "authority"
    ]

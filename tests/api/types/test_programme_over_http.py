"""The Capacity Building Programme in the API, compared with the files that it was imported from."""

import csv
import json
from decimal import Decimal
from typing import Any

import pytest
from graphql import build_schema, is_object_type

from api.schema import PRINTED
from infra.imports.cbp.facts import DEMO
from projections.read_models import READ_MODELS
from tests.kit.web.served import Api

WORCESTERSHIRE = "worcestershire-partnership"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the programme's files."""
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def partnerships(api: Api, fields: str, *, wanted: str = "{}") -> list[Any]:
    """Every partnership that the filter *wanted* returns, with these *fields*."""
    query = (
        f"query ($after: String) {{ partnerships(filter: {wanted}, first: 20, after: $after)"
        f" {{ nodes {{ {fields} }} pageInfo {{ endCursor hasNextPage }} }} }}"
    )
    nodes: list[Any] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        found = api.ask(query, after=page["endCursor"])["partnerships"]
        nodes, page = [*nodes, *found["nodes"]], found["pageInfo"]
    return nodes


def timeline(api: Api, arguments: str = "", *, code: str = WORCESTERSHIRE, fields: str = "kind") -> list[Any]:
    """The entries of a partnership's timeline, with these *fields*."""
    found = api.ask(
        f'{{ partnership(code: "{code}") {{ timeline(first: 100 {arguments}) {{ nodes {{ {fields} }} }} }} }}'
    )
    return list(found["partnership"]["timeline"]["nodes"])


# --- The register -----------------------------------------------------------------------------------------------------


def test_there_are_88_partnerships(shared_api: Api) -> None:
    assert {"totalCount": 88} == shared_api.ask("{ partnerships { totalCount } }")["partnerships"]


def test_the_programme_has_its_four_streams(shared_api: Api) -> None:
    expected = {
        "code": "cbp",
        "name": "Capacity Building Programme for Local Government",
        "currency": "GBP",
        "schemes": [
            {"code": "cbp-direct-support", "kind": "stream"},
            {"code": "cbp-improvement-partnerships", "kind": "stream"},
            {"code": "cbp-national-programmes", "kind": "stream"},
            {"code": "cbp-pilots", "kind": "stream"},
        ],
    }
    assert (
        expected
        == shared_api.ask('{ programme(code: "cbp") { code name currency schemes { code kind } } }')["programme"]
    )


def test_every_programme_and_scheme_of_the_files_is_there_once(shared_api: Api) -> None:
    programmes = shared_api.ask("{ programmes { code schemes { code } } }")["programmes"]
    schemes = [scheme["code"] for programme in programmes for scheme in programme["schemes"]]
    # Each row of the file is a scheme, but for the programme that has its streams below it.
    assert sorted({row["code"] for row in rows("programmes.csv")} - {"cbp"}) == sorted(schemes)
    assert sorted(programme["code"] for programme in programmes) == [programme["code"] for programme in programmes]


def test_an_unknown_programme_is_null(shared_api: Api) -> None:
    assert {"programme": None} == shared_api.ask('{ programme(code: "cbp-pilots-2") { name } }')


def test_every_lead_has_the_name_in_the_files(shared_api: Api) -> None:
    names = {row["code"]: row["name"] for row in rows("organisations.csv")}
    expected = {row["code"]: names.get(row["lead_code"]) for row in rows("partnerships.csv")}
    found = partnerships(shared_api, "code lead { name }")
    assert expected == {one["code"]: one["lead"]["name"] if one["lead"] else None for one in found}


def test_every_partnership_has_the_scheme_in_the_files(shared_api: Api) -> None:
    expected = {row["code"]: row["stream"] for row in rows("partnerships.csv")}
    assert expected == {one["code"]: one["scheme"]["code"] for one in partnerships(shared_api, "code scheme { code }")}


def test_every_partner_has_a_name(shared_api: Api) -> None:
    found = partnerships(shared_api, "partners { role joined { text } left { text } organisation { name code } }")
    partners = [partner for one in found for partner in one["partners"]]
    assert {"unknown"} == {partner["joined"]["text"] for partner in partners}
    assert all(partner["organisation"]["name"] and partner["role"] and partner["left"] is None for partner in partners)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ('{ programme: "cbp" }', 80),
        ('{ scheme: "cbp-pilots" }', 38),
        ('{ scheme: "cbp-national-programmes" }', 18),
        ('{ kind: "pilot-local" }', 22),
        ('{ kind: "pilot-regional" }', 15),
        ('{ kind: "pilot-national" }', 1),
        ('{ organisation: "cumbria-county-council" }', 2),
        ('{ text: "CUMBRIA" }', 4),
        ('{ text: "cumbria", kind: "pilot-regional" }', 1),
        ('{ programme: "cbp", scheme: "cpa" }', 0),
        ('{ text: "%" }', 0),
        ('{ text: "_" }', 0),
        ('{ text: "\\\\" }', 0),
        ("{}", 88),
        ("null", 88),
    ],
)
def test_a_filter_returns_the_partnerships_that_it_names(shared_api: Api, wanted: str, count: int) -> None:
    found = shared_api.ask(f"{{ partnerships(filter: {wanted}, first: 100) {{ totalCount nodes {{ code }} }} }}")
    assert (count, count) == (found["partnerships"]["totalCount"], len(found["partnerships"]["nodes"]))


# --- One partnership --------------------------------------------------------------------------------------------------


def test_worcestershire_holds_a_workshop_in_march_2004_and_works_from_july_2004_to_march_2005(shared_api: Api) -> None:
    dated = timeline(
        shared_api,
        fields="__typename lane kind title on { text precision earliest latest approximate } until { text latest }",
    )[:2]
    expected = [
        {
            "__typename": "BidEntry",
            "lane": "BID",
            "kind": "HappeningNoted",
            "title": "An independently run workshop gives rise to the bid.",
            "on": {
                "text": "2004-03",
                "precision": "MONTH",
                "earliest": "2004-03-01",
                "latest": "2004-03-31",
                "approximate": False,
            },
            "until": None,
        },
        {
            "__typename": "DeliveryEntry",
            "lane": "DELIVERY",
            "kind": "DeliveryPeriodStated",
            "title": "The project's stated duration.",
            "on": {
                "text": "2004-07",
                "precision": "MONTH",
                "earliest": "2004-07-01",
                "latest": "2004-07-31",
                "approximate": False,
            },
            "until": {"text": "2005-03", "latest": "2005-03-31"},
        },
    ]
    assert expected == dated


def test_worcestershire_has_one_award_of_75000_pounds_that_no_source_dates(shared_api: Api) -> None:
    found = shared_api.ask(
        f'{{ partnership(code: "{WORCESTERSHIRE}") {{ awards {{ status basis amount {{ amount currency }}'
        " on { text precision earliest latest } bid { id } partnership { code } payments { number } } } }"
    )
    expected: dict[str, Any] = {
        "status": "stated",
        "basis": "total_stated",
        "amount": {"amount": "75000.00", "currency": "GBP"},
        "on": {"text": "unknown", "precision": "UNKNOWN", "earliest": None, "latest": None},
        "bid": None,
        "partnership": {"code": WORCESTERSHIRE},
        "payments": [],
    }
    assert [expected] == found["partnership"]["awards"]


def test_an_award_is_found_by_its_reference(shared_api: Api) -> None:
    reference = f"{WORCESTERSHIRE}/total_stated/75000"
    found = shared_api.ask("query ($r: String) { award(reference: $r) { reference purpose } }", r=reference)
    assert {
        "reference": reference,
        "purpose": "Consultants to review and audit community strategies and support joint working",
    } == found["award"]


def test_the_delays_that_worcestershire_reports_are_on_its_timeline_with_their_source(shared_api: Api) -> None:
    found = timeline(shared_api, fields="kind lane title actor event { id name actor authority data }")
    shown = {
        (entry["lane"], json.loads(entry["event"]["data"])["source"]["cites"])
        for entry in found
        if entry["kind"] == "DelayReported"
    }
    lanes = {"release_of_funds": "DISBURSEMENT", "consultant_delivery": "DELIVERY", "application": "BID"}
    expected = {
        (lanes[row["stage"]], row["source"]) for row in rows("delays.csv") if row["partnership_code"] == WORCESTERSHIRE
    }
    assert expected == shown
    assert 3 == len(shown)


def test_every_entry_of_every_timeline_names_the_row_that_states_it(shared_api: Api) -> None:
    found = partnerships(
        shared_api, "code timeline(first: 100) { totalCount nodes { id kind actor event { id name actor data } } }"
    )
    entries = [entry for one in found for entry in one["timeline"]["nodes"]]
    assert sum(one["timeline"]["totalCount"] for one in found) == len(entries)
    for entry in entries:
        event = entry["event"]
        assert (event["name"], event["actor"]) == (entry["kind"], entry["actor"])
        assert event["id"].removeprefix("event") == entry["id"].removeprefix("entry")
        source = json.loads(event["data"])["source"]
        assert source["cites"] in cited_in(source["register"]), source


_READ: dict[str, list[dict[str, str]]] = {}


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a file, read once."""
    return _READ.setdefault(name, rows(name))


def cited_in(name: str) -> set[str]:
    """What the rows of a file cite; a step of support cites what the row of another file cites that states it."""
    files = {row.get("file", name) for row in rows_of(name)}
    return {row["source"] for file in files for row in rows_of(file)}


# --- Money ------------------------------------------------------------------------------------------------------------


def test_the_seven_pilot_awards_add_up_to_701997_pounds(shared_api: Api) -> None:
    found = partnerships(shared_api, "awards { amount { amount currency } }", wanted='{ scheme: "cbp-pilots" }')
    amounts = [award["amount"] for one in found for award in one["awards"]]
    assert 7 == len(amounts)
    assert {"GBP"} == {amount["currency"] for amount in amounts}
    assert Decimal("701997.00") == sum(Decimal(amount["amount"]) for amount in amounts)


def test_the_amounts_on_the_pilots_timelines_add_up_to_the_same_sum(shared_api: Api) -> None:
    found = partnerships(
        shared_api, "timeline(first: 100) { nodes { amount { amount } } }", wanted='{ scheme: "cbp-pilots" }'
    )
    amounts = [entry["amount"] for one in found for entry in one["timeline"]["nodes"] if entry["amount"]]
    assert Decimal("701997.00") == sum(Decimal(amount["amount"]) for amount in amounts)


def test_cumbria_counts_once_and_its_components_are_shown_without_an_amount(shared_api: Api) -> None:
    found = shared_api.ask('{ partnership(code: "ace-cumbria") { awards { amount { amount } } } }')["partnership"]
    assert [{"amount": {"amount": "175000.00"}}] == found["awards"]
    entries = timeline(shared_api, "lanes: [AWARD]", code="ace-cumbria", fields="kind title amount { amount }")
    assert {"amount": "175000.00"} in [entry["amount"] for entry in entries]
    components = [entry for entry in entries if entry["kind"] == "ComponentStated"]
    assert [None, None] == [entry["amount"] for entry in components]
    assert all("Part of the award" in entry["title"] for entry in components)


@pytest.mark.parametrize("code", ["cpp-scotland-all", "nwin", "kent-swindon", "hull-peer-panels"])
def test_estimates_budgets_charges_and_deployed_sums_are_not_awards(shared_api: Api, code: str) -> None:
    assert {"awards": []} == shared_api.ask(f'{{ partnership(code: "{code}") {{ awards {{ id }} }} }}')["partnership"]
    entries = timeline(shared_api, code=code, fields="kind title")
    stated = [one["title"] for one in entries if one["kind"] in ("SumStated", "ChargeAgreed")]
    assert stated
    assert all("not an award" in title or " charges another body " in title for title in stated), stated


# --- Timelines --------------------------------------------------------------------------------------------------------


def test_entries_are_in_the_order_of_their_dates_with_the_undated_last(shared_api: Api) -> None:
    found = partnerships(shared_api, "timeline(first: 100) { nodes { position on { precision earliest latest } } }")
    for one in found:
        entries = one["timeline"]["nodes"]
        keys = [
            (entry["on"]["earliest"] or entry["on"]["latest"] or "9999-12-31", int(entry["position"]))
            for entry in entries
        ]
        assert sorted(keys) == keys
        dated = [entry["on"]["precision"] != "UNKNOWN" for entry in entries]
        assert sorted(dated, reverse=True) == dated


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        ("lanes: [BID]", ["HappeningNoted", "DelayReported"]),
        ("lanes: [AWARD]", ["AwardStated"]),
        (
            "lanes: [AWARD, OUTCOME]",
            ["AwardStated", "OutcomeStated", "EvidenceGiven", "OutcomeStated", "EvidenceGiven"],
        ),
        ("lanes: [SUPPORT]", []),
        ("lanes: []", []),
        ('from: "2004-03-31"', ["HappeningNoted", "DeliveryPeriodStated"]),
        ('from: "2004-04-01"', ["DeliveryPeriodStated"]),
        ('from: "2005-03-31"', ["DeliveryPeriodStated"]),
        ('from: "2005-04-01"', []),
        ('to: "2004-02-29"', []),
        ('to: "2004-03-01"', ["HappeningNoted"]),
        ('to: "2004-06-30"', ["HappeningNoted"]),
        ('to: "2004-07-01"', ["HappeningNoted", "DeliveryPeriodStated"]),
        ('from: "2004-12-25", to: "2004-12-25"', ["DeliveryPeriodStated"]),
        ('from: "2004-04-01", to: "2004-06-30"', []),
        ('lanes: [BID], from: "2004-01-01", to: "2004-12-31"', ["HappeningNoted"]),
    ],
)
def test_lanes_and_days_return_the_entries_that_may_lie_in_them(
    shared_api: Api, arguments: str, kinds: list[str]
) -> None:
    assert kinds == [entry["kind"] for entry in timeline(shared_api, arguments)]


def test_nothing_was_known_before_the_import_and_all_of_it_since(shared_api: Api) -> None:
    moments = shared_api.ask(
        "{ first: auditLog(first: 1) { nodes { recordedAt } } last: auditLog(last: 1) { nodes { recordedAt } } }"
    )
    first, last = (moments[key]["nodes"][0]["recordedAt"] for key in ("first", "last"))
    year, rest = first[:4], first[4:]
    assert [] == timeline(shared_api, f'knownAt: "{int(year) - 1}{rest}"')
    assert timeline(shared_api) == timeline(shared_api, f'knownAt: "{last}"')
    assert timeline(shared_api) == timeline(shared_api, 'knownAt: "2199-01-01T00:00:00+13:45"')


def test_what_was_known_between_two_files_of_the_import_has_the_first_and_not_the_second(shared_api: Api) -> None:
    found = shared_api.ask('{ auditLog(filter: { names: ["RuleStated"] }, last: 1) { nodes { recordedAt } } }')
    before = found["auditLog"]["nodes"][0]["recordedAt"]
    query = """query ($code: String, $then: DateTime) { partnership(code: $code) {
        timeline(knownAt: $then, first: 100) { totalCount nodes { kind } }
        awards { payments(knownAt: $then) { number } } outcomes(knownAt: $then) { id } } }"""
    then = shared_api.ask(query, code=WORCESTERSHIRE, then=before)["partnership"]
    kinds = {entry["kind"] for entry in then["timeline"]["nodes"]}
    assert {"PartnershipFormed", "PartnerJoined", "PilotListed"} <= kinds
    assert not {"AwardStated", "DeliveryPeriodStated", "DelayReported", "OutcomeStated"} & kinds
    assert [] == then["outcomes"]
    assert len(then["timeline"]["nodes"]) == then["timeline"]["totalCount"]
    now = shared_api.ask(query, code=WORCESTERSHIRE, then=None)["partnership"]
    assert 2 == len(now["outcomes"])


def test_outcomes_as_at_a_date_are_those_measured_by_then(shared_api: Api) -> None:
    measured = [row for row in rows("outcomes.csv") if row["measured_on"]]
    codes = {one["code"] for one in partnerships(shared_api, "code")}
    row = next(row for row in measured if row["partnership_code"] in codes)
    year = int(row["measured_on"][:4])
    query = "query ($code: String, $on: Date) { partnership(code: $code) { outcomes(asAt: $on) { indicator } } }"
    by_date = [
        shared_api.ask(query, code=row["partnership_code"], on=f"{given}-12-31")["partnership"]["outcomes"]
        for given in (year - 1, year)
    ]
    before, after = ([outcome["indicator"] for outcome in found] for found in by_date)
    assert row["indicator"] in after
    assert len(after) > len(before)


# --- Things by their ids ----------------------------------------------------------------------------------------------

EVERY_KIND = """{
  programme(code: "cbp") { id schemes { id } }
  partnership(code: "race-for-success") {
    id lead { id } bids { id reference } awards { id } outcomes { id }
    timeline(first: 1) { nodes { __typename id event { id } } }
  }
}"""


def every_kind(api: Api) -> dict[str, str]:
    """An id of each kind of item, by the name of its type."""
    found = api.ask(EVERY_KIND)
    partnership = found["partnership"]
    return {
        "Programme": found["programme"]["id"],
        "Scheme": found["programme"]["schemes"][0]["id"],
        "Organisation": partnership["lead"]["id"],
        "Partnership": partnership["id"],
        "Bid": partnership["bids"][0]["id"],
        "Award": partnership["awards"][0]["id"],
        "Outcome": partnership["outcomes"][0]["id"],
        "AuditEntry": partnership["timeline"]["nodes"][0]["event"]["id"],
        partnership["timeline"]["nodes"][0]["__typename"]: partnership["timeline"]["nodes"][0]["id"],
    }


def test_every_kind_of_item_is_found_by_its_id(shared_api: Api) -> None:
    for kind, global_id in every_kind(shared_api).items():
        found = shared_api.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=global_id)
        assert {"__typename": kind, "id": global_id} == found["node"]


def test_every_type_with_an_id_is_an_item_and_no_two_items_have_one_id(shared_api: Api) -> None:
    kinds = [kind for kind in build_schema(PRINTED.read_text()).type_map.values() if is_object_type(kind)]
    assert [] == [
        kind.name for kind in kinds if "id" in kind.fields and "Node" not in {one.name for one in kind.interfaces}
    ]
    ids = every_kind(shared_api)
    assert len(ids) == len({*ids.values()})


def test_an_entry_of_a_timeline_has_an_id_of_its_own_and_its_event_keeps_the_id_that_it_had(shared_api: Api) -> None:
    (entry,) = timeline(shared_api, "lanes: [AWARD]", fields="id title event { id }")[:1]
    kind, _, key = entry["event"]["id"].partition("-")
    assert ("event", f"entry-{key}") == (kind, entry["id"])
    query = """query ($id: ID!) { node(id: $id) { __typename id
        ... on TimelineEntry { title event { id } } ... on AuditEntry { name } } }"""
    assert entry | {"__typename": "AwardEntry"} == shared_api.ask(query, id=entry["id"])["node"]
    assert {"__typename": "AuditEntry", "id": entry["event"]["id"], "name": "AwardStated"} == shared_api.ask(
        query, id=entry["event"]["id"]
    )["node"]
    # No event has this id.
    assert {"node": None} == shared_api.ask(query, id="entry-01890000-0000-7000-8000-000000000001")


def test_items_are_in_the_order_of_their_ids_with_null_for_unknown_ones(shared_api: Api) -> None:
    ids = list(every_kind(shared_api).values())
    asked = [*reversed(ids), "award-none", ids[0], "nonsense", ""]
    found = shared_api.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=asked)["nodes"]
    assert [*reversed(ids), None, ids[0], None, None] == [one["id"] if one else None for one in found]


def test_a_partnership_is_the_same_by_id_and_by_code(shared_api: Api) -> None:
    by_code = shared_api.ask("query ($c: String) { partnership(code: $c) { id code name } }", c=WORCESTERSHIRE)
    by_id = shared_api.ask("query ($id: ID) { partnership(id: $id) { id code name } }", id=by_code["partnership"]["id"])
    assert by_code == by_id


# --- The audit log ----------------------------------------------------------------------------------------------------


def test_the_log_counts_as_many_events_as_the_audit_shows(shared_api: Api) -> None:
    found = shared_api.ask(
        "{ log { position recordedAt projections { name position lag state } }"
        " auditLog(last: 1) { totalCount nodes { position recordedAt } } }"
    )
    log, audit = found["log"], found["auditLog"]
    assert log["position"] == audit["nodes"][0]["position"] == str(audit["totalCount"])
    assert log["recordedAt"] == audit["nodes"][0]["recordedAt"]
    expected = {"position": log["position"], "lag": 0, "state": "running"}
    names = sorted(model.NAME for model in READ_MODELS)
    assert [{"name": name, **expected} for name in names] == log["projections"]


def test_an_event_says_who_recorded_it_under_which_authority_and_command(shared_api: Api) -> None:
    (entry,) = shared_api.ask(
        '{ auditLog(filter: { names: ["AwardStated"] }, first: 1) { nodes {'
        " name stream version actor authority commandId correlationId causationId effective { text } } } }"
    )["auditLog"]["nodes"]
    assert ("AwardStated", 1, "import cbp", "as its source states", "tests", None, {"text": "unknown"}) == (
        entry["name"], entry["version"], entry["actor"], entry["authority"], entry["correlationId"],
        entry["causationId"], entry["effective"],
    )  # fmt: skip
    assert entry["stream"].startswith("award-")
    assert entry["commandId"].startswith("cbp/awards.csv/")


def test_the_audit_is_filtered_by_every_condition_that_it_names(shared_api: Api) -> None:
    query = "query ($f: AuditFilter) { auditLog(filter: $f, first: 100) { totalCount nodes {"
    query += " position stream name actor commandId recordedAt } } }"

    def audit(**wanted: Any) -> list[Any]:
        found = shared_api.ask(query, f=wanted)["auditLog"]
        assert min(100, found["totalCount"]) == len(found["nodes"])
        return list(found["nodes"])

    (workshop,) = audit(names=["HappeningNoted"], after="900", upTo="1000")[:1] or audit(names=["HappeningNoted"])[:1]
    assert [workshop] == [e for e in audit(commandId=workshop["commandId"]) if e["position"] == workshop["position"]]
    assert {workshop["stream"]} == {entry["stream"] for entry in audit(stream=workshop["stream"])}
    assert {"PilotListed"} == {entry["name"] for entry in audit(names=["PilotListed"])}
    assert 38 == len(audit(names=["PilotListed"]))
    assert [] == audit(names=[])
    assert [] == audit(actor="nobody")
    assert 100 == len(audit(actor="import cbp"))
    assert ["4", "5"] == [entry["position"] for entry in audit(after="3", upTo="5")]
    moment = workshop["recordedAt"]
    same = audit(recordedFrom=moment, recordedTo=moment)
    assert {moment} == {entry["recordedAt"] for entry in same}
    partnership = shared_api.ask(f'{{ partnership(code: "{WORCESTERSHIRE}") {{ id timeline {{ totalCount }} }} }}')
    about = audit(partnership=partnership["partnership"]["id"])
    # One event more than entries: the award that a second file confirms is no second entry.
    assert partnership["partnership"]["timeline"]["totalCount"] + 1 == len(about)

"""The bodies and rules that sources state, and rules of the office, over GraphQL: whose they are, and since when."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from domain import bid
from domain.across.authority import NoAuthority
from domain.programme import PublishCriteria, SetServiceStandard
from domain.values.correction import CorrectDate
from domain.values.ids import BidId
from domain.values.waiting import Days, Span
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.imports.cbp import facts as cbp
from infra.log.postgres_log import PostgresLog
from tests.kit.money import Desk, desk, gbp
from tests.kit.office import opened_office
from tests.kit.web.served import Api, served, until

BODY = """code name kind composition remit statedOnly sources since { text } ended { text } scheme { code }
    partnership { code } event { name cites } statements { name cites } members { role }"""
RULE = """about text kind number limit { amount currency } source statedOnly since { text } scheme { code }
    partnership { code } body { code } event { name cites }"""
LIMIT = """code decisions words limit { amount currency } statedOnly sources body { code name } since { text }
    partnership { code } scheme { code } givenBy { code } statements { name cites }"""
OF_PROGRAMMES = f"""query ($asAt: Date, $knownAt: DateTime) {{ programmes {{ code
    bodies(asAt: $asAt, knownAt: $knownAt) {{ {BODY} }} rules(asAt: $asAt, knownAt: $knownAt) {{ {RULE} }}
    delegations(asAt: $asAt, knownAt: $knownAt) {{ {LIMIT} }}
    schemes {{ code bodies(asAt: $asAt) {{ {BODY} }} rules(asAt: $asAt) {{ {RULE} }} }} }} }}"""
OF_PARTNERSHIP = f"""query ($code: String, $asAt: Date) {{ partnership(code: $code) {{
    bodies(asAt: $asAt) {{ {BODY} delegations {{ {LIMIT} }} }} rules(asAt: $asAt) {{ {RULE} }} }} }}"""
SECOND = "002_a67de86aabb6e739.txt"


def programmes(api: Api, **given: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.ask(OF_PROGRAMMES, **given)["programmes"]
    return found


def every(api: Api, name: str, **given: Any) -> list[dict[str, Any]]:
    return [one for each in programmes(api, **given) for one in each[name]]


def of_partnership(api: Api, code: str, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.ask(OF_PARTNERSHIP, code=code, **given)["partnership"]
    return found


def test_all_38_bodies_and_55_rules_are_there_each_with_its_source(shared_api: Api) -> None:
    bodies, rules = every(shared_api, "bodies"), every(shared_api, "rules")
    assert (38, 55) == (len(bodies), len(rules))
    assert {True} == {one["statedOnly"] for one in [*bodies, *rules]}
    assert {("GovernanceBodyEstablished", "unknown")} == {
        (one["event"]["name"], one["since"]["text"]) for one in bodies
    }
    assert {("RuleStated", "unknown"), ("EligibilityRulePublished", "unknown")} == {
        (one["event"]["name"], one["since"]["text"]) for one in rules
    }
    assert all(one["sources"] == [one["event"]["cites"]] for one in bodies)
    assert all(one["source"] == one["event"]["cites"] for one in rules)
    # A code names one body.
    assert 38 == len({one["code"] for one in bodies})


def test_devon_s_steering_group_has_one_limit_that_two_sources_state(shared_api: Api) -> None:
    devon = of_partnership(shared_api, "dip")
    assert 7 == len(devon["bodies"])
    (group,) = (one for one in devon["bodies"] if one["name"] == "Steering Group")
    assert ("dip/steering-group", "steering", "dip", None, [f"{SECOND}:409"], None) == (
        group["code"], group["kind"], group["partnership"]["code"], group["scheme"], group["sources"], group["ended"],
    )  # fmt: skip
    assert group["composition"].startswith("Six Chief Executives")
    assert group["remit"] == "Steers implementation, monitors progress and approves spending decisions"
    (limit,) = group["delegations"]
    assert limit == {
        "code": "dip/steering-group",
        "decisions": [],
        "words": "Steers implementation, monitors progress and approves spending decisions",
        "limit": {"amount": "50000.00", "currency": "GBP"},
        "statedOnly": True,
        "sources": [f"{SECOND}:409", f"{SECOND}:409"],
        "body": {"code": "dip/steering-group", "name": "Steering Group"},
        "since": {"text": "unknown"},
        "partnership": {"code": "dip"},
        "scheme": None,
        "givenBy": None,
        "statements": [
            {"name": "GovernanceBodyEstablished", "cites": f"{SECOND}:409"},
            {"name": "RuleStated", "cites": f"{SECOND}:409"},
        ],
    }
    # It is the only limit that any source states, and no group of another version has it.
    assert [limit] == every(shared_api, "delegations")


def test_devon_s_rules_say_what_they_are_about_and_what_kind_they_are_where_that_is_certain(shared_api: Api) -> None:
    rules = of_partnership(shared_api, "dip")["rules"]
    assert [
        ("Steering Group", "DELEGATED_LIMIT", None, {"amount": "50000.00", "currency": "GBP"}),
        ("Good Initiatives Fund", "MINIMUM_PARTNERS", 2, None),
        ("Steering Group", None, None, None),
        ("Partner authorities", None, None, None),
        ("Provider Pool", None, None, None),
    ] == [(one["about"], one["kind"], one["number"], one["limit"]) for one in rules]
    # A source states the body Steering Group, and states none with the names of the others.
    assert [{"code": "dip/steering-group"}, None, {"code": "dip/steering-group"}, None, None] == [
        one["body"] for one in rules
    ]
    numbered = {one["about"]: (one["kind"], one["number"]) for one in every(shared_api, "rules") if one["number"]}
    assert {
        "Good Initiatives Fund": ("MINIMUM_PARTNERS", 2),
        "CBP subsidy": ("SUBSIDISED_PARTICIPANTS", 16),
        # Of the scheme of capacity building: at least two of the partners are authorities.
        "Eligibility": ("ORGANISATION_KIND", 2),
    } == numbered


def test_kent_s_money_is_ring_fenced_by_its_letter_and_scotland_has_its_funding_rules(shared_api: Api) -> None:
    kent = of_partnership(shared_api, "kent-swindon")
    assert ["joint arrangements"] == [one["kind"] for one in kent["bodies"]]
    assert (
        "Kent County Council allocation",
        "The determination letter ties the money to benefit for the whole sector and excludes benefit to Kent",
        f"{SECOND}:1307",
    ) == tuple(kent["rules"][0][name] for name in ("about", "text", "source"))
    assert 2 == len(kent["rules"])
    scotland = of_partnership(shared_api, "cpp-scotland-all")
    assert ([], 5) == (scotland["bodies"], len(scotland["rules"]))
    assert [
        "Pump-priming is proposed for partnerships that submit Capacity Building Plans",
        "Funding could follow the proposed implementation cost or a pro-rata formula",
    ] == [one["text"] for one in scotland["rules"] if one["about"] == "Community Planning Partnerships"][:2]
    assert {None} == {one["kind"] for one in scotland["rules"]}
    # The task force advises the whole of Scotland's community planning, so it is of that scheme.
    (scheme,) = (
        one
        for each in programmes(shared_api)
        for one in each["schemes"]
        if one["code"] == "community-planning-scotland"
    )
    assert [("Community Planning Task Force", None)] == [(one["name"], one["partnership"]) for one in scheme["bodies"]]


def test_a_rule_of_a_scheme_is_no_rule_of_its_partnerships(shared_api: Api) -> None:
    cbp = next(one for one in programmes(shared_api) if one["code"] == "cbp")
    by_scheme = {one["code"]: [each["text"] for each in one["rules"]] for one in cbp["schemes"]}
    ring_fence = "Changed subsidy regime offers ring-fenced funding usable only for national programme take-up"
    # Counted in the file: six for pilots, two for direct support, one for national programmes, three for partnerships.
    assert {
        "cbp-pilots": 6, "cbp-direct-support": 2, "cbp-national-programmes": 1, "cbp-improvement-partnerships": 3,
    } == {code: len(texts) for code, texts in by_scheme.items()}  # fmt: skip
    assert ring_fence in by_scheme["cbp-improvement-partnerships"]
    assert ring_fence not in [one["text"] for one in of_partnership(shared_api, "dip")["rules"]]
    # The control: a rule of a partnership is none of its scheme, and the programme has both.
    assert not {one["text"] for one in of_partnership(shared_api, "dip")["rules"]} & {
        one for texts in by_scheme.values() for one in texts
    }
    whose = {(one["scheme"] or one["partnership"])["code"] for one in cbp["rules"]}
    assert {"cbp-improvement-partnerships", "dip", "portsmouth-future-leaders"} <= whose
    assert all((one["scheme"] is None) != (one["partnership"] is None) for one in cbp["rules"])


def test_what_no_source_dates_may_hold_on_any_day_and_nothing_was_known_before_it_was_recorded(
    shared_api: Api,
) -> None:
    assert every(shared_api, "rules") == every(shared_api, "rules", asAt="1066-10-14")
    assert 38 == len(every(shared_api, "bodies", asAt="1066-10-14"))
    begun = shared_api.ask('{ auditLog(filter: {names: ["RuleStated"]}, first: 1) { nodes { recordedAt } } }')
    before = begun["auditLog"]["nodes"][0]["recordedAt"].replace("20", "19", 1)
    found = {name: every(shared_api, name, knownAt=before) for name in ("bodies", "rules", "delegations")}
    assert {"bodies": [], "rules": [], "delegations": []} == found


# --- A source that states it otherwise --------------------------------------------------------------------------------


def edited(folder: Path, name: str, old: str, new: str) -> None:
    file = folder / name
    text = file.read_bytes().decode()
    assert 1 == text.count(old), old
    file.write_bytes(text.replace(old, new).encode())


def imported(database: Database, folder: Path) -> None:
    with PostgresLog(database) as log:
        report = cbp.full_report(cbp.import_cbp(log, folder, correlation_id="test"))
    assert 0 == report.broken
    project_all(database)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return Path(shutil.copytree(cbp.DEMO, tmp_path / "files"))


LIMITS = """query ($knownAt: DateTime) { partnership(code: "dip") {
    rules(knownAt: $knownAt) { limit { amount } }
    bodies(knownAt: $knownAt) { id name remit
        delegations(knownAt: $knownAt) { id limit { amount } sources statements { name } } } } }"""


def limits(api: Api, known_at: str | None = None) -> list[tuple[str, list[str]]]:
    """The limits of Devon's steering group, each with the events that state it."""
    found = api.ask(LIMITS, knownAt=known_at)["partnership"]["bodies"]
    (group,) = (one for one in found if one["name"] == "Steering Group")
    return [(one["limit"]["amount"], [each["name"] for each in one["statements"]]) for one in group["delegations"]]


RULE_SAYS, BODY_SAYS = "RuleStated", "GovernanceBodyEstablished"


def test_sources_that_state_two_amounts_state_two_limits_and_what_was_known_before_stays(
    programme: Database, files: Path
) -> None:
    with served(programme, projector=False) as api:
        assert [("50000.00", [BODY_SAYS, RULE_SAYS])] == limits(api)
        then = api.ask("{ auditLog(last: 1) { nodes { recordedAt } } }")["auditLog"]["nodes"][0]["recordedAt"]
        edited(files, "limits.csv", "dip,Steering Group,50000,", "dip,Steering Group,60000,")
        imported(programme, files)
        assert {("50000.00", (BODY_SAYS,)), ("60000.00", (RULE_SAYS,))} == {
            (amount, tuple(by)) for amount, by in limits(api)
        }
        assert [("50000.00", [BODY_SAYS, RULE_SAYS])] == limits(api, then)
        # Both sources say so again: it is one limit, and the body is still the same.
        edited(files, "governance.csv", 'approves spending decisions",50000,', 'approves spending decisions",60000,')
        imported(programme, files)
        assert [("60000.00", [RULE_SAYS, BODY_SAYS])] == limits(api)
        assert [("50000.00", [BODY_SAYS, RULE_SAYS])] == limits(api, then)
        now, before = (
            next(one for one in api.ask(LIMITS, knownAt=at)["partnership"]["bodies"] if one["name"] == "Steering Group")
            for at in (None, then)
        )
        assert now["id"] == before["id"]


def test_a_body_that_its_source_describes_otherwise_is_the_same_body_with_other_words(
    programme: Database, files: Path
) -> None:
    with served(programme, projector=False) as api:
        then = api.ask("{ auditLog(last: 1) { nodes { recordedAt } } }")["auditLog"]["nodes"][0]["recordedAt"]
        edited(files, "governance.csv", "Supports the programme,,", "Supports the whole programme,,")
        imported(programme, files)

        def team(known_at: str | None) -> dict[str, Any]:
            found = api.ask(LIMITS, knownAt=known_at)["partnership"]["bodies"]
            (one,) = (each for each in found if each["name"] == "Programme Team")
            return dict(one)

        assert ("Supports the whole programme", "Supports the programme") == (team(None)["remit"], team(then)["remit"])
        assert team(None)["id"] == team(then)["id"]
        assert 38 == len(every(api, "bodies"))
        assert ["Body"] == [
            one["__typename"]
            for one in api.ask("query ($id: ID!) { nodes(ids: [$id]) { __typename } }", id=team(None)["id"])["nodes"]
        ]


def test_a_body_that_its_source_names_otherwise_is_another_body_and_the_old_one_is_still_found(
    programme: Database, files: Path
) -> None:
    asked = """query ($knownAt: DateTime) { programme(code: "cbp") {
        delegations(knownAt: $knownAt) { body { name } statements { name } } } }"""
    with served(programme, projector=False) as api:
        position = api.ask("{ log { position } }")["log"]["position"]
        (old,) = (one for one in api.ask(LIMITS)["partnership"]["bodies"] if one["name"] == "Steering Group")
        then = api.ask("{ auditLog(last: 1) { nodes { recordedAt } } }")["auditLog"]["nodes"][0]["recordedAt"]
        edited(files, "governance.csv", "dip,Steering Group,", "dip,Steering Board,")
        imported(programme, files)
        # The rule still names the group, which no source states as a body now: its limit is shown with the rule alone.
        assert [{"body": {"name": "Steering Board"}, "statements": [{"name": BODY_SAYS}]}] == (
            api.ask(asked)["programme"]["delegations"]
        )
        assert ["50000.00"] == [
            one["limit"]["amount"] for one in api.ask(LIMITS)["partnership"]["rules"] if one["limit"]
        ]
        before = api.ask(asked, knownAt=then)["programme"]["delegations"]
        assert [("Steering Group", 2)] == [(one["body"]["name"], len(one["statements"])) for one in before]
        found = api.ask("query ($id: ID!) { node(id: $id) { ... on Body { name } } }", id=old["id"])["node"]
        assert {"name": "Steering Group"} == found
        page = api.http.get(f"/programmes/cbp/authority?position={position}")
        assert (200, True) == (page.status_code, "Steering Group" in page.text)


# --- A limit that is only stated binds nobody -------------------------------------------------------------------------


def decided(at: Desk, name: str) -> None:
    """A bid of Devon for 60,000 is approved by somebody who sits on no body."""
    bid_id, on = BidId(f"bid-{name}"), When("2005-04-11")
    of = {"partnership_id": at.find("partnership", "dip"), "reference": name, "title": name}
    at.do(bid.SubmitBid(bid_id=bid_id, requested=gbp("60000.00"), on=on, **of))
    at.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("60000.00"), on=When("2005-05-02")), "director")


def test_a_stated_limit_refuses_no_decision_and_a_limit_of_the_office_does(programme: Database) -> None:
    """A source names no members of Devon's group and no kinds of decision, so nobody could decide under its limit."""
    with desk(programme) as at:
        decided(at, "above-what-is-stated")
        opened_office(at)
        with pytest.raises(NoAuthority):
            decided(at, "above-what-is-granted")


def test_a_command_that_names_a_body_that_is_only_stated_is_refused_by_name(programme: Database) -> None:
    asked = """mutation ($body: ID!) { closeBody(input: {commandId: "c", programme: "cbp", body: $body, because: "x",
        on: "2005-01-01"}) { __typename ... on Refusal { rule } } }"""
    with served(programme) as api:
        found = api.ask('{ partnership(code: "dip") { bodies { id code name } } }')["partnership"]["bodies"]
        (group,) = (one for one in found if one["name"] == "Steering Group")
        assert {"__typename": "Refusal", "rule": "BodyUnknown"} == api.ask(asked, body=group["id"])["closeBody"]
        error = api.error(asked, body=group["code"])
        assert ("BAD_USER_INPUT", "body is not an id of type body, and no body has this code.") == (
            error["extensions"]["code"], error["message"],
        )  # fmt: skip


# --- Rules of the office ----------------------------------------------------------------------------------------------


def test_criteria_and_service_standards_of_the_office_are_rules_until_others_take_their_place(
    programme: Database,
) -> None:
    with desk(programme) as at:
        of = {"programme_id": at.find("programme", "cbp"), "scheme_id": at.find("scheme", "cbp-pilots")}
        at.do(PublishCriteria(criteria=("Impact", "Reach"), on=When("2005-04-01"), **of))
        at.do(PublishCriteria(criteria=("Impact",), on=When("2006-04-01"), **of))
        standard: dict[str, Any] = {"programme_id": of["programme_id"], "span": Span.DECISION, "days": Days.WORKING}
        at.do(SetServiceStandard(limit=60, on=When("2005-04-01"), **standard))
        with served(programme) as api:

            def published(day: str | None = None) -> list[tuple[Any, ...]]:
                return [
                    (one["kind"], one["about"], one["text"], one["number"], one["scheme"] and one["scheme"]["code"])
                    for one in every(api, "rules", asAt=day)
                    if not one["statedOnly"]
                ]

            both = ("CRITERIA", "Bids", "Impact; Reach", None, "cbp-pilots")
            one = ("CRITERIA", "Bids", "Impact", None, "cbp-pilots")
            sixty = ("SERVICE_STANDARD", "Decision", "At most 60 working days", 60, None)
            until(lambda: [both, one, sixty] == published(), "the rules are shown")
            assert [] == published("2005-03-31")
            assert [both, sixty] == published("2005-04-01")
            assert [both, sixty] == published("2006-03-31")
            assert [one, sixty] == published("2006-04-01")
            # The second criteria were dated a year too late: from now on they count a year earlier.
            at.do(
                CorrectDate(
                    programme_id=of["programme_id"],
                    step="AssessmentCriteriaPublished",
                    was=When("2006-04-01"),
                    date=When("2005-10-01"),
                    because="Mistyped",
                    on=When("2006-05-01"),
                )
            )
            until(lambda: [one, sixty] == published("2005-10-01"), "the corrected date counts")
            assert [both, sixty] == published("2005-09-30")
            assert 57 + 1 == len(every(api, "rules"))

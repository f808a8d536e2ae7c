"""The names and the roles of an organisation over time, as at any day and as known at any instant."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from domain.delivery import SupplierEngaged, SupplierReplaced
from domain.organisation import RenameOrganisation
from domain.partnership import AppointSupplier, ChangeLead, JoinPartnership, LeavePartnership
from domain.stated_grant import StatedOrganisation
from domain.values.correction import CorrectDate
from domain.values.fact import InvolvementStated, Record, StatementReplaced
from domain.values.ids import OrganisationId
from domain.values.when import UNKNOWN, When
from infra.database.pool import query
from projections.register.held import partners_by_then
from tests.api.types.test_names import ask  # noqa: F401 - a fixture
from tests.kit.examples import stated
from tests.kit.money import Desk, desk
from tests.kit.stated import CARLISLE, GRANT, ids_of, states
from tests.kit.web.served import Api

SOURCE = stated("names.csv", "row 2")
CODE, LED = "cumbria-county-council", "worcestershire-partnership"
HELD = """query ($code: String!, $asAt: Date, $knownAt: DateTime, $p: LogPosition) {
  organisations(filter: { code: $code }, atLeast: $p) { nodes {
    names(asAt: $asAt, knownAt: $knownAt) {
      name since { text } until { text } statedOnly knownSince event { name position recordedAt } }
    roles(asAt: $asAt, knownAt: $knownAt) {
      role since { text } until { text } statedOnly partnership { code name } event { name } } } } }"""


def held(asked: Any, at: Desk, code: str = CODE, **clocks: Any) -> Any:
    """The names and roles of an organisation."""
    (found,) = asked(HELD, code=code, p=f"{at.log.position()}", **clocks)["organisations"]["nodes"]
    return found


def names(asked: Any, at: Desk, code: str = CODE, **clocks: Any) -> list[tuple[Any, ...]]:
    return [
        (one["name"], text(one["since"]), text(one["until"]), one["statedOnly"], one["event"]["name"])
        for one in held(asked, at, code, **clocks)["names"]
    ]


def roles(asked: Any, at: Desk, code: str = CODE, partnership: str = "dip", **clocks: Any) -> list[tuple[Any, ...]]:
    return [
        (one["role"], text(one["since"]), text(one["until"]), one["statedOnly"], one["event"]["name"])
        for one in held(asked, at, code, **clocks)["roles"]
        if one["partnership"]["code"] == partnership
    ]


def its_id(one: StatedOrganisation) -> OrganisationId:
    return ids_of(GRANT).organisations[one.code]


def text(when: Any) -> str | None:
    return when["text"] if when is not None else None


def council(at: Desk) -> OrganisationId:
    return OrganisationId(at.find("organisation", CODE))


FIRST = ("Cumbria County Council", None, None, False, "OrganisationRegistered")


def test_each_name_holds_from_its_date_until_that_of_the_next(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        assert [FIRST] == names(ask, at)
        # The order of recording does not matter.
        for name, on in (("Later", "2009-04-01"), ("Earlier", "2008-05")):
            at.do(RenameOrganisation(organisation_id=council(at), name=name, on=When(on)))
        first = ("Cumbria County Council", None, "2008-05", False, "OrganisationRegistered")
        earlier = ("Earlier", "2008-05", "2009-04-01", False, "OrganisationRenamed")
        assert [first, earlier, ("Later", "2009-04-01", None, False, "OrganisationRenamed")] == names(ask, at)
        # On a day only what had taken effect by then is shown. The month counts from its last day.
        assert [first, ("Earlier", "2008-05", None, False, "OrganisationRenamed")] == names(ask, at, asAt="2009-03-31")
        assert [FIRST] == names(ask, at, asAt="2008-05-30")


def test_a_name_without_a_date_says_so(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        at.do(RenameOrganisation(organisation_id=council(at), name="Undated", on=UNKNOWN))
        first = ("Cumbria County Council", None, "unknown", False, "OrganisationRegistered")
        assert [first, ("Undated", "unknown", None, False, "OrganisationRenamed")] == names(ask, at)


def test_a_name_that_only_a_source_used_is_beside_the_names_and_changes_none(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        at.do(states("2004"))
        at.do(states("2005", recipients=(replace(CARLISLE, name="Carlisle CC"),)))
        at.do(RenameOrganisation(organisation_id=its_id(CARLISLE), name="Undated", on=UNKNOWN))
        first = (CARLISLE.name, None, "unknown", False, "OrganisationRegistered")
        renamed = ("Undated", "unknown", None, False, "OrganisationRenamed")
        stated_only = ("Carlisle CC", "unknown", None, True, "NameStated")
        assert [first, renamed, stated_only] == names(ask, at, CARLISLE.code)
        shown = f'{{ organisations(filter: {{ code: "{CARLISLE.code}" }}) {{ nodes {{ name }} }} }}'
        assert [{"name": "Undated"}] == ask(shown)["organisations"]["nodes"]


def test_a_name_whose_date_was_corrected_is_known_with_each_date_at_its_time(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        at.do(RenameOrganisation(organisation_id=council(at), name="Renamed", on=When("2008-04-01")))
        (_, wrong) = held(ask, at)["names"]
        before = datetime.now(UTC).isoformat()
        at.do(
            CorrectDate(
                organisation_id=council(at), step="OrganisationRenamed", date=When("2009-04-01"), because="Slip",
                on=When("2010-01-01"),
            )
        )  # fmt: skip
        assert [None, "2009-04-01"] == [since for _, since, *_ in names(ask, at)]
        assert [None, "2008-04-01"] == [since for _, since, *_ in names(ask, at, knownAt=before)]
        (_, right) = held(ask, at)["names"]
        assert wrong["event"] == right["event"]
        assert wrong["knownSince"] == wrong["event"]["recordedAt"] < right["knownSince"]


def test_a_role_holds_until_the_partner_leaves_or_another_one_leads(api: Api, ask: Any) -> None:  # noqa: F811
    leads = ask(f'{{ partnership(code: "{LED}") {{ lead {{ id code }} }} }}')["partnership"]["lead"]

    def of_led(code: str, **clocks: Any) -> list[tuple[Any, ...]]:
        return roles(ask, at, code, LED, **clocks)

    with desk(api.database) as at:
        led = at.find("partnership", LED)
        ((_, formed, none, *_),) = [one for one in of_led(leads["code"]) if one[0] == "lead"]
        assert none is None
        at.do(JoinPartnership(partnership_id=led, organisation_id=council(at), role="host", on=When("2005-04-01")))
        at.do(ChangeLead(partnership_id=led, organisation_id=council(at), on=When("2005-06-01")))
        at.do(JoinPartnership(partnership_id=led, organisation_id=leads["id"], role="partner", on=When("2005-06-01")))
        at.do(ChangeLead(partnership_id=led, organisation_id=leads["id"], on=When("2005-09")))
        joined = datetime.now(UTC).isoformat()
        at.do(LeavePartnership(partnership_id=led, organisation_id=council(at), on=When("2006-01-10")))
        lead = ("lead", "2005-06-01", "2005-09", False, "LeadChanged")
        assert [("host", "2005-04-01", "2006-01-10", False, "PartnerJoined"), lead] == of_led(CODE)
        hosts = ("host", "2005-04-01", None, False, "PartnerJoined")
        assert [hosts, lead] == of_led(CODE, knownAt=joined) == of_led(CODE, asAt="2006-01-09")
        assert [hosts, ("lead", "2005-06-01", None, False, "LeadChanged")] == of_led(CODE, asAt="2005-06-30")
        assert [] == of_led(CODE, asAt="2005-03-31")
        # The partner that led before and leads again has the role twice.
        its = [one[:3] for one in of_led(leads["code"]) if one[0] == "lead"]
        assert [("lead", formed, "2005-06-01"), ("lead", "2005-09", None)] == its
        assert [[leads["code"]], [CODE], [leads["code"]]] == [
            leading(ask, day) for day in ("2005-05-31", "2005-06-01", "2005-09-30")
        ]


def leading(asked: Any, day: str) -> list[str]:
    """The partners that lead the partnership on a day."""
    query = f"""{{ partnership(code: "{LED}") {{ partners(asAt: "{day}") {{ role organisation {{ code }} }} }} }}"""
    return [one["organisation"]["code"] for one in asked(query)["partnership"]["partners"] if one["role"] == "lead"]


def test_a_supplier_has_its_role_until_another_one_takes_over_the_same_work(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        dip, other = at.find("partnership", "dip"), at.find("organisation", "idea")

        def engages(work: str, kind: Any, by: OrganisationId, on: str) -> None:
            fact = kind(partnership_id=dip, organisation_id=by, summary="Trains", on=When(on), source=SOURCE)
            at.do(Record(stream=f"delivery-{work}", fact=fact))

        engages("one", SupplierEngaged, council(at), "2005-01-01")
        engages("two", SupplierEngaged, other, "2005-02-01")
        assert [("supplier", "2005-01-01", None, False, "SupplierEngaged")] == roles(ask, at)
        engages("one", SupplierReplaced, other, "2005-07-01")
        assert [("supplier", "2005-01-01", "2005-07-01", False, "SupplierEngaged")] == roles(ask, at)
        assert [("supplier", "2005-02-01", None)] == [one[:3] for one in roles(ask, at, "idea") if "supplier" in one]


def test_an_appointed_supplier_has_its_role_until_it_leaves_and_the_timeline_shows_its_brief(
    api: Api,
    ask: Any,  # noqa: F811
) -> None:
    with desk(api.database) as at:
        dip, idea = at.find("partnership", "dip"), at.find("organisation", "idea")
        appoint = AppointSupplier(
            partnership_id=dip, organisation_id=idea, work="Training", brief="Six days", selection="A tender",
            on=When("2005-01-10"),
        )  # fmt: skip
        began = ("supplier", "2005-01-10", None, False, "SupplierAppointed")
        at.do(JoinPartnership(partnership_id=dip, organisation_id=council(at), role="host", on=When("2005-01-10")))
        at.do(appoint)
        assert began in roles(ask, at, "idea")
        before = datetime.now(UTC).isoformat()
        at.do(LeavePartnership(partnership_id=dip, organisation_id=idea, on=When("2005-06-30")))
        ended = ("supplier", "2005-01-10", "2005-06-30", False, "SupplierAppointed")
        assert ended in roles(ask, at, "idea")
        # The day before it left, and as it was known before that was recorded, it still supplies the work.
        assert began in roles(ask, at, "idea", asAt="2005-06-29")
        assert began in roles(ask, at, "idea", knownAt=before)
        assert "supplier" not in [one[0] for one in roles(ask, at, "idea", asAt="2005-01-09")]
        asked = """query ($p: LogPosition) { partnership(code: "dip", atLeast: $p) {
            timeline(first: 100) { nodes { title lane event { name } } } } }"""
        # A supplier is no partner.
        day = date(2005, 3, 1)
        partners = query(api.database, lambda connection: partners_by_then(connection, dip, as_at=day, known=None))
        assert [council(at)] == [one.organisation_id for one in partners]
        lines = ask(asked, p=f"{at.log.position()}")["partnership"]["timeline"]["nodes"]
        (line,) = [one for one in lines if one["event"]["name"] == "SupplierAppointed"]
    name = "Improvement and Development Agency"
    assert f"{name} appointed as supplier: Training. Brief: Six days. Selection: A tender" == line["title"]
    assert "DELIVERY" == line["lane"]


def test_the_end_of_a_role_whose_date_was_corrected_is_known_with_each_date(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        dip = at.find("partnership", "dip")
        at.do(JoinPartnership(partnership_id=dip, organisation_id=council(at), role="host", on=When("2005-04-01")))
        at.do(LeavePartnership(partnership_id=dip, organisation_id=council(at), on=When("2006-01-10")))
        before = datetime.now(UTC).isoformat()
        at.do(
            CorrectDate(
                partnership_id=dip, step="PartnerLeft", date=When("2006-02-10"), because="Slip", on=When("2007-01-01")
            )
        )
        assert [("host", "2005-04-01", "2006-02-10", False, "PartnerJoined")] == roles(ask, at)
        assert [("host", "2005-04-01", "2006-01-10", False, "PartnerJoined")] == roles(ask, at, knownAt=before)


def test_a_role_that_only_a_source_states_says_so_and_is_one_role(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        dip = at.find("partnership", "dip")
        for on in (When("2006"), UNKNOWN, When("2005")):
            fact = InvolvementStated(
                organisation_id=council(at), partnership_id=dip, role="adviser", on=on, source=SOURCE
            )
            at.do(Record(stream=dip, fact=fact))
        assert [("adviser", "2005", None, True, "InvolvementStated")] == roles(ask, at)


def test_a_role_that_its_source_states_no_longer_was_known_before(api: Api, ask: Any) -> None:  # noqa: F811
    with desk(api.database) as at:
        dip = at.find("partnership", "dip")
        fact = InvolvementStated(
            organisation_id=council(at), partnership_id=dip, role="adviser", on=When("2005"), source=SOURCE
        )
        at.do(Record(stream=dip, fact=fact))
        before = datetime.now(UTC).isoformat()
        version = len(at.log.histories([dip])[dip])
        replaced = StatementReplaced(version=version, fact="InvolvementStated", on=When("2006"), source=SOURCE)
        at.do(Record(stream=dip, fact=replaced))
        assert [] == roles(ask, at)
        assert [("adviser", "2005", None, True, "InvolvementStated")] == roles(ask, at, knownAt=before)

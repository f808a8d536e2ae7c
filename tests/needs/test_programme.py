"""What everybody needs to see of a programme, its streams and whom they support. Each test is named after its need."""

from decimal import Decimal

from tests.kit.web.served import Api


def test_r012_a_bid_for_an_activity_that_another_stream_supports_is_listed(asked: Api) -> None:
    """`attention` has such a bid (`BID_REPEATS`): a member is supported elsewhere for the same theme."""
    found = asked.ask("""{ attention(filter: { kind: [BID_REPEATS] }) {
        nodes { reference partnership { code } rule } } }""")["attention"]["nodes"]
    assert [("repeated", "leaders-again")] == [(one["reference"], one["partnership"]["code"]) for one in found]


def test_r063_reporting_is_the_same_for_every_stream_and_over_time(asked: Api) -> None:
    """`funding`, `outcomes` and `timeline` of programmes, schemes and partnerships have one form, on two clocks."""
    figures = "funding(asAt: $day) { awarded { amount } paid { amount } }"
    found = asked.ask(
        f"""query ($day: Date) {{ programme(code: "cbp") {{ {figures} outcomes {{ totalCount }}
            schemes {{ code {figures} outcomes {{ totalCount }} }} }} }}""",
        day="2006-03-31",
    )["programme"]
    assert 0 < found["outcomes"]["totalCount"] == sum(one["outcomes"]["totalCount"] for one in found["schemes"])
    for figure in ("awarded", "paid"):
        parts = [Decimal(one["funding"][figure]["amount"]) for one in found["schemes"]]
        assert 0 < Decimal(found["funding"][figure]["amount"]) == sum(parts)


def test_r084_reported_dates_that_disagree_all_stay(asked: Api) -> None:
    """Each statement of a date is an entry of its own on the timeline of the scheme, with its source."""
    found = asked.ask("""{ scheme(code: "cbp-improvement-partnerships") { timeline(first: 100) {
        nodes { title on { text } event { cites } } } } }""")["scheme"]["timeline"]["nodes"]
    fieldwork = [one for one in found if "fieldwork" in one["title"].lower() and "baseline" in one["title"].lower()]
    assert ["2005-09", "2005-09", "2005-10", "2005-11"] == sorted(one["on"]["text"] for one in fieldwork)
    assert all(one["event"]["cites"] for one in fieldwork)


def test_r085_all_streams_that_an_authority_receives_are_shown_at_once(asked: Api) -> None:
    """`Programme.support(organisation:, asAt:)` lists the scheme and the partnership of each."""
    found = asked.ask("""{ programme(code: "cbp") { support(organisation: "portsmouth-city-council",
        asAt: "2005-10-01") { nodes { scheme { code } partnership { code } } } } }""")["programme"]["support"]["nodes"]
    assert {"cbp-pilots", "cbp-improvement-partnerships"} <= {one["scheme"]["code"] for one in found}


def test_r086_the_same_theme_for_the_same_authority_is_detected(asked: Api) -> None:
    """`Programme.support(warnedOnly: true)` has a warning with the theme and the other partnerships."""
    found = asked.ask("""{ programme(code: "cbp") { support(organisation: "portsmouth-city-council", warnedOnly: true,
        asAt: "2005-10-01") { nodes { warning repeating { code } partnership { code } } } } }""")["programme"]
    found = found["support"]
    repeated = {one["partnership"]["code"]: [each["code"] for each in one["repeating"]] for one in found["nodes"]}
    assert {"leaders-again": ["portsmouth-future-leaders"], "portsmouth-future-leaders": ["leaders-again"]} == repeated
    assert all("supported in 2 partnerships" in one["warning"] for one in found["nodes"])


def test_r087_a_partnership_sees_that_a_member_has_support_already(asked: Api) -> None:
    """`Programme.support(partnership:)` lists all support of the members of one partnership."""
    found = asked.ask("""{ programme(code: "cbp") { support(partnership: "leaders-again", asAt: "2005-10-01") {
        nodes { organisation { code } partnership { code } } } } }""")["programme"]["support"]["nodes"]
    assert {"portsmouth-city-council"} == {one["organisation"]["code"] for one in found}
    assert {"leaders-again", "portsmouth-future-leaders"} <= {one["partnership"]["code"] for one in found}


def test_r088_suppliers_are_listed_across_streams(asked: Api) -> None:
    """`Programme.involved` and `Organisation.roles` show what each organisation does in which stream."""
    found = asked.ask("""{ organisation(code: "idea") { roles { role partnership { code scheme { code } } } }
        programme(code: "cbp") { involved { role organisation { code } scheme { code } } } }""")
    schemes = {one["partnership"]["scheme"]["code"] for one in found["organisation"]["roles"]}
    assert 2 <= len(schemes)
    assert found["programme"]["involved"]


def test_r089_a_page_for_each_programme_shows_what_it_is_and_its_rules(asked: Api) -> None:
    """`Programme` and `Scheme` have description, funder, dates and rules; the page `/programmes/cbp` shows them."""
    found = asked.ask("""{ programme(code: "cbp") { description funder { code } on { text }
        rules(asAt: "2006-01-01") { text } schemes { code description rules { text } } } }""")["programme"]
    assert found["description"]
    assert found["funder"]
    assert found["rules"]
    page = asked.http.get("/programmes/cbp", headers={"accept": "text/html"}).text
    assert found["description"].split(";")[0][:40] in page


def test_r124_changes_at_the_funder_stand_beside_delays(asked: Api) -> None:
    """The timeline of a programme with all that is below it has both, in order of date."""
    found = asked.ask("""{ programme(code: "cbp") { timeline(including: ALL, last: 100,
        lanes: [GOVERNANCE, BID, AWARD, DISBURSEMENT, DELIVERY]) { nodes { kind on { text } } }
        start: timeline(including: ALL, first: 100) { nodes { kind on { text } } } } }""")["programme"]
    kinds = {one["kind"] for part in ("timeline", "start") for one in found[part]["nodes"]}
    assert {"DelayReported", "HappeningNoted"} <= kinds


def test_r125_a_regional_office_asks_for_its_region(asked: Api) -> None:
    """`partnerships(filter: { region: ... })` and the same figures for each of them."""
    found = asked.ask("""{ partnerships(filter: { region: "north east" }) {
        nodes { code region funding { awarded { amount } } } } all: partnerships { totalCount } }""")
    regions = {one["region"] for one in found["partnerships"]["nodes"]}
    assert {"North East"} == regions
    assert len(found["partnerships"]["nodes"]) < found["all"]["totalCount"]


def test_r129_a_reclassified_project_keeps_its_earlier_class(asked: Api) -> None:
    """`Partnership.kinds(asAt:)` has each kind with its date, its reason and its event."""
    found = asked.ask("""{ partnership(code: "portsmouth-future-leaders") { kind
        kinds { kind on { text } because event { name } }
        before: kinds(asAt: "2004-12-31") { kind } } }""")["partnership"]
    assert ["pilot-local", "pilot-national"] == [one["kind"] for one in found["kinds"]]
    assert ("Open to all", "2005") == (found["kinds"][1]["because"], found["kinds"][1]["on"]["text"])
    assert "pilot-national" == found["kind"]
    assert ["pilot-local"] == [one["kind"] for one in found["before"]]


def test_r144_a_partnership_is_linked_to_the_pilot_that_it_grew_from(asked: Api) -> None:
    """`Partnership.grewFrom` and `grewInto`, with how and when."""
    found = asked.ask("""{ partnership(code: "kent-swindon") { grewFrom { because partnership { code } } }
        pilot: partnership(code: "kent-swindon-franchising-pilot") { grewInto { partnership { code } } } }""")
    assert [{"because": "The same pairing goes on", "partnership": {"code": "kent-swindon-franchising-pilot"}}] == (
        found["partnership"]["grewFrom"]
    )
    assert [{"partnership": {"code": "kent-swindon"}}] == found["pilot"]["grewInto"]

"""What bidders, the programme office and auditors need to know of bids. Each test is named after its need."""

from tests.kit.web.served import Api


def test_r006_the_time_to_a_decision_is_measured_and_is_late_past_the_standard(asked: Api) -> None:
    """`Bid.clock(asAt:)` measures it; `attention` lists the bid as late, with the day on which its standard ended."""
    found = asked.ask("""{
        bid(reference: "silence") { clock(asAt: "2004-08-31") { openDays breached } }
        attention(on: "2004-08-31", filter: { kind: [BID_WAITS], urgency: [LATE] }) {
            nodes { reference since due days who } } }""")
    assert {"openDays": 91, "breached": True} == found["bid"]["clock"]
    late = {one.pop("reference"): one for one in found["attention"]["nodes"]}
    assert {"since": "2004-06-01", "due": "2004-07-31", "days": 31, "who": "funder"} == late["silence"]


def test_r008_expected_timescales_are_stated_and_compared_with_actual_ones(asked: Api) -> None:
    """`Bid.clock { standards }` gives each with its deadline and by how much it was missed."""
    found = asked.ask("""{ bid(reference: "silence") { clock(asAt: "2004-08-31") {
        standards { span standard { days } deadline missedBy { min max } } } } }""")
    (standard,) = [one for one in found["bid"]["clock"]["standards"] if one["standard"]["days"] == 60]
    assert ("2004-07-31", {"min": 31, "max": 31}) == (standard["deadline"], standard["missedBy"])


def test_r010_the_adviser_of_a_bid_is_recorded_with_its_part(asked: Api) -> None:
    """The lane BID of the partnership's timeline shows it, with the day."""
    found = asked.ask("""{ partnership(code: "dip") {
        timeline(first: 100, lanes: [BID], from: "2004-06-03", to: "2004-06-03") { nodes { title } } } }""")
    assert ["Local Government Association advises on the bid: author"] == [
        one["title"] for one in found["partnership"]["timeline"]["nodes"]
    ]


def test_r051_an_adviser_who_later_supplies_the_project_is_flagged(asked: Api) -> None:
    """`discrepancies(filter: { rule: "adviser_supplies" })`; its people neither assess nor decide the bid."""
    found = asked.ask("""{ discrepancies(filter: { rule: "adviser_supplies" }) {
        nodes { reference partnership { code } events { name } } } }""")
    (flagged,) = found["discrepancies"]["nodes"]
    assert "dip" == flagged["partnership"]["code"]
    assert {"AdviserRecorded", "SupplierAppointed"} <= {one["name"] for one in flagged["events"]}


def test_r131_names_stay_stable_across_renaming(asked: Api) -> None:
    """`Organisation.names` has each name with its days; answers for a past day use the name of that day."""
    found = asked.ask("""{ organisations(filter: { code: "lga" }) {
        nodes { name names { name since { text } until { text } } } } }""")
    (lga,) = found["organisations"]["nodes"]
    names = lga["names"]
    assert "The new name" == lga["name"] == names[-1]["name"]
    assert ("2005-04-01", "2005-04-01") == (names[-1]["since"]["text"], names[-2]["until"]["text"])

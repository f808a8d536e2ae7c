"""What bidders, auditors and evaluators need of the register, of money passed on and of delay. Named after needs."""

from typing import Any

from tests.kit.web.served import Api


def of(asked: Api, code: str, fields: str) -> dict[str, Any]:
    """What is asked of a partnership."""
    found: dict[str, Any] = asked.ask(f'{{ partnership(code: "{code}") {{ {fields} }} }}')["partnership"]
    return found


def test_r004_each_bidder_sees_the_stages_of_its_bid_and_where_it_stands(asked: Api) -> None:
    """`Bid.clock { stages waitingFor waitingOn nextDeadline }`; bidders see their own bids alone."""
    clock = asked.ask("""{ bid(reference: "silence") { clock(asAt: "2004-08-31") {
        stages { name } waitingFor waitingOn nextDeadline } } }""")["bid"]["clock"]
    assert {
        "stages": [{"name": "acknowledgement"}], "waitingFor": "acknowledgement", "waitingOn": "FUNDER",
        "nextDeadline": "2004-07-31",
    } == clock  # fmt: skip


def test_r018_a_late_payment_shows_its_effect_on_the_stages(asked: Api) -> None:
    """`Partnership.delayChain { flags { need message } plannedWindow windowLeft }`."""
    chain = of(asked, "dip", 'delayChain(asAt: "2005-06-01") { flags { need message } }')["delayChain"]
    assert ("R017", "Instalment 1 was planned for 1 Jul 2004: 100.00 of it is 335 days late.") in {
        (one["need"], one["message"]) for one in chain["flags"]
    }


def test_r019_a_total_and_its_parts_are_counted_once(asked: Api) -> None:
    """`Award.budget { lines }` are parts of the amount; the ladder counts the award alone."""
    award = of(
        asked,
        "ace-cumbria",
        """
        funding { awarded { amount } } awards { amount { amount } budget { lines { name amount } } }""",
    )
    (one,) = award["awards"]
    assert [150_000, 25_000] == sorted((float(line["amount"]) for line in one["budget"]["lines"]), reverse=True)
    assert award["funding"]["awarded"] == one["amount"] == {"amount": "175000.00"}


def test_r026_a_pound_is_traced_through_secondary_devolution(asked: Api) -> None:
    """`Award { fundedFrom subAwards trace }`: from the project back to the source, each award once."""
    found = asked.ask("""{ award(reference: "A-passed-on") { amount { amount } fundedFrom { reference }
        trace { reference } partnership { code } } source: award(reference: "A-source") {
        subAwards { reference amount { amount } } } }""")
    assert ("A-source", "lrip") == (
        found["award"]["fundedFrom"]["reference"], found["award"]["partnership"]["code"]
    )  # fmt: skip
    assert {"A-source", "A-passed-on"} == {one["reference"] for one in found["award"]["trace"]} | {"A-passed-on"}
    assert [{"reference": "A-passed-on", "amount": {"amount": "200.00"}}] == found["source"]["subAwards"]


def test_r043_partners_come_and_go_with_dates_and_reasons(asked: Api) -> None:
    """`Partnership.partners { joined left }`; the timeline tells why."""
    found = of(
        asked,
        "lrip",
        """partners { organisation { code } role joined { text } left { text } }
        timeline(from: "2005-05-01", to: "2005-05-01", first: 20) { nodes { title } }""",
    )
    (gone,) = [one for one in found["partners"] if one["organisation"]["code"] == "odpm" and one["role"] == "observer"]
    assert ("2004-05-01", "2005-05-01") == (gone["joined"]["text"], gone["left"]["text"])
    assert any("It was merged away" in one["title"] for one in found["timeline"]["nodes"])


def test_r045_a_delivery_window_that_is_too_short_is_flagged(asked: Api) -> None:
    """`Partnership.delayChain { flags }` with the need R045, beside the usual length for its kind."""
    flags = of(asked, "race-for-success", "delayChain { flags { need message } }")["delayChain"]["flags"]
    short = [one["message"] for one in flags if one["need"] == "R045"]
    assert any("is shorter than the usual 273 days of its kind" in one for one in short), short


def test_r050_every_role_of_a_body_is_recorded(asked: Api) -> None:
    """`Organisation.roles { role partnership since until }`: adviser, supplier, partner and others, at any day."""
    roles = asked.ask('{ organisation(code: "lga") { roles { role partnership { code } } } }')["organisation"]["roles"]
    assert {"adviser", "supplier"} <= {one["role"] for one in roles if one["partnership"]["code"] == "dip"}


def test_r130_gaps_in_a_register_are_found_against_stated_totals(asked: Api) -> None:
    """`discrepancies`: numbering_gap names the number that is missing, total_unlike_list the total."""
    nodes = asked.ask("{ discrepancies(first: 100) { nodes { rule message } } }")["discrepancies"]["nodes"]
    assert {"Numbered 1 to 39; missing: 21", "39 pilots stated, but 38 listed"} <= {one["message"] for one in nodes}


def test_r148_awards_to_one_authority_are_in_their_order(asked: Api) -> None:
    """`partnerships(filter: { organisation })` with their awards; each has its date and amount."""
    nodes = asked.ask("""{ partnerships(filter: { organisation: "lga" }, first: 50) { nodes {
        code awards { reference on { text } } } } }""")["partnerships"]["nodes"]
    (dip,) = [one["awards"] for one in nodes if one["code"] == "dip"]
    days = [one["on"]["text"] for one in dip]
    assert len(days) > 2
    assert "A-paid" in {one["reference"] for one in dip}


def test_r157_partners_outside_local_government_are_in_the_same_record(asked: Api) -> None:
    """`Partnership.partners` and `organisations` have bodies of health, police and others beside councils."""
    partners = of(asked, "portsmouth-future-leaders", "partners { organisation { name kind } }")["partners"]
    kinds = {one["organisation"]["name"]: one["organisation"]["kind"] for one in partners}
    assert kinds["Isle of Wight National Health Service"] != kinds["Havant Borough Council"]

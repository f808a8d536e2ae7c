"""What the programme office needs to know of the take-up of national programmes. Tests are named after needs."""

from typing import Any

from tests.kit.web.served import Api


def take_up(asked: Api, fields: str, clocks: str = "") -> list[dict[str, Any]]:
    """The take-up of the national programmes of the demo."""
    found: list[dict[str, Any]] = asked.ask(f'{{ programme(code: "cbp") {{ takeUp{clocks} {{ {fields} }} }} }}')[
        "programme"
    ]["takeUp"]
    return found


def test_r064_programmes_that_do_not_report_are_marked(asked: Api) -> None:
    """`Programme.takeUp` or `Scheme.takeUp`: a row for each, with `reported` false where no count is given."""
    rows = take_up(asked, "name reported authorities participants subsidisedAuthorities subsidisedParticipants")
    assert 18 == len(rows)
    assert 5 == sum(not one["reported"] for one in rows)
    counts = ("authorities", "participants", "subsidisedAuthorities", "subsidisedParticipants")
    assert (191, 413, 163, 274) in {tuple(one[name] for name in counts) for one in rows}
    assert (
        rows
        == asked.ask("""{ scheme(code: "cbp-national-programmes") { takeUp { name reported authorities
        participants subsidisedAuthorities subsidisedParticipants } } }""")["scheme"]["takeUp"]
    )


def test_r065_each_count_has_the_date_at_which_it_is_true(asked: Api) -> None:
    """`takeUp { on }`; as at an earlier day a later count is not there."""
    on = {one["name"]: one["on"]["text"] for one in take_up(asked, "name on { text }")}
    assert ("2006-11", "2005-09") == (on["Leadership Academy"], on["Advanced Leadership Programme"])
    early = {one["name"] for one in take_up(asked, "name", '(asAt: "2006-06-30")')}
    assert "Advanced Leadership Programme" in early
    assert "Leadership Academy" not in early


def test_r090_programmes_are_grouped_by_provider_group_and_delivery(asked: Api) -> None:
    """`takeUp { group provider }`, in the words of the source."""
    rows = take_up(asked, "name group provider { code } partnership { code }")
    by_name = {one["name"]: (one["group"], one["provider"] and one["provider"]["code"]) for one in rows}
    assert ("existing-central-body", "idea") == by_name["Leadership Academy"]
    assert len({one["group"] for one in rows}) > 1

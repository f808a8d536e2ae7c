"""The budget lines and contributions of an award on its page and in exports: the same figures as over GraphQL."""

import csv
import io

from tests.kit.web.served import Api


def export(asked: Api, name: str) -> list[dict[str, str]]:
    """The rows of an export as at 1 June 2005."""
    found = asked.http.get(f"/export/{name}.csv?asAt=2005-06-01")
    assert 200 == found.status_code, found.text
    return list(csv.DictReader(io.StringIO(found.text)))


def test_budget_lines_can_be_exported_with_what_is_left_and_what_others_gave(asked: Api) -> None:
    rows = {one["line"]: one for one in export(asked, "budget-lines") if one["award"] == "A-beside"}
    training = rows["Training"]
    assert ("activity", "5000.00", "-400.00", "1000.00", "3600.00", "2200.00", "120") == tuple(
        training[name] for name in ("kind", "budgeted", "varied", "spent", "left", "received", "received_hours")
    )
    # The hours before the award are beside no line.
    assert ("40", "") == (rows[""]["received_hours"], rows[""]["left"])


def test_contributions_and_charges_can_be_exported_with_who_gives_and_who_is_paid(asked: Api) -> None:
    pledged, *received = [one for one in export(asked, "contributions") if one["award"] == "A-beside"]
    assert ("pledged", "lga", "600.00", "200.00") == tuple(
        pledged[name] for name in ("step", "contributor", "amount", "outstanding")
    )
    assert ["lga", "idea", "lambeth"] == [one["contributor"] for one in received]
    charged = [
        (one["payer"], one["payee"], one["amount"], one["met"], one["met_by"]) for one in export(asked, "charges")
    ]
    assert [("lambeth", "lga", "3600000.00", "", ""), ("lga", "idea", "900.00", "300.00", "A-beside")] == charged


def test_the_page_of_the_award_shows_its_lines_and_what_others_contribute(asked: Api) -> None:
    page = asked.http.get("/awards/A-beside?as-at=2005-06-01").text
    for words in ("Budget lines", "project management", "£3,600.00", "Contributions of others", "Pledges of others"):
        assert words in page, words
    # An award without lines, beside which nobody contributes, has no such table.
    assert "Budget lines" not in asked.http.get("/awards/A-paid?as-at=2005-06-01").text

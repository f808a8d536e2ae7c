"""The home page: each count is that of the list that it opens."""

import csv
import html
import io
import re

import pytest

from domain.books import ClosePeriod
from domain.values.ids import ProgrammeId
from domain.values.when import When
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk
from tests.kit.web.served import Api

COUNT = re.compile(r'<li class="count( urgent)?"><a href="([^"]*)"><b>([0-9,]*)</b> <span>([^<]*)</span>')
# The day on which the example programme stands still.
DAY = "as-at=2026-11-27"


def counted(api: Api, clocks: str) -> dict[str, tuple[int, str]]:
    """Each count of the home page by its words, with the address of its list."""
    text = api.http.get(f"/?{clocks}").text
    return {
        words: (int(number.replace(",", "")), html.unescape(link)) for _, link, number, words in COUNT.findall(text)
    }


@pytest.mark.parametrize("clocks", [DAY, "as-at=2025-12-31", "known=2026-03-31", "known=2025-01-01"])
def test_each_count_is_that_of_its_list(example: Api, clocks: str) -> None:
    found = counted(example, clocks)
    assert 11 == len(found)
    for words, (number, link) in found.items():
        if "/periods" not in link:
            rows = list(csv.reader(io.StringIO(example.http.get(f"{link}&download=csv").text)))
            assert number == len(rows) - 1, words


def test_the_example_has_something_of_nearly_every_kind_to_attend_to(example: Api) -> None:
    """The proof of reach: a count that is always 0 would agree with any empty list."""
    empty = {words for words, (number, _) in counted(example, DAY).items() if not number}
    assert empty <= {"errors", "programmes with a year to close"}, empty


def test_a_year_in_which_money_moved_is_to_be_closed_until_it_is(api: Api) -> None:
    day = "as-at=2005-06-01"

    def to_close(day: str) -> int:
        ((number, _),) = [one for words, one in counted(api, day).items() if words.endswith("with a year to close")]
        return number

    assert 0 == to_close(day)
    with desk(api.database) as at:
        cbp = ProgrammeId(at.find("programme", "cbp"))
        at.pay(at.accepted_award("moved", "100.00"), 1, "60.00", "2004-09-01")
    caught_up(api.database)
    assert 1 == to_close(day)
    assert 0 == to_close("as-at=2004-10-01")
    year = {"name": "2004-05", "starts": When("2004-04-01"), "ends": When("2005-03-31"), "on": When("2005-04-30")}
    with desk(api.database) as at:
        at.do(ClosePeriod(programme_id=cbp, **year))  # type: ignore[arg-type]
    caught_up(api.database)
    assert 0 == to_close(day)

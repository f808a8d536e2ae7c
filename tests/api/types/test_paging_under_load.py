"""Reading a list page by page returns every entry once, while others write. FUNDTRAIL_WALKS=1000 reads longer."""

import os
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.types.test_paging import add_bid, backwards, forwards, page
from tests.kit.web.served import Api, meanwhile

WALKS = int(os.environ.get("FUNDTRAIL_WALKS", "30"))
WALKERS = 3


def flaws(before: list[str], walked: list[str]) -> list[str]:
    """The errors of a walk through a list that contained *before* when it began."""
    found = []
    if len(walked) != len(set(walked)):
        found.append("repeated")
    if set(before) - set(walked):
        found.append("skipped")
    if [entry for entry in walked if entry in set(before)] != [entry for entry in before if entry in set(walked)]:
        found.append("out of order")
    return found


class Walks:
    """Walks through timelines and the audit log, and a writer that adds entries to them all the time."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.codes = page(api, "partnerships", first=100)["entries"]
        self.walked: dict[int, str] = {}

    def walk(self, number: int) -> tuple[list[str], int]:
        """The flaws of one walk, and how many entries were added meanwhile."""
        chance = random.Random(number)
        which = chance.choice(("timeline", "timeline", "timeline", "audit"))
        code = self.walked[number] = chance.choice(self.codes)
        size = chance.choice((1, 2, 3, 5)) if which == "timeline" else chance.choice((97, 100))
        before = forwards(self.api, which, 100, code=code)

        def between(pages: int) -> None:
            if pages == 1:
                # At any date: before, at and after the place that is being read.
                add_bid(self.api, f"walk-{number}", chance.choice(("2001", "2004-05-17", "2025")), code)

        way: Callable[..., list[str]] = chance.choice((forwards, backwards))
        found = flaws(before, way(self.api, which, size, between, code=code))
        del self.walked[number]
        return found, len(forwards(self.api, which, 100, code=code)) - len(before)

    def write(self, stop: threading.Event) -> None:
        """Add entries to the lists, at any date, until the end of the test."""
        chance = random.Random(0)
        while not stop.wait(0.05):
            for code in list(self.walked.values()):
                on = chance.choice(("2001-02", "2003", "2004-05-17", "2005-12-31", "2025"))
                add_bid(self.api, f"beside-{chance.random()}", on, code)


@pytest.mark.timeout(120 + WALKS)
def test_reading_page_by_page_repeats_and_skips_no_entry_while_others_write(api: Api) -> None:
    made = Walks(api)
    with meanwhile(made.write), ThreadPoolExecutor(WALKERS) as hands:
        walks = list(hands.map(made.walk, range(WALKS)))
    assert [[]] * WALKS == [flaws for flaws, _ in walks]
    assert sum(added > 0 for _, added in walks) > WALKS / 2, "hardly anything was added while they walked"


def test_paging_by_offset_would_be_found(api: Api) -> None:
    """The control: pages that begin at a number of entries repeat one when another is added before them."""
    before = forwards(api, "timeline", 100)
    walked: list[str] = []
    for offset in range(0, len(before) + 1, 5):
        walked += page(api, "timeline", first=100)["entries"][offset : offset + 5]
        add_bid(api, f"offset-{offset}", "2001")
    assert "repeated" in flaws(before, walked)


@pytest.mark.parametrize(
    ("walked", "found"),
    [
        (["a", "b", "c"], []),
        (["a", "new", "b", "c"], []),
        (["a", "b", "b", "c"], ["repeated", "out of order"]),
        (["a", "c"], ["skipped"]),
        (["b", "a", "c"], ["out of order"]),
    ],
)
def test_flaws_are_reported(walked: list[str], found: list[str]) -> None:
    assert found == flaws(["a", "b", "c"], walked)

"""Reading a list page by page returns every entry once, in order, in both directions, while entries are added."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.kit.web.served import Api

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
ARGUMENTS = "first: $first, after: $after, last: $last, before: $before"
VARIABLES = "$first: Int, $after: String, $last: Int, $before: String"
LISTS = {
    "partnerships": (f"partnerships({ARGUMENTS})", "code"),
    "pilots": (f'partnerships(filter: {{ scheme: "cbp-pilots" }}, {ARGUMENTS})', "code"),
    "audit": (f"auditLog({ARGUMENTS})", "position"),
    "rules": (f'auditLog(filter: {{ names: ["RuleStated", "AwardStated"] }}, {ARGUMENTS})', "position"),
    "timeline": (f"timeline({ARGUMENTS})", "id"),
    "lanes": (f"timeline(lanes: [GOVERNANCE, OUTCOME], {ARGUMENTS})", "id"),
}
Between = Callable[[int], None]


def page(api: Api, which: str, *, code: str = "nwin", **window: Any) -> dict[str, Any]:
    """A page of the list: edges with a cursor and the one field that identifies an entry, and the page information."""
    field, name = LISTS[which]
    query = f"{field} {{ edges {{ cursor node {{ {name} }} }} nodes {{ {name} }} {PAGE_INFO} }}"
    if field.startswith("timeline"):
        query = f'partnership(code: "{code}") {{ {query} }}'
    found = api.ask(f"query ({VARIABLES}) {{ {query} }}", **window)
    for part in ("partnership", field.partition("(")[0]):
        found = found.get(part, found)
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    return {
        "entries": [node[name] for node in found["nodes"]],
        "cursors": [edge["cursor"] for edge in found["edges"]],
        **found["pageInfo"],
    }


def forwards(api: Api, which: str, size: int, between: Between = lambda _: None, *, code: str = "nwin") -> list[str]:
    """The entries of the list, walked from its beginning; *between* is called with the number of pages read."""
    entries: list[str] = []
    after, pages = None, 0
    while True:
        found = page(api, which, code=code, first=size, after=after)
        assert found["hasPreviousPage"] is (after is not None)
        entries += found["entries"]
        assert size == len(found["entries"]) or not found["hasNextPage"]
        if not found["hasNextPage"]:
            return entries
        after, pages = found["endCursor"], pages + 1
        between(pages)


def backwards(api: Api, which: str, size: int, between: Between = lambda _: None, *, code: str = "nwin") -> list[str]:
    """The entries of the list in order, walked from its end; *between* is called with the number of pages read."""
    entries: list[str] = []
    before, pages = None, 0
    while True:
        found = page(api, which, code=code, last=size, before=before)
        assert found["hasNextPage"] is (before is not None)
        entries = found["entries"] + entries
        if not found["hasPreviousPage"]:
            return entries
        before, pages = found["startCursor"], pages + 1
        between(pages)


@pytest.mark.parametrize("which", ["partnerships", "pilots", "rules", "timeline", "lanes"])
@pytest.mark.parametrize("size", [7, 30])
def test_small_pages_give_every_entry_once_and_in_order_in_both_directions(
    shared_api: Api, which: str, size: int
) -> None:
    entries = page(shared_api, which, first=100)["entries"]
    assert 12 < len(entries) == len(set(entries))
    assert entries == forwards(shared_api, which, size)
    assert entries == backwards(shared_api, which, size)


def test_the_whole_audit_log_can_be_read_in_both_directions(shared_api: Api) -> None:
    total = shared_api.ask("{ auditLog { totalCount } }")["auditLog"]["totalCount"]
    entries = [str(position) for position in range(1, total + 1)]
    assert entries == forwards(shared_api, "audit", 100)
    assert entries == backwards(shared_api, "audit", 100)


def test_without_a_size_a_page_has_20_entries_and_with_zero_none(shared_api: Api) -> None:
    assert 20 == len(page(shared_api, "partnerships")["entries"])
    assert {
        "entries": [],
        "cursors": [],
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    } == page(shared_api, "partnerships", first=0)


def test_a_page_may_begin_or_end_anywhere(shared_api: Api) -> None:
    whole = page(shared_api, "partnerships", first=100)
    cursors, entries = whole["cursors"], whole["entries"]
    assert entries[11:14] == page(shared_api, "partnerships", first=3, after=cursors[10])["entries"]
    assert entries[7:10] == page(shared_api, "partnerships", last=3, before=cursors[10])["entries"]
    assert (
        entries[11:20] == page(shared_api, "partnerships", first=50, after=cursors[10], before=cursors[20])["entries"]
    )
    assert entries[17:20] == page(shared_api, "partnerships", last=3, after=cursors[10], before=cursors[20])["entries"]
    assert [] == page(shared_api, "partnerships", first=5, after=cursors[-1])["entries"]
    assert [] == page(shared_api, "partnerships", last=5, before=cursors[0])["entries"]


def test_a_cursor_is_valid_with_another_filter_of_the_same_list(shared_api: Api) -> None:
    cursor = page(shared_api, "partnerships", first=30)["endCursor"]
    pilots, last = (
        page(shared_api, "pilots", first=100)["entries"],
        page(shared_api, "partnerships", first=30)["entries"][-1],
    )
    assert [code for code in pilots if code > last] == page(shared_api, "pilots", first=100, after=cursor)["entries"]


def add_bid(api: Api, word: str, on: str, partnership: str = "nwin") -> None:
    """Submit a bid of the partnership whose timeline is walked."""
    answer = api.command(
        "submitBid",
        "bid { id }",
        commandId=word,
        reference=word,
        partnership=partnership,
        title="Added while others were reading",
        requested={"amount": "1.00", "currency": "GBP"},
        on=on,
    )
    assert "BidRecorded" == answer["__typename"]


@pytest.mark.parametrize("which", ["audit", "timeline"])
def test_entries_added_between_pages_are_neither_repeated_nor_hide_another(api: Api, which: str) -> None:
    before = page(api, which, first=100)["entries"] if which == "timeline" else forwards(api, which, 100)
    size = 5 if which == "timeline" else 97

    def add(pages: int) -> None:
        # One is added ahead of the reader, then others where pages have been read.
        add_bid(api, f"{which}{pages}", "2025" if pages == 1 else "2003-01-05")

    walked = forwards(api, which, size, add)
    assert len(walked) == len(set(walked))
    assert before == [entry for entry in walked if entry in set(before)]
    assert len(walked) > len(before), "what is added ahead of the reader is found"


def test_totals_follow_the_filter_and_not_the_page(shared_api: Api) -> None:
    found = shared_api.ask(
        '{ partnerships(filter: { scheme: "cbp-pilots" }, first: 1) { totalCount }'
        ' auditLog(filter: { names: ["PilotListed"] }, last: 2) { totalCount }'
        ' partnership(code: "worcestershire-partnership") { timeline(lanes: [BID], first: 1) { totalCount } } }'
    )
    assert {
        "partnerships": {"totalCount": 38},
        "auditLog": {"totalCount": 38},
        "partnership": {"timeline": {"totalCount": 2}},
    } == found

"""Timeline entries as they are recorded: none skipped, none repeated, and an entry again when its date is corrected."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.types.log import subscription
from domain import award
from domain.values.correction import CorrectDate
from domain.values.when import When
from infra.database.postgres import Database
from projections.timeline import reading as timeline
from tests.api.types.test_subscription import Socket, head, record, socket
from tests.conftest import copy_of
from tests.kit.money import Desk, desk
from tests.kit.web.served import Api, served

SHOWN = (
    "id lane kind title position recordedAt actor on { text } until { text } amount { amount currency } event { id }"
)
ENTRIES = f"""subscription ($partnership: ID!, $after: LogPosition, $lanes: [Lane!]) {{
  timelineEntries(partnership: $partnership, after: $after, lanes: $lanes) {{ position entries {{ {SHOWN} }} }} }}"""
TIMELINE = f"query ($code: String!) {{ partnership(code: $code) {{ timeline(first: 100) {{ nodes {{ {SHOWN} }} }} }} }}"


@pytest.fixture(scope="module")
def listened(server: Database, programme_template: str) -> Iterator[tuple[Api, Desk]]:
    """The application, and a desk at the same log."""
    database = copy_of(server, programme_template)
    with served(database) as api, desk(database) as at:
        yield api, at


def updates(listening: Socket, number: int) -> list[dict[str, Any]]:
    messages = [listening.receive() for _ in range(number)]
    assert {"next"} == {message["type"] for message in messages}, messages
    return [message["payload"]["data"]["timelineEntries"] for message in messages]


def follow(api: Api, entries: int, after: int | None = None, **asked: Any) -> list[dict[str, Any]]:
    """The next updates of a new subscription, until they have this many *entries*."""
    found: list[dict[str, Any]] = []
    with socket(api) as listening:
        listening.subscribe(ENTRIES, after=None if after is None else f"{after}", **asked)
        while sum(len(one["entries"]) for one in found) < entries:
            found += updates(listening, 1)
    return found


def by_id(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What a client has after these updates: a later entry replaces an earlier one."""
    return {entry["id"]: entry for one in found for entry in one["entries"]}


def whole(api: Api, code: str) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in api.ask(TIMELINE, code=code)["partnership"]["timeline"]["nodes"]}


def test_entries_come_whole_in_the_order_of_the_log_and_then_the_new_ones(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    expected = whole(api, "nwin")
    with socket(api) as listening:
        listening.subscribe(ENTRIES, partnership="nwin")
        heard = updates(listening, len(expected))
        assert expected == by_id(heard)
        positions = [int(one["position"]) for one in heard]
        assert sorted(positions) == positions
        position = record(api, "live", partnership="nwin")
        record(api, "not here", partnership="lrip")
        (update,) = updates(listening, 1)
        (entry,) = update["entries"]
        assert (f"{position}", "BID", "BidSubmitted") == (update["position"], entry["lane"], entry["kind"])
        assert {"amount": "1.00", "currency": "GBP"} == entry["amount"]


def test_a_client_that_resumes_misses_no_entry_and_gets_none_twice(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    start = head(api)
    expected = [record(api, f"first-{number}") for number in range(4)]
    heard: list[int] = []
    while len(heard) < 8:
        if len(heard) == 4:
            expected += [record(api, f"then-{number}") for number in range(4)]  # While nobody listens.
        heard += [int(one["position"]) for one in follow(api, 1, heard[-1] if heard else start, partnership="lrip")]
    assert expected == heard


def test_an_entry_comes_again_when_its_date_is_corrected(listened: tuple[Api, Desk]) -> None:
    api, at = listened
    bid_id = at.submitted_bid("mistyped", "2004-01-05", "lrip")
    start = head(api)
    at.do(CorrectDate(bid_id=bid_id, step="BidSubmitted", date=When("2004-02-05"), because="Slip", on=When("2004-03")))
    (update,) = follow(api, 2, start, partnership="lrip")
    assert f"{head(api)}" == update["position"]
    corrected, correction = update["entries"]
    assert ("BidSubmitted", "2004-02-05") == (corrected["kind"], corrected["on"]["text"])
    assert "DateCorrected" == correction["kind"]
    stored = len(whole(api, "lrip"))
    assert whole(api, "lrip") == by_id(follow(api, stored + 1, partnership="lrip"))


def test_pages_of_any_length_never_part_what_came_at_one_position(
    listened: tuple[Api, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, at = listened
    bid_id = at.submitted_bid("mistyped too", "2004-01-05", "dip")
    at.do(CorrectDate(bid_id=bid_id, step="BidSubmitted", date=When("2004-02-05"), because="Slip", on=When("2004-03")))
    record(api, "after it", partnership="dip")
    number = len(whole(api, "dip")) + 1
    expected = follow(api, number, partnership="dip")
    for page in (3, 4, 7):
        monkeypatch.setattr(subscription, "PAGE", page)
        assert expected == follow(api, number, partnership="dip")


def test_only_entries_of_the_lanes_come(listened: tuple[Api, Desk]) -> None:
    api, at = listened
    start = head(api)
    award_id = at.accepted_award("lanes", "90.00", partnership="lrip")
    at.do(award.PlaceHold(award_id=award_id, number=1, because="So", on=When("2004-07-01")))
    heard = follow(api, 1, start, partnership="lrip", lanes=["AWARD"])
    assert {"AWARD"} == {entry["lane"] for one in heard for entry in one["entries"]}


def test_an_unknown_partnership_and_a_later_position_are_refused(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    for asked, message in (
        ({"partnership": "north"}, "There is no partnership with this id or code."),
        ({"partnership": "\x00"}, "partnership contains characters that are not text"),
        ({"partnership": "lrip", "after": f"{head(api) + 1}"}, "has not been recorded"),
    ):
        with socket(api) as listening:
            listening.subscribe(ENTRIES, **asked)
            refused = listening.receive()
            assert "error" == refused["type"]
            assert message in refused["payload"][0]["message"]


def test_a_partnership_is_named_by_its_id_too(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    of = api.ask('{ partnership(code: "nwin") { id } }')["partnership"]["id"]
    assert follow(api, 5, partnership="nwin") == follow(api, 5, partnership=of)


def test_a_mistake_in_what_is_read_is_noticed(listened: tuple[Api, Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the position of the event in place of that of the update, a correction is missed."""
    api, at = listened
    read = timeline.updates

    async def by_event(*of: Any) -> Any:
        return [(entries[0].position, entries) for _, entries in await read(*of)]

    monkeypatch.setattr(timeline, "updates", by_event)
    bid_id = at.submitted_bid("missed", "2004-01-05", "lrip")
    start = head(api)
    at.do(CorrectDate(bid_id=bid_id, step="BidSubmitted", date=When("2004-02-05"), because="Slip", on=When("2004-03")))
    (update,) = follow(api, 2, start, partnership="lrip")
    assert f"{head(api)}" != update["position"]


def test_a_programme_is_followed_with_all_that_is_below_it(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    query = """subscription ($after: LogPosition, $including: TimelineIncluding!) {
      timelineEntries(programme: "cbp", after: $after, including: $including) { position entries { id } } }"""
    for including in ("SCHEMES", "ALL"):
        count = api.ask(f'{{ programme(code: "cbp") {{ timeline(including: {including}) {{ totalCount }} }} }}')
        wanted = count["programme"]["timeline"]["totalCount"]
        found: list[dict[str, Any]] = []
        with socket(api) as listening:
            listening.subscribe(query, after=None, including=including)
            # An entry whose date was corrected comes again.
            while len(by_id(found)) < wanted:
                found += updates(listening, 1)
        positions = [int(one["position"]) for one in found]
        assert positions == sorted({*positions})
        assert wanted == len(by_id(found))


def test_exactly_one_thing_is_followed(listened: tuple[Api, Desk]) -> None:
    api, _ = listened
    query = "subscription ($p: ID, $o: ID) { timelineEntries(partnership: $p, organisation: $o) { position } }"
    for given, words in (({}, "None of"), ({"p": "dip", "o": "idea"}, "More than one of")):
        with socket(api) as listening:
            listening.subscribe(query, **given)
            assert words in str(listening.receive())

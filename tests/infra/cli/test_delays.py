"""``fundtrail delays`` as a programme office uses it."""

import csv
import io
import json

import pytest

from domain import bid
from domain.values.ids import BidId
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.conftest import copy_of
from tests.kit.command_line import fundtrail
from tests.kit.money import desk


@pytest.fixture(scope="module")
def waiting(server: Database, programme_template: str) -> Database:
    """The programme with three bids of dip: one decided, one that waits, one withdrawn."""
    made = copy_of(server, programme_template)
    with desk(made) as at:
        for name, handed_in in (("one", "2004-03-01"), ("=two", "2004-04-01"), ("three", "2004-04")):
            at.submitted_bid(name, handed_in)
        at.do(bid.DeclineBid(bid_id=BidId("bid-one"), because="Repeats another", on=When("2004-03-15")))
        at.do(bid.WithdrawBid(bid_id=BidId("bid-three"), on=When("2004-05-31")))
    project_all(made)
    return made


def test_delays_show_bids_and_what_sources_state_beside_what_dates_come_to(waiting: Database) -> None:
    shown = " ".join(fundtrail(waiting, "delays", "--as-at", "2004-12-31").stdout.split())

    assert "31 delays that sources state (in none of the figures)" in shown
    assert "up to 14 days ████████████████████████████████████████ 1" in shown
    assert "274 so far" in shown


def test_delays_by_group_as_a_table_as_json_and_as_csv_say_the_same(waiting: Database) -> None:
    asked = ("delays", "--group-by", "year", "--as-at", "2004-12-31", "--partnership", "dip")
    table = fundtrail(waiting, *asked).stdout
    (group,) = json.loads(fundtrail(waiting, *asked, "--json").stdout)["groups"]
    (row,) = csv.DictReader(io.StringIO(fundtrail(waiting, *asked, "--csv").stdout))

    assert ("2004", 1, 1, 1, 14.0) == (
        group["group"], group["decided"], group["open"], group["gone"], group["median_days"],
    )  # fmt: skip
    assert group == {key: json.loads(cell) if cell and key != "group" else cell or None for key, cell in row.items()}
    assert "2004" in table
    assert "1 of them has dates known in part: each counts with its longest wait." in " ".join(table.split())


def test_only_bids_that_wait_can_be_asked_for(waiting: Database) -> None:
    found = json.loads(fundtrail(waiting, "delays", "--open", "--as-at", "2004-12-31", "--json").stdout)["bids"]
    assert [("=two", "acknowledgement", "funder", 274)] == [
        (one["reference"], one["waiting_for"], one["waiting_on"], one["open_days"]) for one in found
    ]


def test_csv_is_safe_to_open_in_a_spreadsheet(waiting: Database) -> None:
    shown = fundtrail(waiting, "delays", "--open", "--as-at", "2004-12-31", "--csv").stdout
    assert "'=two" in shown


def test_what_is_known_at_a_past_moment_is_told_again_byte_for_byte(waiting: Database) -> None:
    asked = ("delays", "--group-by", "quarter", "--known-at", "2020-01-01T00:00:00Z", "--json")
    first = fundtrail(waiting, *asked).stdout
    assert first == fundtrail(waiting, *asked).stdout
    assert [] == json.loads(first)["groups"]


def test_delays_refuses_what_it_cannot_tell_in_one_sentence(waiting: Database) -> None:
    for words, code, sentence in (
        (("--group-by", "weather"), 2, "There are: programme, scheme,"),
        (("--measure", "forever"), 2, "There is no measure forever."),
        (("--as-at", "soon"), 2, "The value is not a date."),
        (("--programme", "cbp-pilots"), 3, "There is no programme cbp-pilots."),
        (("--scheme", "nosuch", "--group-by", "year", "--csv"), 3, "There is no scheme nosuch."),
        (("--scheme", "cbp-pilots", "--round", "nosuch", "--json"), 3, "There is no round nosuch."),
        (("--programme", "cbp", "--partnership", ""), 3, "There is no partnership ."),
    ):
        answer = fundtrail(waiting, "delays", *words)
        assert code == answer.returncode, answer.stderr
        assert sentence in " ".join(answer.stderr.split())
        assert ("", False) == (answer.stdout, "Traceback" in answer.stderr)

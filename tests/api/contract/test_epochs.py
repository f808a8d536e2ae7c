"""A cursor says in which epoch of the log it was made: after a failover a position may mean another event."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest

from api.contract import cursor
from api.contract.errors import EPOCH_ENDED, Problem
from projections.epochs import epochs

KINDS = (cursor.position, cursor.text)


@pytest.fixture(autouse=True)
def _first_epoch() -> Iterator[None]:
    yield
    epochs.begin([(1, 0)])


def test_a_cursor_of_the_present_epoch_is_read() -> None:
    epochs.begin([(1, 0), (2, 700)])
    assert (900, "a") == cursor.read("list", KINDS, cursor.write("list", (900, "a")))


def test_a_cursor_of_an_ended_epoch_is_read_up_to_where_the_log_went_on() -> None:
    shared, lost = cursor.write("list", (700, "a")), cursor.write("list", (701, "a"))
    # The control: while the epoch lasts, both are read.
    assert [(700, "a"), (701, "a")] == [cursor.read("list", KINDS, one) for one in (shared, lost)]
    epochs.begin([(1, 0), (2, 700)])
    assert (700, "a") == cursor.read("list", KINDS, shared)
    with pytest.raises(Problem, match="The log is in epoch 2, and position 701 is one of epoch 1") as refused:
        cursor.read("list", KINDS, lost)
    assert {"code": EPOCH_ENDED} == refused.value.extensions


def test_what_every_later_epoch_took_over_counts() -> None:
    early = cursor.write("list", (650, "a"))
    epochs.begin([(1, 0), (2, 700), (3, 600)])
    with pytest.raises(Problem, match="position 650 is one of epoch 1"):
        cursor.read("list", KINDS, early)


def test_a_cursor_of_an_epoch_that_is_not_known_yet_is_refused() -> None:
    """A server that was left behind by a failover gets the cursor of its successor."""
    epochs.begin([(1, 0), (2, 700)])
    later = cursor.write("list", (650, "a"))
    epochs.begin([(1, 0)])
    with pytest.raises(Problem, match="position 650 is one of epoch 2"):
        cursor.read("list", KINDS, later)


def test_a_cursor_without_positions_is_read_in_every_epoch() -> None:
    by_name = cursor.write("names", ("a", "b"))
    epochs.begin([(1, 0), (2, 700)])
    assert ("a", "b") == cursor.read("names", (cursor.text, cursor.text), by_name)


def test_a_cursor_from_before_epochs_is_one_of_the_first() -> None:
    body = b'[1,"list",700,"a"]'
    old = urlsafe_b64encode(cursor._seal(body) + body).decode().rstrip("=")
    assert (700, "a") == cursor.read("list", KINDS, old)
    epochs.begin([(1, 0), (2, 600)])
    with pytest.raises(Problem, match="position 700 is one of epoch 1"):
        cursor.read("list", KINDS, old)

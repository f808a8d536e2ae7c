"""docs/event-fields.md says where each field of each event is readable, and nothing is so in the stored event only."""

from dataclasses import fields

import pytest

from domain import award, bid
from infra.database.postgres import Database
from tests.conftest import TEMPLATE, copy_of, drop
from tests.docs.event_fields.answers import Shown
from tests.docs.event_fields.histories import EVENTS, History
from tests.docs.event_fields.page import PAGE, Found, found_in, page, record
from tests.docs.event_fields.places import readable
from tests.docs.event_fields.reasons import REASONS

# Everything is asked of about 300 histories. Any of the tests may be the first, which waits for that.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def found(server: Database) -> Found:
    """Where the fields of all events are readable."""
    database = copy_of(server, TEMPLATE)
    try:
        record(database)
        return found_in(database)
    finally:
        drop(server, database)


def test_the_page_of_fields_is_what_the_api_shows(found: Found) -> None:
    """After a change of events or schema, run `make fields`."""
    assert page(found) == PAGE.read_text(encoding="utf-8")


def test_every_field_of_every_event_is_on_the_page(found: Found) -> None:
    assert set(found) == set(EVENTS)
    for event, of in found.items():
        assert {one.name for one in fields(event)} <= {name.partition(".")[0] for name in of}, event


def test_a_field_is_readable_or_has_a_reason_and_never_both(found: Found) -> None:
    hidden = {f"{event.__name__}.{name}" for event, of in found.items() for name, places in of.items() if not places}
    rows = {name for name in hidden if name.endswith(".source.row")}
    assert hidden - rows == set(REASONS) - {"source.row"}
    assert len(rows) == len(EVENTS)


def test_a_value_in_another_field_is_not_taken_for_the_field(found: Found) -> None:
    """The control: a place counts for no other field of the event, and not for the same field of another event."""
    assert "Bid.requested" in found[bid.BidSubmitted]["requested"]
    assert "Bid.title" not in found[bid.BidSubmitted]["reference"]
    assert "Payment.amount" in found[award.PaymentRequested]["amount"]
    assert "Payment.amount" not in found[award.PaymentApproved]["amount"]


def test_what_is_shown_without_the_event_does_not_count() -> None:
    """The control: a place that has the value without the event is left out, but for the event's own objects."""
    with_it, without = History(bid.BidAcknowledged, 0, 1_000), History(bid.BidAcknowledged, 0, 1_000, without=True)
    shown = {one.name: Shown("event-1", set()) for one in (with_it, without)}
    for one in (with_it, without):
        shown[one.name].all["Award.partnership"].append({"id": one.leaves["partnership_id"]})
    shown[with_it.name].all["AuditEntry.partnership"].append({"id": with_it.leaves["partnership_id"]})
    assert ["AuditEntry.partnership"] == readable([with_it, without], shown)[bid.BidAcknowledged]["partnership_id"]
    shown[with_it.name].own["Award.partnership"].append({"id": with_it.leaves["partnership_id"]})
    places = readable([with_it, without], shown)[bid.BidAcknowledged]["partnership_id"]
    assert ["Award.partnership", "AuditEntry.partnership"] == places

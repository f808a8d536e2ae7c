"""The references that an event gives when it is recorded."""

import pytest

from domain import history
from tests.kit.examples import EVENTS


@pytest.mark.parametrize("name", EVENTS)
def test_the_fast_path_changes_no_references_of_any_event(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = history.references("stream-1", EVENTS[name])
    monkeypatch.setattr(history, "_NAMING", frozenset(map(type, EVENTS.values())))
    assert given == history.references("stream-1", EVENTS[name])


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [
        ("ProgrammeEstablished", "programme", "code"),
        ("SchemeEstablished", "scheme", "code"),
        ("RoundOpened", "round", "code"),
        ("OrganisationRegistered", "organisation", "code"),
        ("PartnershipFormed", "partnership", "code"),
        ("BidDrafted", "bid", "reference"),
        ("BidSubmitted", "bid", "reference"),
        ("BidStated", "bid", "reference"),
        ("AwardOffered", "award", "reference"),
        ("AwardStated", "award", "reference"),
    ],
)
def test_a_thing_is_found_by_its_code_or_reference_from_its_first_event_on(name: str, kind: str, field: str) -> None:
    event = EVENTS[name]
    found, *others = history.references("stream-1", event)
    thing = getattr(event, "scheme_id", "") if kind == "scheme" else "stream-1"
    assert (kind, getattr(event, field), thing) == found
    of_register = f"stated in {event.source.register}" if event.source is not None else ""
    assert others == ([(of_register, getattr(event, field), thing)] if name == "AwardStated" else [])

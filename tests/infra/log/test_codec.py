"""Every event that was ever stored can still be read, by its name and schema version. Nothing else is read."""

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args

import pytest

from domain import history
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.money import Money
from domain.values.when import When
from infra.log.codec import CODEC, Codec, UnknownEvent, UnreadableEvent, Upcast
from infra.log.postgres_log import Envelope, FactMapper
from infra.log.recorder import StoredFact
from tests.kit.examples import EVENTS
from tests.kit.golden import write_missing
from tests.kit.paths import GOLDEN

# --- Golden files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.name)
def test_a_stored_form_is_read_as_the_event_that_it_was(file: Path) -> None:
    name, version, _ = file.name.split(".")
    assert _as_known_to(EVENTS[name], file) == CODEC.decode(name, int(version), file.read_bytes())


def _as_known_to(event: Fact, file: Path) -> Fact:
    """*event* without the fields that its older stored form does not have."""
    known: Fact = _without(event, json.loads(file.read_bytes()))
    return known


def _without(value: Any, stored: dict[str, Any]) -> Any:
    """*value* without the fields that *stored* does not have. The same holds for the lines of a list in it."""
    known: dict[str, Any] = {}
    for field in fields(value):
        found = getattr(value, field.name)
        if field.name not in stored:
            known[field.name] = field.default
        elif isinstance(found, tuple) and is_dataclass(next(iter(found), None)):
            known[field.name] = tuple(map(_without, found, stored[field.name]))
    return replace(value, **known)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_written_byte_for_byte_as_its_golden_file(name: str) -> None:
    """A changed form needs a new schema version, an upcast and its own golden file."""
    golden = {file.name: file for file in GOLDEN}[f"{name}.{CODEC.version(name)}.json"]
    assert golden.read_bytes() == CODEC.encode(EVENTS[name])


def test_every_version_of_every_event_has_a_golden_file_and_no_golden_file_is_orphaned() -> None:
    """When an event is renamed or removed, its golden file remains, because stored events remain too."""
    wanted = [f"{name}.{version}.json" for name in CODEC.names for version in range(1, CODEC.version(name) + 1)]
    assert sorted(wanted) == [file.name for file in GOLDEN]


def test_a_missing_stored_form_is_written_and_an_existing_one_is_left_alone(tmp_path: Path) -> None:
    for file in GOLDEN:
        (tmp_path / file.name).write_bytes(b"old" if file.name == "BidApproved.1.json" else file.read_bytes())
    (tmp_path / "BidDeclined.1.json").unlink()
    assert ["BidDeclined.1.json"] == write_missing(tmp_path)
    assert {file.name: file for file in GOLDEN}["BidDeclined.1.json"].read_bytes() == (
        tmp_path / "BidDeclined.1.json"
    ).read_bytes()
    assert b"old" == (tmp_path / "BidApproved.1.json").read_bytes()


# --- Names ------------------------------------------------------------------------------------------------------------


def test_events_have_the_names_of_their_classes_and_each_name_is_used_once() -> None:
    assert sorted({event.__name__ for event in get_args(history.Event)}) == CODEC.names
    assert len(get_args(history.Event)) == len(CODEC.names)


def test_the_log_stores_an_event_under_its_name_and_schema_version_and_finds_it_again() -> None:
    codec = Codec([Renamed], {("Renamed", 1): lambda body: body})
    renamed = Renamed(name="Cumbria", because="asked", on=When("2004"))
    stored = FactMapper(codec).to_stored_event(Envelope("organisation-1", 7, renamed))
    assert StoredFact("organisation-1", 7, "Renamed", codec.encode(renamed), schema_version=2) == stored
    assert renamed == FactMapper(codec).to_domain_event(stored).fact


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two events are named Renamed"):
        Codec([Renamed, _another_renamed()], {})


def test_an_event_may_belong_to_several_streams() -> None:
    assert ["Renamed"] == Codec([Renamed, Renamed], {}).names


# --- Upcasting --------------------------------------------------------------------------------------------------------


@frozen
class Renamed(Fact):
    """An event in its third version: the first had *title*, the second *name*, the third also *because*."""

    name: str
    because: str


@frozen
class Paid(Fact):
    """An event with values of the domain in it."""

    amount: Money


def _another_renamed() -> type[Fact]:
    @frozen
    class Renamed(Fact):
        pass

    return Renamed


def _title_to_name(body: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in body.items() if key != "title"}, "name": body["title"]}


def _unexplained(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "because": "not recorded"}


UPCASTS: dict[tuple[str, int], Upcast] = {("Renamed", 1): _title_to_name, ("Renamed", 2): _unexplained}


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (1, b'{"on":"2004-05","title":"Cumbria"}'),
        (2, b'{"on":"2004-05","name":"Cumbria"}'),
        (3, b'{"on":"2004-05","name":"Cumbria","because":"not recorded"}'),
    ],
)
def test_a_body_of_any_version_is_read_as_the_current_version(version: int, body: bytes) -> None:
    codec = Codec([Renamed], UPCASTS)
    expected = Renamed(name="Cumbria", because="not recorded", on=When("2004-05"))
    assert expected == codec.decode("Renamed", version, body)


def test_an_event_is_written_in_the_version_after_its_last_upcast() -> None:
    assert [1, 3] == [Codec([Paid, Renamed], UPCASTS).version(name) for name in ("Paid", "Renamed")]


def test_upcast_bodies_are_checked_and_read_like_others() -> None:
    codec = Codec([Paid], {("Paid", 1): lambda body: {**body, "amount": {"amount": body["sum"], "currency": "GBP"}}})
    assert Paid(amount=Money.of("1.50", "GBP"), on=When("2004~")) == codec.decode(
        "Paid", 1, b'{"on":"2004~","sum":"1.50"}'
    )
    with pytest.raises(UnreadableEvent, match="Paid in schema version 1"):
        codec.decode("Paid", 1, b'{"on":"2004~","sum":"1.505"}')


@pytest.mark.parametrize("upcast", [("Renamed", 2), ("Renamed", 0), ("Merged", 1)])
def test_an_upcast_from_a_version_that_never_existed_is_refused(upcast: tuple[str, int]) -> None:
    with pytest.raises(ValueError, match=f"no event {upcast[0]} has a schema version {upcast[1]}"):
        Codec([Renamed], {upcast: _unexplained})


# --- What cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "version"), [("AwardMelted", 1), ("AwardClosed", 2), ("AwardClosed", 0)])
def test_an_event_of_an_unknown_name_or_version_is_refused_by_both(name: str, version: int) -> None:
    with pytest.raises(UnknownEvent, match=f"{name} in schema version {version}"):
        CODEC.decode(name, version, b'{"on":"2004"}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON",
        b"[]",
        b'{"amount":{"amount":"1.00","currency":"GBP"}}',  # when?
        b'{"on":"2004"}',
        b'{"on":"next week","amount":{"amount":"1.00","currency":"GBP"}}',
        b'{"on":2004,"amount":{"amount":"1.00","currency":"GBP"}}',
        b'{"on":"2004","amount":{"amount":"1.005","currency":"GBP"}}',
        b'{"on":"2004","amount":{"amount":"NaN","currency":"GBP"}}',
        b'{"on":"2004","amount":{"amount":"1.00","currency":"pounds"}}',
    ],
)
def test_a_body_that_does_not_fit_its_event_is_refused_by_the_events_name(body: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="Paid in schema version 1"):
        Codec([Paid], {}).decode("Paid", 1, body)


@pytest.mark.parametrize("body", [b"[]", b"no JSON", b'{"on":"2004"}', b'{"on":"2004","title":5}'])
def test_an_old_body_that_does_not_fit_is_refused_in_its_own_version(body: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="Renamed in schema version 1"):
        Codec([Renamed], UPCASTS).decode("Renamed", 1, body)

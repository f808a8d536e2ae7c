"""The examples of events are complete."""

from dataclasses import fields
from typing import get_args

from domain import history
from tests.kit.examples import EVENTS


def test_every_event_has_an_example_under_its_own_name() -> None:
    assert {event.__name__: event for event in get_args(history.Event)} == {
        name: type(event) for name, event in EVENTS.items()
    }


def test_every_field_of_every_example_is_filled() -> None:
    left_empty = [
        (name, field.name)
        for name, event in EVENTS.items()
        for field in fields(event)
        if getattr(event, field.name) in (None, "", ())
    ]
    assert [] == left_empty

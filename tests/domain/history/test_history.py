"""What every event is asked for as it is recorded."""

import pytest

from domain import history
from tests.kit.examples import EVENTS


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_is_not_asked_for_names_gives_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = history.references("stream-1", EVENTS[name])
    monkeypatch.setattr(history, "_NAMING", frozenset(map(type, EVENTS.values())))
    assert given == history.references("stream-1", EVENTS[name])

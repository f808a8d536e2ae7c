"""The references that an event gives when it is recorded."""

import pytest

from domain import history
from tests.kit.examples import EVENTS


@pytest.mark.parametrize("name", EVENTS)
def test_the_fast_path_changes_no_references_of_any_event(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = history.references("stream-1", EVENTS[name])
    monkeypatch.setattr(history, "_NAMING", frozenset(map(type, EVENTS.values())))
    assert given == history.references("stream-1", EVENTS[name])

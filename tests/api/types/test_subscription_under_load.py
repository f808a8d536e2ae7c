"""No event is skipped or sent twice while many write, listeners connect and leave, and the projector restarts."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.desk import submit
from infra.database.postgres import Database
from infra.feeding.projector import Projector
from infra.log.postgres_log import PostgresLog
from projections.audit import reading as audit
from tests.api.types.test_subscription import head, socket
from tests.infra.web.test_event_stream import positions, stream
from tests.kit.database.writing import order, register, rename
from tests.kit.web.served import Api, fed, meanwhile, served

WRITERS, EACH = 4, 60
WRITTEN = WRITERS * (EACH + 1)


def write(database: Database, writer: int) -> None:
    """Register an organisation and rename it again and again."""
    with PostgresLog(database) as log:
        submit(log, order(register(writer, f"name of {writer}")))
        for number in range(EACH):
            submit(log, order(rename(writer, f"name {number} of {writer}")))


def over_a_websocket(api: Api, after: int, number: int) -> list[int]:
    """The positions of the next events after a position, over a new connection."""
    with socket(api) as listening:
        listening.subscribe(after=str(after))
        return [int(event["position"]) for event in listening.events(number)]


def over_an_event_stream(api: Api, after: int, number: int) -> list[int]:
    """The same as server-sent events."""
    with stream(api, after=str(after)) as (_, events):
        return positions(events, number)


Follow = Callable[[Api, int, int], list[int]]


def follow(api: Api, how: Follow, start: int, at_a_time: int) -> list[int]:
    """The positions of all events, received in parts with a new connection for each part."""
    heard: list[int] = []
    while len(heard) < WRITTEN:
        heard += how(api, heard[-1] if heard else start, min(at_a_time, WRITTEN - len(heard)))
    return heard


def test_every_listener_gets_every_event_once_and_in_order(programme: Database) -> None:
    hows: list[Follow] = [over_a_websocket, over_an_event_stream]

    def restart(stop: threading.Event) -> None:
        """Stop the projector and start it again, all the time."""
        while not stop.is_set():
            with fed(programme):
                stop.wait(0.3)

    with served(programme, projector=False) as api, meanwhile(restart), ThreadPoolExecutor(12) as hands:
        start = head(api)
        listeners = [hands.submit(follow, api, how, start, size) for how in hows for size in (WRITTEN, 17)]
        for writer in [hands.submit(write, programme, writer) for writer in range(WRITERS)]:
            writer.result()
        for listener in listeners:
            assert list(range(start + 1, start + WRITTEN + 1)) == listener.result()


def test_a_listener_that_reads_only_the_newest_events_would_be_found(
    programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a listener that asks for the last events instead of the next ones misses some of them."""
    entries = audit.entries

    async def newest(connection: Any, listing: Any, window: Any) -> Any:
        return await entries(connection, listing, type(window)(size=1, backwards=True))

    monkeypatch.setattr(audit, "entries", newest)
    with served(programme, projector=False) as api, ThreadPoolExecutor(1) as hands:
        start = head(api)
        write(programme, 1)
        listening = hands.submit(over_a_websocket, api, start, 1)
        with Projector(programme):
            assert [start + 1] != listening.result()

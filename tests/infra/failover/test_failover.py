"""The primary is killed under eight writers. With a synchronous standby nothing that was acknowledged is lost."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from infra.seals.sealer import seal_all
from tests.kit.database.failover import WRITERS, Load, fail_over, lost
from tests.kit.database.feeding import caught_up
from tests.kit.database.standby import Pair, pair
from tests.kit.database.writing import ask, eventually
from tests.kit.length import times
from tests.kit.sealing import Sealed, sealing
from tests.kit.web.served import Api, served

NAMES = "{ organisations(first: 1) { totalCount } }"
AT = "query ($at: DateTime!) { discrepancies(first: 100, knownAt: $at) { totalCount nodes { id } } }"
# How long the service may take to answer after the promotion. A busy machine proves nothing about seconds.
SECONDS = times(60, 5)


@pytest.fixture
def failing() -> Iterator[Pair]:
    with pair() as made:
        yield made


def answers(api: Api) -> bool:
    response = api.post(NAMES)
    return response.status_code == 200 and "errors" not in response.json()


def past_answers(api: Api, moments: list[str]) -> list[bytes]:
    """What is answered for each of *moments*, and exported: the bytes."""
    given: list[bytes] = []
    for moment in moments:
        when = {"knownAt": moment, "asAt": "2026-01-01"}
        # An export is refused while the read models are behind the moment.
        eventually(
            lambda: api.http.get("/export/organisations.csv", params=when).status_code == 200,  # noqa: B023
            "the moment is exported",
        )
        api.ask(AT, at=moment)
        given += [
            api.post(AT, {"at": moment}).content,
            api.http.get("/export/organisations.csv", params=when).content,
        ]
    return given


@pytest.mark.parametrize("round_", range(times(1, 10)))
def test_no_acknowledged_event_is_lost_and_the_service_answers_again_as_before(
    failing: Pair, round_: int, tmp_path: Path
) -> None:
    failing.wait_for_the_standby()
    seals = sealing(tmp_path)
    moments = []
    with served(failing.either) as api, Load(api) as load:
        for _ in range(3):
            load.more(20)
            ((moment,),) = ask(failing.primary.database, "SELECT clock_timestamp()")
            assert isinstance(moment, datetime)
            moments.append(moment.isoformat())
            seal_all(failing.primary.database, seals)
        before = past_answers(api, moments)
        seconds = fail_over(failing, lambda: answers(api))
        assert seconds < SECONDS, f"round {round_}: it answered after {seconds:.1f} seconds"
        assert before == past_answers(api, moments)
        # The same process records again, and its projector has found the new primary.
        load.more(20)
        load.__exit__()
        assert {} == lost(failing, load.acknowledged)
        caught_up(failing.standby.database)
        # The second epoch of the log goes on with all that was sealed in the first one.
        promoted = Sealed(failing.standby.database, seals)
        promoted.seal()
        assert ([], [1, 2]) == (promoted.found(), promoted.folder.epochs())


def test_a_standby_that_is_not_synchronous_loses_acknowledged_events_and_the_checkpoints_show_it(
    failing: Pair, tmp_path: Path
) -> None:
    """The control. Its receiver is cut off, as by a network, and the primary acknowledges all the same."""
    seals = sealing(tmp_path)
    with served(failing.either) as api, Load(api) as load:
        load.more(20)
        seal_all(failing.primary.database, seals)
        failing.standby.receive_nothing()
        # Each of the writers may be told now of a command that the standby still received.
        load.more(20 + WRITERS)
        seal_all(failing.primary.database, seals)
        fail_over(failing, lambda: answers(api))
        load.__exit__()
    assert 20 <= len(lost(failing, load.acknowledged))
    promoted = Sealed(failing.standby.database, seals)
    promoted.seal()
    ((_, sentence),) = promoted.found()
    assert re.fullmatch(
        r"Epoch 2 of the log parts from epoch 1 after \d+ events: (2\d|[3-9]\d|\d{3,}) events that were sealed in"
        r" epoch 1 are not in it\.",
        sentence,
    )

"""Web application, projector and rebuild are killed while clients hand in commands: nothing is lost or doubled."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.database.feeding import head, is_caught_up, leaders, rebuilding, rebuilt
from tests.kit.database.writing import PATIENCE_SECONDS, ask, eventually, read_tables
from tests.kit.length import times
from tests.kit.paths import ROOT
from tests.kit.processes import forked
from tests.kit.programs.rebuild import rebuild_again_and_again

KILLS, CLIENTS = times(3, 50), 2
SUBMIT = """mutation ($input: SubmitBidInput!) { submitBid(input: $input) {
    __typename ... on BidRecorded { position } ... on Refusal { rule reason } ... on Conflict { reason } } }"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def at_work(*words: str, on: Database) -> Iterator[None]:
    """A process of Fundtrail, killed in the end as by a failing machine. Fails if the process has ended before that."""
    environment = os.environ | {"DATABASE_URL": on.url, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield
            assert process.poll() is None, f"it ended before it was killed: {words}"
        finally:
            process.kill()


def hand_in(url: str, client: int, stopping: threading.Event) -> dict[str, int]:
    """Submit one bid after another, each again under its command id until it is answered. Return their positions."""
    answered: dict[str, int] = {}
    with httpx.Client(base_url=url, timeout=5) as http:
        while not stopping.is_set():
            word = f"c{client}-{len(answered)}"
            given = {
                "commandId": word, "bidId": f"bid-{word}", "reference": word, "partnership": "dip", "title": word,
                "requested": {"amount": "100.00", "currency": "GBP"}, "on": "2005-04-01",
            }  # fmt: skip
            bid = answer(http, given)
            if bid is None:
                time.sleep(0.05)
            else:
                assert bid["__typename"] == "BidRecorded", bid
                answered[word] = int(bid["position"])
    return answered


def answer(http: httpx.Client, given: dict[str, Any]) -> dict[str, Any] | None:
    """The answer to a bid; None when the application does not answer."""
    with suppress(httpx.HTTPError):
        response = http.post("/graphql", json={"query": SUBMIT, "variables": {"input": given}})
        if response.status_code == 200:
            found: dict[str, Any] = response.json()["data"]["submitBid"]
            return found
    return None


def is_up(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/health").status_code == 200
    return False


def test_killed_at_random_moments_again_and_again_it_comes_back_whole(programme: Database) -> None:
    port, chance, stopping = free_port(), random.Random(4611), threading.Event()
    url = f"http://127.0.0.1:{port}"
    answers: list[dict[str, int]] = [{} for _ in range(CLIENTS)]

    def client(number: int) -> None:
        answers[number] = hand_in(url, number, stopping)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    before = head(programme)
    for thread in clients:
        thread.start()
    try:
        for _ in range(KILLS):
            with at_work("-m", "infra.cli", "serve", "--port", str(port), on=programme):
                eventually(lambda: is_up(url), "it serves")
                with forked(rebuild_again_and_again, programme) as rebuilder:
                    eventually(lambda: rebuilding(programme), "it rebuilds")
                    time.sleep(chance.uniform(0, 1))
                    assert rebuilder.is_alive()
            eventually(lambda: not rebuilding(programme), "the server has noticed that the rebuild is gone")
        with at_work("-m", "infra.cli", "serve", "--port", str(port), on=programme):
            eventually(lambda: is_up(url), "it serves")
            time.sleep(0.5)
            stopping.set()
            for thread in clients:
                thread.join(PATIENCE_SECONDS)
    finally:
        stopping.set()
    answered = {word: position for of_one in answers for word, position in of_one.items()}
    assert len(answered) > KILLS
    kept = dict(ask(programme, "SELECT command_id, position FROM log.commands WHERE position > %s", (before,)))
    assert answered == {word: kept.get(word) for word in answered}
    assert head(programme) - before == len(kept), "each command led to one event"
    eventually(lambda: leaders(programme) == {}, "the server has noticed that they are gone")
    project_all(programme)
    assert is_caught_up(programme)
    assert read_tables(programme) == rebuilt(programme)

"""A failover under load: the primary is killed under eight writers, and its standby is promoted."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from tests.kit.database.standby import Pair
from tests.kit.database.writing import ask, eventually
from tests.kit.web.served import Api

WRITERS = 8
# The codes after which a client sends its command again, under the same id.
RETRIED = ("UNAVAILABLE", "TIMED_OUT", "RECORDED_NOT_YET_VISIBLE", "NOT_YET_VISIBLE")
REGISTER = """mutation ($id: ID!, $code: String!) { registerOrganisation(
    input: { commandId: $id, code: $code, name: $code, kind: "charity", on: "2005" }
) { ... on OrganisationRecorded { position } } }"""


@dataclass
class Load:
    """Writers that register one organisation after another through *api*, each until it is acknowledged.

    *acknowledged* has the positions that they were given, by command id, *refused* what no client would send again.
    Use as a context manager.
    """

    api: Api
    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(writer,)) for writer in range(WRITERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer: int) -> None:
        number = 0
        with httpx.Client(base_url=self.api.url, timeout=30) as http:
            while not self._stopping.is_set():
                number += 1
                given = {"id": f"{writer}-{number}", "code": f"charity-{writer}-{number}"}
                while not self._stopping.is_set() and not self._is_acknowledged(http, given):
                    time.sleep(0.05)

    def _is_acknowledged(self, http: httpx.Client, given: dict[str, str]) -> bool:
        with suppress(httpx.HTTPError):
            answer = http.post("/graphql", json={"query": REGISTER, "variables": given}).json()
            self.refused += [
                str(error) for error in answer.get("errors", ()) if error["extensions"]["code"] not in RETRIED
            ]
            if "errors" not in answer:
                self.acknowledged[given["id"]] = int(answer["data"]["registerOrganisation"]["position"])
                return True
        return False

    def more(self, number: int) -> None:
        """Wait until *number* more commands have been acknowledged."""
        enough = len(self.acknowledged) + number
        eventually(lambda: self.refused or len(self.acknowledged) >= enough, f"{number} more commands are acknowledged")
        assert [] == self.refused


def fail_over(pair: Pair, answers: Callable[[], bool]) -> float:
    """Kill the primary and promote the standby. Return after how many seconds *answers* is true again."""
    pair.primary.kill()
    pair.standby.promote()
    promoted = time.monotonic()
    eventually(answers, "the service answers again")
    return time.monotonic() - promoted


def lost(pair: Pair, acknowledged: dict[str, int]) -> dict[str, int]:
    """The acknowledged commands that the promoted standby lacks, or has at another position."""
    found = ask(pair.standby.database, "SELECT command_id, position FROM log.commands")
    kept = {str(command_id): int(position) for command_id, position in found}
    return {name: position for name, position in acknowledged.items() if kept.get(name) != position}

"""Whatever is sent is answered: as JSON, with a code, in good time, and never with an error of ours.

FUNDTRAIL_HOSTILE=100000 sends so many instead of some hundreds; --log-cli-level=WARNING tells how long they took.
"""

import logging
import os
import random
import time

import httpx
import pytest

from projections import register
from tests.infra.web.test_errors import breaking, codes
from tests.kit.web.hostile_requests import KINDS
from tests.kit.web.served import Api

# graphql-core leaves what it had begun of an answer unawaited where a sibling that may not be null fails at once.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
MANY = int(os.environ.get("FUNDTRAIL_HOSTILE", "600"))


def send(api: Api, kind: str, number: int) -> tuple[httpx.Response, float]:
    """The answer to the hostile request of this *kind* and *number*, and the seconds that it kept this process busy."""
    body = KINDS[kind](random.Random(f"{kind} {number}"))
    began = time.process_time()
    response = api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    took = time.process_time() - began
    assert "INTERNAL" not in codes(response), body
    assert {"data", "errors"} & set(response.json()), body
    return response, took


@pytest.mark.timeout(60 + MANY // 20)
@pytest.mark.parametrize("kind", KINDS)
def test_no_hostile_request_makes_an_error_of_ours(module_api: Api, kind: str) -> None:
    took = sorted(send(module_api, kind, number)[1] for number in range(MANY // len(KINDS)))
    told = f"{kind}: {len(took)}, median {took[len(took) // 2]:.4f} s, slowest {took[-1]:.3f} s"
    logging.getLogger("fundtrail.tests").warning(told)
    assert took[-1] < 1, told


def test_hostile_requests_are_of_every_sort(module_api: Api) -> None:
    found = {
        code for kind in KINDS for number in range(60) for code in codes(send(module_api, kind, number)[0]) or ["none"]
    }
    assert {"none", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"} <= found


def test_an_error_of_ours_would_be_found(module_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(register, "programmes", breaking)
    with pytest.raises(AssertionError, match="INTERNAL"):
        [send(module_api, "made up", number) for number in range(100)]

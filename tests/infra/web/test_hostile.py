"""Every hostile request is answered: as JSON, with a code, in good time, and never with an internal error.

FUNDTRAIL_HOSTILE=100000 sends that many requests instead of 600; --log-cli-level=WARNING shows how long they took.
"""

import logging
import os
import random
import time

import httpx
import pytest

from api import context
from api.answering import statements
from projections.register import reading as register
from tests.infra.web.test_errors import breaking, codes
from tests.kit.web.hostile_requests import KINDS
from tests.kit.web.served import Api

MANY = int(os.environ.get("FUNDTRAIL_HOSTILE", "600"))


def send(api: Api, kind: str, number: int) -> tuple[httpx.Response, float]:
    """The answer to the hostile request of this *kind* and *number*, and its processor time in seconds."""
    body = KINDS[kind](random.Random(f"{kind} {number}"))
    began = time.process_time()
    response = api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
    took = time.process_time() - began
    assert "INTERNAL" not in codes(response), body
    assert {"data", "errors"} & set(response.json()), body
    return response, took


@pytest.mark.timeout(60 + MANY // 20)
@pytest.mark.parametrize("kind", KINDS)
def test_no_hostile_request_causes_an_internal_error(module_api: Api, kind: str) -> None:
    took = sorted(send(module_api, kind, number)[1] for number in range(MANY // len(KINDS)))
    report = f"{kind}: {len(took)}, median {took[len(took) // 2]:.4f} s, slowest {took[-1]:.3f} s"
    logging.getLogger("fundtrail.tests").warning(report)
    assert took[-1] < 1, report


def test_hostile_requests_cause_every_kind_of_answer(module_api: Api) -> None:
    found = {
        code for kind in KINDS for number in range(150) for code in codes(send(module_api, kind, number)[0]) or ["none"]
    }
    assert {"none", "BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"} <= found


def test_an_internal_error_would_be_found(module_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    monkeypatch.setattr(statements, "lines_of", breaking)
    monkeypatch.setattr(register, "programmes", breaking)
    monkeypatch.setattr(context, "pages", breaking)
    with pytest.raises(AssertionError, match="INTERNAL"):
        [send(module_api, "made up", number) for number in range(100)]

"""The API held to the suites and clients of others, run by Node as the Python package index has it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.served import Api

HERE = Path(__file__).parent
NODE = Path(sys.executable).with_name("node")


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if not (HERE / "node_modules").is_dir():
        assert "FUNDTRAIL_CI" not in os.environ, "the suites of others are not installed: see .venv/conformance.stamp"
        pytest.skip("the suites of others could not be installed from npm: run `make conformance`")


def node(script: str, *words: str) -> Any:
    """What a script prints, as JSON."""
    done = subprocess.run(
        [NODE, HERE / script, *words], capture_output=True, text=True, check=False, timeout=120, cwd=HERE
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def test_every_audit_of_graphql_over_http_passes(shared_api: Api) -> None:
    audits = node("audit.mjs", f"{shared_api.url}/graphql")

    assert 61 == len(audits)
    assert [] == [one for one in audits if one["status"] != "ok"]


def test_the_public_client_follows_the_log_and_resumes_where_it_was(shared_api: Api) -> None:
    url = f"{shared_api.url.replace('http', 'ws', 1)}/graphql"
    first = node("subscribe.mjs", url, "0", "500")
    then = node("subscribe.mjs", url, str(first[-1]), "500")

    assert list(range(1, 1001)) == [*first, *then]

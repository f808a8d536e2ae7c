"""Every request that the schema allows is answered. Schemathesis generates the requests, with hostile values too."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from projections.delays import summary
from tests.kit.web.served import Api

# Values for each of our scalars, sensible and hostile.
SCALARS = {
    "Decimal": st.sampled_from(["1000.00", "0.001", "-1", "1e9", "NaN", "Infinity", "٣", ""]) | st.text(max_size=20),
    "Date": st.dates().map(str) | st.sampled_from(["2004-02-30", "2004", "soon"]) | st.text(max_size=12),
    "DateTime": st.sampled_from(["2005-04-01T09:00:00Z", "2005-04-01T09:00:00", "9999-12-31T23:59:59+14:00", ""]),
    "LogPosition": st.sampled_from(["0", "1", "1240", "-1", "9223372036854775808", "x"]),
}
EXAMPLES = 30
# The mutations are made from the commands in one way, so a few examples of each are enough.
OF_A_MUTATION = 8


@pytest.fixture(scope="module", autouse=True)
def _scalars() -> None:
    for name, strategy in SCALARS.items():
        schemathesis.graphql.scalar(name, strategy.map(nodes.String))


def operations(api: Api) -> list[Any]:
    schema = schemathesis.graphql.from_url(f"{api.url}/graphql")
    found: list[Any] = list(schema.get_all_operations())
    return [one.ok() for one in found]


def refused_well(response: httpx.Response) -> None:
    """Check that the answer is JSON with a status below 500, and that its errors are not internal ones."""
    assert 500 > response.status_code, response.text
    for error in response.json().get("errors", []):
        assert error["extensions"]["code"] not in ("", "INTERNAL_SERVER_ERROR", "INTERNAL"), error


def test_no_request_that_the_schema_allows_causes_an_internal_error(api: Api) -> None:
    tried = []
    for operation in operations(api):

        @settings(
            max_examples=OF_A_MUTATION if operation.label.startswith("Mutation.") else EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            refused_well(api.http.post("/graphql", json={"query": case.body}))

        ask()
        tried.append(operation.label)
    assert {"Query.delays", "Query.delaySummary", "Query.partnership", "Mutation.submitBid"} <= set(tried)


def test_an_internal_error_would_be_found(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(summary, "summaries", broken)
    with pytest.raises(AssertionError, match="INTERNAL"):
        refused_well(api.http.post("/graphql", json={"query": "{ delaySummary { group } }"}))

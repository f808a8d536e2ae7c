"""Pages of other sites: only those of listed origins read answers, open WebSockets and are told so in advance."""

from collections.abc import Iterator

import httpx
import pytest

from infra.database.postgres import Database
from infra.settings import BadSetting, settings
from tests.infra.web.test_connections import handshake
from tests.kit.web.served import Api, served

OURS, OTHER = "https://grants.example.org", "https://elsewhere.example"
SIMILAR = (
    OTHER, "http://grants.example.org", "https://grants.example.org:8443", "https://grants.example.org.evil.example",
    "https://evil-grants.example.org", "https://grants.example.org/", "null", "*", "",
)  # fmt: skip
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


@pytest.fixture(scope="module")
def open_api(shared_programme: Database) -> Iterator[Api]:
    """The application, which a listed origin may read."""
    with served(shared_programme, projector=False, origins=settings({"FUNDTRAIL_ORIGINS": OURS}).origins) as api:
        yield api


def preflight(api: Api, origin: str, path: str = "/graphql") -> httpx.Response:
    return api.http.options(path, headers={"origin": origin, **ASKED})


def cors(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("path", ["/graphql", "/export/awards.csv"])
def test_a_listed_origin_is_named_in_answers_and_preflights(open_api: Api, path: str) -> None:
    asked = preflight(open_api, OURS, path)
    assert (204, OURS) == (asked.status_code, asked.headers["access-control-allow-origin"])
    assert "content-type" in asked.headers["access-control-allow-headers"]
    assert "POST" in asked.headers["access-control-allow-methods"]
    query = {"query": "{ log { position } }"} if path == "/graphql" else {}
    answer = open_api.http.get(path, params=query, headers={"origin": OURS})
    assert (200, OURS) == (answer.status_code, answer.headers["access-control-allow-origin"])
    assert "etag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("origin", SIMILAR)
def test_no_other_origin_is_named(open_api: Api, origin: str) -> None:
    assert {} == cors(preflight(open_api, origin))
    assert 403 == preflight(open_api, origin).status_code
    answer = open_api.http.get("/graphql", params={"query": "{ log { position } }"}, headers={"origin": origin})
    assert {} == cors(answer)


def test_nothing_ever_names_every_origin_or_allows_credentials(open_api: Api) -> None:
    answers = [preflight(open_api, OURS), open_api.http.get("/export/awards.csv", headers={"origin": OURS})]
    for answer in answers:
        assert "*" not in cors(answer).values()
        assert "access-control-allow-credentials" not in answer.headers


def test_caches_keep_the_answers_for_different_origins_apart(open_api: Api) -> None:
    """An answer without an origin, too: a cache would give it to a page, which could not read it."""
    for headers in ({"origin": OURS}, {"origin": OTHER}, {}):
        answer = open_api.http.get("/graphql", params={"query": "{ log { position } }"}, headers=headers)
        assert {"accept", "origin"} <= {one.strip().lower() for one in answer.headers["vary"].split(",")}
        assert "origin" in open_api.http.get("/export/awards.csv", headers=headers).headers["vary"].lower()


def test_an_error_can_be_read_by_a_listed_origin(open_api: Api) -> None:
    answer = open_api.http.post("/graphql", content=b"{", headers={"origin": OURS, "content-type": "application/json"})
    assert (400, OURS) == (answer.status_code, answer.headers["access-control-allow-origin"])


def test_a_websocket_opens_for_the_same_list(open_api: Api) -> None:
    assert 101 == handshake(open_api, OURS)
    assert 101 == handshake(open_api, open_api.url)
    for origin in (OTHER, "http://grants.example.org", "https://grants.example.org.evil.example", "null"):
        assert 403 == handshake(open_api, origin)


def test_without_a_list_no_origin_is_named(shared_api: Api) -> None:
    """The control, with the default."""
    for origin in (OURS, OTHER, "null"):
        assert {} == cors(preflight(shared_api, origin))
        assert {} == cors(shared_api.http.get("/export/awards.csv", headers={"origin": origin}))
        assert 403 == handshake(shared_api, origin)


def test_the_host_is_still_checked_first(open_api: Api) -> None:
    answer = open_api.http.options("/graphql", headers={"origin": OURS, "host": "grants.example.org", **ASKED})
    assert (400, {}) == (answer.status_code, cors(answer))


def test_origins_are_read_from_the_setting() -> None:
    assert frozenset() == settings({}).origins
    given = "https://Grants.Example.org:443, http://localhost:3000 http://[::1]:80"
    assert {OURS, "http://localhost:3000", "http://[::1]"} == settings({"FUNDTRAIL_ORIGINS": given}).origins


@pytest.mark.parametrize(
    "value",
    ["*", "null", "grants.example.org", "https://grants.example.org/", "https://*.example.org", "ftp://example.org",
     "https://user@example.org", "https://example.org:99999", f"{OURS}, *", "https://"],
)  # fmt: skip
def test_what_is_not_an_origin_is_refused_by_name(value: str) -> None:
    with pytest.raises(BadSetting, match="FUNDTRAIL_ORIGINS"):
        settings({"FUNDTRAIL_ORIGINS": value})

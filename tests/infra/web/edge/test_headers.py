"""Security headers: every answer has them, of every route, every error and every way to be refused."""

import re
import timeit
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import BaseRoute, Route

from infra.database.postgres import Database
from infra.settings import settings
from infra.web.connections import configuration
from infra.web.edge.headers import ALWAYS, complete
from tests.infra.web.test_connections import GET, connected
from tests.infra.web.test_origins import OURS
from tests.kit.web import served as kit
from tests.kit.web.served import Api, served

NAMES = {name for name, _ in ALWAYS} | {"cache-control", "content-security-policy"}
# What is the same for everybody may be kept by caches.
PUBLIC = ("/console/", "/pages/style.css")


def check(answer: httpx.Response) -> None:
    """*answer* has each header once, no cache may keep it for others, and no site may frame it."""
    where = f"{answer.request.method} {answer.request.url} {answer.status_code}"
    for name in NAMES:
        assert 1 == len(answer.headers.get_list(name)), (where, name, answer.headers.get_list(name))
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], where
    kept = answer.headers["cache-control"]
    if not answer.request.url.path.startswith(PUBLIC):
        assert kept in {"no-store", "private, no-cache", "no-cache"}, where
    assert "strict-transport-security" not in answer.headers


def routes(api: Api) -> Iterator[tuple[str, str]]:
    """Each method and path of the application, with a value for each parameter."""
    waiting: list[BaseRoute] = list(api.app.routes)
    while waiting:
        route = waiting.pop()
        waiting += getattr(getattr(route, "original_router", route), "routes", None) or []
        if isinstance(route, Route):
            path = re.sub(r"\{[^}]*\}", "made-up", route.path)
            yield from ((method, path) for method in sorted(route.methods or ()))


def test_every_route_of_the_application_sends_them(shared_api: Api) -> None:
    walked = [(method, path) for method, path in routes(shared_api) if method != "HEAD"]
    assert {"/graphql", "/health", "/ready", "/metrics", "/", "/payments", "/deadlines.ics"} <= {p for _, p in walked}
    assert len(walked) >= 40
    for method, path in walked:
        check(shared_api.http.request(method, path))


ANSWERS = [
    ("POST", "/graphql", {"json": {"query": "{ log { position } }"}}),
    ("POST", "/graphql", {"content": b"{", "headers": {"content-type": "application/json"}}),
    ("POST", "/graphql", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
    ("POST", "/graphql", {"json": {"query": "{ nothing }"}}),
    ("GET", "/graphql?query={log{position}}", {}),
    ("GET", "/graphql", {"headers": {"accept": "text/html"}}),
    ("DELETE", "/graphql", {}),
    ("GET", "/nothing", {}),
    ("GET", "/nothing", {"headers": {"accept": "text/html"}}),
    ("GET", "/export/awards.csv", {}),
    ("GET", "/export/awards.xlsx", {}),
    ("GET", "/export/nothing.csv", {}),
    ("GET", "/export/awards.csv?x=1", {}),
    ("GET", "/payments?download=1", {}),
    ("GET", "/payments?x=1", {}),
    ("POST", "/bids/x", {"data": {"action": "x"}}),
    ("GET", "/health", {"headers": {"host": "evil.example"}}),
    ("POST", "/graphql", {"json": {"query": "{ log { position } }"}, "headers": {"x-fundtrail-actor": "<>"}}),
]


@pytest.mark.parametrize(("method", "path", "given"), ANSWERS)
def test_answers_refusals_and_errors_send_them(shared_api: Api, method: str, path: str, given: Any) -> None:
    check(shared_api.http.request(method, path, **given))


def test_an_export_that_is_the_same_as_before_is_only_kept_by_its_client(shared_api: Api) -> None:
    first = shared_api.http.get("/export/awards.csv")
    again = shared_api.http.get("/export/awards.csv", headers={"if-none-match": first.headers["etag"]})
    assert [200, 304] == [first.status_code, again.status_code]
    for answer in (first, again):
        check(answer)
        assert "private, no-cache" == answer.headers["cache-control"]


def test_pages_and_answers_about_money_are_kept_by_nobody(shared_api: Api) -> None:
    for answer in (shared_api.http.get("/"), shared_api.post("{ log { position } }")):
        assert "no-store" == answer.headers["cache-control"]


def test_what_is_refused_before_it_is_parsed_sends_them(shared_api: Api) -> None:
    for sent in ((GET, b"x: " + b"y" * 70_000, b"\r\n\r\n"), (b"nonsense\r\n\r\n",)):
        with connected(shared_api) as opened:
            for piece in sent:
                opened.sendall(piece)
            head = b"".join(iter(lambda: opened.recv(65536), b"")).partition(b"\r\n\r\n")[0].decode().splitlines()
        assert head[0].split()[1] in {"400", "431"}
        assert set() == NAMES - {line.partition(":")[0].lower() for line in head}


def test_an_answer_to_another_origin_sends_them(shared_programme: Database) -> None:
    with served(shared_programme, projector=False, origins=frozenset({OURS})) as api:
        check(api.http.get("/health", headers={"origin": OURS}))
        check(api.http.options("/graphql", headers={"origin": OURS, "access-control-request-method": "POST"}))


def test_a_failure_of_ours_sends_them(shared_api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaking(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("infra.web.app.readiness", breaking)
    answer = shared_api.http.get("/ready")
    assert 500 == answer.status_code
    check(answer)


def test_browsers_use_only_https_where_the_application_is_behind_tls(
    shared_programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = settings({"FUNDTRAIL_BEHIND_TLS": "1"}).identity.behind_tls
    monkeypatch.setattr(kit, "configuration", lambda *given, **named: configuration(*given, behind_tls=behind, **named))
    with served(shared_programme, projector=False) as api:
        assert "max-age=31536000" == api.http.get("/health").headers["strict-transport-security"]


def test_they_take_less_than_20_microseconds_a_request() -> None:
    """Those of ALWAYS take nothing: the server puts them in front of every answer once they are made."""
    own = [(b"content-length", b"2"), (b"content-type", b"text/plain")]
    assert min(timeit.repeat(lambda: complete(own), number=2000, repeat=10)) / 2000 < 20e-6

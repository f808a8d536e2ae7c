"""The console needs no other host, and its examples work."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from graphql import parse, validate

from api.schema import schema
from infra.database.postgres import Database
from infra.web import console
from tests.conftest import copy_of
from tests.kit.web.served import Api, served

EXAMPLES = console.examples()
# A file in the same folder as those that are served.
PLANTED = "planted-secret-4711"


@pytest.fixture(params=["graphiql", "small"])
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The console as HTML, with GraphiQL and without it."""
    monkeypatch.setattr(console, "MODULES", installed(tmp_path) if request.param == "graphiql" else tmp_path / "none")
    made = console.page()
    assert ("/console/graphiql.js" in made) is (request.param == "graphiql")
    return made


def installed(folder: Path) -> Path:
    """Stand-ins for what npm installs."""
    for name, place in console.ASSETS.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(f"/* {name} */", encoding="utf-8")
    (folder / "react" / "umd" / "secret.js").write_text(PLANTED, encoding="utf-8")
    return folder


class Links(HTMLParser):
    """The addresses that a page loads or links to, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.scripts: list[str] = []
        self._script = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = tag == "script"
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action", "srcset", "data")]

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts.append(data)


def test_the_page_loads_nothing_from_another_host(page: str) -> None:
    assert [] == [link for link in Links(page).links if not re.fullmatch(r"/console/[a-z-]+\.(js|css)", link)]
    # It builds no other address either, except that of its own host for the WebSocket.
    addresses = re.findall(r"(?:https?|wss?):|//[^\s\"']*|@import|url\(", re.sub(r"(?m)^\s*#.*$", "", page))
    assert {"https:", "wss:", "ws:", "//"} >= set(addresses), addresses


def test_the_page_contains_every_example_and_no_example_can_end_its_script(page: str) -> None:
    (script,) = (text for text in Links(page).scripts if "examples" in text)
    found = re.search(r"const examples = (\{.*\});", script)
    assert found is not None
    assert EXAMPLES == json.loads(found[1])


def test_an_example_with_markup_in_it_stays_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = '# Hostile\n{ partnership(code: "</script><script>alert(1)</script>$examples ${x}") { id } }'
    (tmp_path / "1-hostile.graphql").write_text(text, encoding="utf-8")
    monkeypatch.setattr(console, "EXAMPLES", tmp_path)
    monkeypatch.setattr(console, "MODULES", tmp_path)
    scripts = Links(console.page()).scripts
    assert 1 == len(scripts)
    found = re.search(r"const examples = (\{.*\});", scripts[0])
    assert found is not None
    assert {"Hostile": text} == json.loads(found[1])


def test_the_policy_allows_only_this_host() -> None:
    allowed = {word for rule in console.POLICY.split(";") for word in rule.split()[1:]}
    assert {"'self'", "'unsafe-inline'", "'none'", "data:", "blob:", "ws:"} == allowed
    assert "default-src 'self'" in console.POLICY
    assert "frame-ancestors 'none'" in console.POLICY


# --- Examples ---------------------------------------------------------------------------------------------------------


def test_there_are_examples_and_each_has_a_readable_title() -> None:
    assert len(list(console.EXAMPLES.glob("*.graphql"))) == len(EXAMPLES) > 2
    assert all(len(title.split()) > 2 for title in EXAMPLES)


@pytest.mark.parametrize("title", list(EXAMPLES))
def test_every_example_is_valid(title: str) -> None:
    assert [] == validate(schema._schema, parse(EXAMPLES[title]))


@pytest.fixture(scope="module")
def api(server: Database, programme_template: str) -> Iterator[Api]:
    """The application with the Capacity Building Programme, for this module."""
    with served(copy_of(server, programme_template)) as api:
        yield api


@pytest.mark.parametrize("title", list(EXAMPLES))
def test_every_example_is_answered_with_data_and_without_an_error(api: Api, title: str) -> None:
    answer = api.ask(EXAMPLES[title])
    assert all(answer.values())
    assert "Refusal" not in json.dumps(answer)


# --- Assets -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_assets(shared_programme: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Api]:
    """The application where GraphiQL has been installed."""
    monkeypatch.setattr(console, "MODULES", installed(tmp_path))
    with served(shared_programme, projector=False) as api:
        yield api


def test_assets_are_served_by_their_names_and_nothing_else_is(with_assets: Api) -> None:
    for name in console.ASSETS:
        response = with_assets.http.get(f"/console/{name}")
        assert (200, f"/* {name} */") == (response.status_code, response.text)
        kind = "text/css" if name.endswith(".css") else "javascript"
        assert kind in response.headers["content-type"]
    for path in (
        "",
        "secret.js",
        "../secret.js",
        "..%2Fsecret.js",
        "react%2Fumd%2Fsecret.js",
        "react.js%00",
        "React.js",
        "%2Fetc%2Fpasswd",
        "..%2F..%2F..%2Fetc%2Fpasswd",
        "graphiql.html",
        "examples",
    ):
        response = with_assets.http.get(f"/console/{path}")
        assert 404 == response.status_code, path
        assert "NOT_FOUND" == response.json()["errors"][0]["extensions"]["code"]
        assert PLANTED not in response.text


def test_without_assets_the_small_page_is_served_and_no_asset(
    shared_programme: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(tmp_path)
    (tmp_path / console.ASSETS["graphiql.css"]).unlink()  # One of them is missing.
    monkeypatch.setattr(console, "MODULES", tmp_path)
    with served(shared_programme, projector=False) as api:
        page = api.http.get("/graphql", headers={"accept": "text/html"})
        assert "/console/" not in page.text
        assert console.POLICY == page.headers["content-security-policy"]
        assert {404} == {api.http.get(f"/console/{name}").status_code for name in console.ASSETS}

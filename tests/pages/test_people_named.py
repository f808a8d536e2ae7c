"""Where a page shows who did something, the name of the person stands beside the id, as it is now."""

import html
from collections.abc import Iterator
from typing import Any

import pytest

from infra import directory
from infra.cli.run.demo import restore_example
from infra.database.postgres import Database
from infra.feeding.projector import project_all
from projections.tables import paging
from tests.conftest import TEMPLATE, copy_of
from tests.kit.command_line import fundtrail
from tests.kit.web.served import Api, served
from tests.pages.test_addresses import words

OFFICER = "person-example-payments-officer"
SHOWN = (
    "/audit", "/changes?from=2026-04-01&to=2026-04-30", "/payments", "/partnerships/coastal-skills/table",
    "/awards/EXA-2025-014",
)  # fmt: skip
HOSTILE = "<script>alert(1)</script>\"'&{{7919*7919}}"


@pytest.fixture
def told(server: Database) -> Iterator[Api]:
    """The application with the example programme, of this test alone."""
    database = copy_of(server, TEMPLATE)
    restore_example(database)
    project_all(database)
    with served(database) as api:
        yield api


def shown(api: Api) -> dict[str, str]:
    pages = {}
    for path in SHOWN:
        answer = api.http.get(path)
        if answer.status_code == 200 and OFFICER in answer.text:
            pages[path] = words(answer.text)
    return pages


def named(api: Api) -> Any:
    asked = '{ auditLog(last: 1, filter: { names: ["PaymentReversed"] }) { nodes { actor actorName } } }'
    return api.ask(asked)["auditLog"]["nodes"]


def test_the_name_stands_beside_the_id_until_the_person_is_erased(told: Api) -> None:
    found = shown(told)
    assert len(found) >= 3
    assert all(f"Payments officer {OFFICER}" in text for text in found.values())
    assert [{"actor": OFFICER, "actorName": "Payments officer"}] == named(told)
    assert f"Payments officer ({OFFICER})" in fundtrail(told.database, "audit", "--name", "PaymentReversed").stdout
    assert 0 == fundtrail(told.database, "people", "erase", "payments-officer", "--because", "Left").returncode
    assert all(f"erased person 6 {OFFICER}" in text for text in shown(told).values())
    assert [{"actor": OFFICER, "actorName": "erased person 6"}] == named(told)
    # Who is no registered person has no name.
    assert [{"actorName": None}] == told.ask("{ auditLog(first: 1) { nodes { actorName } } }")["auditLog"]["nodes"]


def test_a_hostile_name_is_text(told: Api) -> None:
    directory.keep(told.database, OFFICER, HOSTILE)
    page = told.http.get("/audit").text
    assert HOSTILE not in page
    assert HOSTILE in html.unescape(page)
    assert "\x00" not in page


def test_all_names_of_a_page_are_read_in_one_statement(told: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: list[str] = []
    lines_of = paging.lines_of

    async def counted(connection: Any, kind: Any, statement: Any, *parameters: Any) -> Any:
        statements.append(str(statement))
        return await lines_of(connection, kind, statement, *parameters)

    monkeypatch.setattr("projections.people.names.lines_of", counted)
    assert told.http.get("/payments").text.count(f'<span class="s">{OFFICER}</span>') > 1
    assert 1 == len(statements)
    assert 200 == told.http.get("/partnerships").status_code
    assert 1 == len(statements)

"""Every link of every page leads to a page, in a programme whose people wrote hostile text wherever they could."""

import csv
import html
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import pytest

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from infra.log import log_file
from pages.addresses import ADDRESSES
from tests.conftest import TEMPLATE, copy_of
from tests.kit.example_log import FILE
from tests.kit.web.served import Api, served

# Markup, a template, a change of the writing direction, a formula and a long word.
HOSTILE = "=<script>alert(1)</script>\"'&{{7919*7919}}\u202e\u0627" + "x" * 10_000
LINK = re.compile(r'<a [^>]*href="([^"]*)"')
# How many pages of one kind are opened at most.
OF_EACH = 12


def hostile(body: Any) -> Any:
    """*body* of an event, with hostile text after every text of several words: what people write."""
    if isinstance(body, dict):
        return {name: hostile(value) for name, value in body.items()}
    if isinstance(body, list):
        return [hostile(value) for value in body]
    return f"{body}{HOSTILE}" if isinstance(body, str) and " " in body else body


def hostile_log() -> io.BytesIO:
    """The log of the example programme with hostile texts, as a file."""
    events, commands = [], []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        if "event" in found:
            event = found["event"]
            if event["name"] != "RoleGranted":  # A role is one of our own words.
                event |= {"body": orjson.dumps(hostile(json.loads(event["body"]))).decode()}
            event |= {"authority": event["authority"] and HOSTILE}
            if event["position"] % 2:  # The others are by people with a page.
                event |= {"actor": event["actor"] + HOSTILE[:200]}
            events.append(found)
        elif "command" in found:
            commands.append(found)
    written = io.BytesIO()
    log_file.write(written, log_file.Kept(len(events), len(commands), 0), events, commands)
    written.seek(0)
    return written


@pytest.fixture(scope="module")
def hostile_api(server: Database) -> Iterator[Api]:
    """The application with the example programme, whose people wrote hostile text."""
    database = copy_of(server, TEMPLATE)
    log_file.restore(database, hostile_log())
    project_all(database)
    with served(database, projector=False) as api:
        yield api


def kind_of(path: str) -> str:
    """The address in ADDRESSES that a path is one of; empty for another one, such as an export."""
    for address in sorted(ADDRESSES, key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"{\w+}", "[^/?]+", address), path):
            return address
    return ""


def crawled(api: Api) -> tuple[Counter[str], dict[str, str]]:
    """How many pages of each address were opened, and what is wrong with any: from home on, by their links."""
    opened: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    waiting, seen = ["/"], {"/"}
    while waiting:
        address = waiting.pop(0)
        kind = kind_of(urlsplit(address).path)
        if not kind or opened[kind] >= OF_EACH:
            continue
        opened[kind] += 1
        answer = api.http.get(address)
        if 200 != answer.status_code:
            wrong[address] = f"{answer.status_code}: {answer.text[-200:]}"
        elif "download=" in address:
            cells = {cell[:1] for row in csv.reader(io.StringIO(answer.text)) for cell in row}
            if "=" in cells:
                wrong[address] = "a spreadsheet would run a formula"
        elif "<script" in answer.text or f"{7919 * 7919}" in answer.text:
            wrong[address] = "what people wrote is markup"
        else:
            for link in LINK.findall(answer.text):
                target = urljoin(address, html.unescape(link)).partition("#")[0]
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
    return opened, wrong


def test_every_link_leads_to_a_page_and_hostile_text_is_shown_as_text(hostile_api: Api) -> None:
    opened, wrong = crawled(hostile_api)
    assert {} == wrong
    # No concern names the owner of the machine, and the example programme has no certificate.
    unlinked = {"/concerns/{concern_id}", "/awards/{award_id}/certificates/{number}"}
    assert unlinked == ADDRESSES.keys() - opened.keys(), "no page links to these"
    assert HOSTILE[:20] in html.unescape(hostile_api.http.get("/partnerships").text)


def test_control_a_link_that_leads_nowhere_and_markup_are_found(
    hostile_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.frame.rendering.SECTIONS", (("home", "/partnerships/nothing", "<script>"),))
    opened, wrong = crawled(hostile_api)
    assert "/partnerships/nothing" in wrong
    assert opened["/"]

"""The clients of docs/clients.md, set up as it says, each with a program that runs against the application."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain import programme
from domain.values.ids import ProgrammeId
from domain.values.waiting import Days, Span
from domain.values.when import When
from tests.api.types.test_funding import reached
from tests.api.types.test_subscription import record
from tests.infra.web.test_example_programs import running, seen
from tests.kit.money import desk
from tests.kit.paths import ROOT
from tests.kit.web.served import Api, until

CLIENTS = ROOT / "examples" / "clients"
BIN = Path(sys.executable).parent
GUIDE = ROOT / "docs" / "clients.md"
ENTRY = "__typename id title lane on { text } amount { amount currency }"


@pytest.fixture(scope="module")
def _generated() -> None:
    """The types, possible types and artifacts that codegen and the Relay compiler make of schema and operations."""
    if not (CLIENTS / "node_modules").is_dir():
        assert "FUNDTRAIL_CI" not in os.environ, "the clients are not installed: see .venv/conformance.stamp"
        pytest.skip("the clients could not be installed from npm: run `make conformance`")
    (CLIENTS / "__generated__").mkdir(exist_ok=True)
    for command in (["relay-compiler", "relay.config.json"], ["graphql-codegen-esm", "--config", "codegen.json"]):
        program = [f"{BIN}/node", f"{CLIENTS}/node_modules/.bin/{command[0]}", *command[1:]]
        done = subprocess.run(program, cwd=CLIENTS, capture_output=True, text=True, check=False, timeout=120)
        assert 0 == done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def late_api(module_api: Api) -> Api:
    """The programme with a standard of ten days, and two bids that wait for longer."""
    with desk(module_api.database) as at:
        at.do(
            programme.SetServiceStandard(
                programme_id=ProgrammeId(at.find("programme", "cbp")), span=Span.TO_DECISION, limit=10,
                days=Days.CALENDAR, on=When("2004-01-01"),
            )
        )  # fmt: skip
        for name in ("late-1", "late-2"):
            at.submitted_bid(name, "2004-03-01")
        position = at.log.position()
    until(lambda: reached(module_api) >= position, "the read models had it")
    return module_api


def shown(api: Api, code: str) -> list[dict[str, Any]]:
    """The timeline of a partnership, which the API returns in one page."""
    query = f"query ($code: String) {{ partnership(code: $code) {{ timeline(first: 100) {{ nodes {{ {ENTRY} }} }} }} }}"
    nodes: list[dict[str, Any]] = api.ask(query, code=code)["partnership"]["timeline"]["nodes"]
    return nodes


def plain(found: Any) -> Any:
    """What a client gives, without the names of types that it asks for by itself."""
    if isinstance(found, dict):
        return {name: plain(value) for name, value in found.items() if name[:2] != "__"}
    return [plain(one) for one in found] if isinstance(found, list) else found


@pytest.mark.usefixtures("_generated")
@pytest.mark.parametrize("client", ["apollo", "urql", "relay"])
def test_a_client_pages_follows_the_log_lists_late_bids_and_goes_down_the_ladder(late_api: Api, client: str) -> None:
    before = plain(shown(late_api, "nwin"))
    with running([f"{BIN}/node", f"{CLIENTS}/program.js"], late_api, client, "nwin", "cbp") as program:
        assert program.stdout is not None
        lines: Iterator[dict[str, Any]] = (json.loads(line) for line in program.stdout)
        assert before == plain(next(lines)["timeline"]), "every page, from the cache"
        position = record(late_api, f"live-{client}", partnership="nwin")
        live = next(lines)
        assert (f"{position}", plain(shown(late_api, "nwin"))) == (live["event"]["position"], plain(live["live"]))
        assert len(before) + 1 == len(live["live"])
        assert ["late-1", "late-2"] == [one["bid"]["reference"] for one in next(lines)["late"]][:2]
        ladder = next(lines)
        assert 0 == program.wait(30)
    # By hand: all awards of the programme, those of the pilots, Cumbria's, and the one event that states it.
    assert ["1026997.00", "701997.00", "175000.00", "175000.00"] == ladder["ladder"]
    assert [("AwardStated", "import cbp")] == [(event["name"], event["actor"]) for event in ladder["events"]]


@pytest.mark.usefixtures("_generated")
def test_the_types_of_codegen_fit_the_program_and_its_answers(late_api: Api) -> None:
    tsc = [f"{BIN}/node", f"{CLIENTS}/node_modules/.bin/tsc", "-p", "."]
    checked = subprocess.run(tsc, cwd=CLIENTS, capture_output=True, text=True, check=False, timeout=120)
    assert (0, "") == (checked.returncode, checked.stdout)
    program = [f"{BIN}/node", "typed.ts", f"{late_api.url}/graphql", "worcestershire-partnership"]
    done = subprocess.run(program, cwd=CLIENTS, capture_output=True, text=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stderr
    entries = shown(late_api, "worcestershire-partnership")[:5]
    assert [(one["title"], (one["amount"] or {}).get("amount", "")) for one in entries] == [
        (one["title"], one["amount"]) for one in map(json.loads, done.stdout.splitlines())
    ]


@pytest.mark.usefixtures("_generated")
def test_the_possible_types_are_those_of_the_schema(late_api: Api) -> None:
    made = json.loads((CLIENTS / "__generated__" / "possibleTypes.json").read_text(encoding="utf-8"))["possibleTypes"]
    types = late_api.ask("{ __schema { types { kind name possibleTypes { name } } } }")["__schema"]["types"]
    abstract = {one["name"]: one["possibleTypes"] for one in types if one["kind"] in ("INTERFACE", "UNION")}
    assert {name: sorted(one["name"] for one in members) for name, members in abstract.items()} == {
        name: sorted(members) for name, members in made.items()
    }


def test_gql_lists_late_bids(late_api: Api) -> None:
    program = [sys.executable, f"{CLIENTS}/with_gql.py", f"{late_api.url}/graphql"]
    done = subprocess.run(program, env=seen(late_api), capture_output=True, text=True, check=False, timeout=60)
    assert 0 == done.returncode, done.stderr
    assert ["late-1", "late-2"] == [line.split()[0] for line in done.stdout.splitlines()][:2]


def test_what_the_guide_shows_of_a_file_is_the_file() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    shown_files = re.findall(r"<!-- file: (.+?) -->\n\n```\w+\n(.+?)```", text, flags=re.DOTALL)
    assert {"apollo.js", "urql.js", "relay.js", "with_gql.py", "codegen.json", "relay.config.json"} == {
        Path(name).name for name, _ in shown_files
    }
    for name, shown_text in shown_files:
        assert (ROOT / name).read_text(encoding="utf-8") == shown_text, name


def test_what_the_clients_need_is_pinned_and_locked() -> None:
    wanted = json.loads((CLIENTS / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((CLIENTS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for kind in ("dependencies", "devDependencies"):
        assert wanted[kind] == locked[""][kind]
        assert all(re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version) for version in wanted[kind].values())
    assert all("integrity" in package for name, package in locked.items() if name)

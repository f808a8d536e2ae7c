"""The page of the Devon fund is true: its commands are given in turn, and print what it shows."""

import json
import re
from pathlib import Path
from typing import Any

from infra.database.postgres import Database
from infra.feeding.projector import project_all
from tests.kit.command_line import fundtrail
from tests.kit.paths import ROOT
from tests.kit.web.served import served

PAGE = ROOT / "docs" / "devon-fund.md"
BLOCKS = re.findall(r"^```(json|text|graphql)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def printed(database: Database, folder: Path, commands: str) -> str:
    """What ``fundtrail hand-in`` prints for these lines. Positions are left out."""
    file = folder / "fund.jsonl"
    file.write_text(commands, encoding="utf-8")
    answer = fundtrail(database, "hand-in", str(file), "--as", "programme office")
    return re.sub(r"position \d+", "position ...", " ".join(answer.stdout.split()))


def decided(database: Database, query: str) -> str:
    """The answer to *query* as the page shows it: a line for each bid of the fund, and one for each decision."""
    project_all(database)
    with served(database, projector=False) as api:
        found: Any = api.ask(query)
    (fund,) = (one for one in found["programme"]["schemes"] if one["code"] == "good-initiatives")
    lines = []
    for one in fund["bids"]["nodes"]:
        lines.append(json.dumps({name: one[name] for name in ("reference", "state")}))
        lines += [json.dumps(each) for each in one["decisions"]]
    return " ".join(" ".join(lines).split())


def test_the_fund_refuses_and_routes_its_three_bids_as_the_page_shows(programme: Database, tmp_path: Path) -> None:
    last, shown = "", 0
    for kind, text in BLOCKS:
        if kind == "json":
            last = printed(programme, tmp_path, text)
            # What is recorded without more is not shown.
            assert "unreadable" not in last
            assert last.count("recorded at") + last.count("refused") == len(text.splitlines()), last
        elif kind == "graphql":
            last = decided(programme, text)
        else:
            shown += 1
            assert " ".join(text.split()) == last
    assert 3 == shown


def test_every_refusal_of_the_page_names_the_fact_and_who_may_decide() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for sentence in (
        "the limit of Steering Group is £50,000.00. It may be decided by Partner authorities",
        "holds no authority to approve bid here",
        "An ineligible bid cannot be approved",
    ):
        assert sentence in text

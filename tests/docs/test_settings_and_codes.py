"""Settings, exit codes and metrics: the documents have those that the code has, and no others."""

import ast
import re
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from prometheus_client.registry import Collector

from api.limits.weighing import Limits
from infra.database.postgres import LOGINS
from infra.seals.checkpoints import Lag
from infra.settings import settings
from infra.web import metrics
from infra.web.watching import MEASURED
from projections import progress
from tests.docs.pages import DOCS, PAGES, inline_code, rows
from tests.kit.paths import ROOT

# Each with the default that a document gives for it; None where it has none.
DEFAULTS: dict[str, str | None] = {
    "FUNDTRAIL_HOME": ".fundtrail",
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "SERVE": "1",
    "FUNDTRAIL_DOCUMENTS": "none",
    "FUNDTRAIL_DOCUMENTS_ONLY": "0",
    "FUNDTRAIL_SHOW_SQL": "0",
    "FUNDTRAIL_ORIGINS": "none",
    "FUNDTRAIL_RATE_READS": "6,000",
    "FUNDTRAIL_RATE_COMMANDS": "600",
    "FUNDTRAIL_RATE_EXPORTS": "60",
    "FUNDTRAIL_RATE_FAILED_SIGN_INS": "20",
    "FUNDTRAIL_PROXIES": "none",
    "FUNDTRAIL_ACCESS": "commands",
    "FUNDTRAIL_OTLP": "none",
    "FUNDTRAIL_NAME": "none",
    "FUNDTRAIL_SEAL_KEY": "seal.key",
    "FUNDTRAIL_SEALS": "seals",
    "FUNDTRAIL_WITNESSES": "none",
    "FUNDTRAIL_LOG_NAME": "fundtrail/",
    "FUNDTRAIL_KIND": "none",
    "FUNDTRAIL_ISSUER": "none",
    "FUNDTRAIL_AUDIENCE": "none",
    "FUNDTRAIL_CLIENT_ID": "none",
    "FUNDTRAIL_CLIENT_SECRET": "none",
    "FUNDTRAIL_PUBLIC_URL": "none",
    "FUNDTRAIL_BEHIND_TLS": "0",
    "FUNDTRAIL_SIGN_IN": "none",
    "FUNDTRAIL_SESSION_HOURS": "8",
    "FUNDTRAIL_SESSION_KEY": "none",
    "FUNDTRAIL_ROLES": "none",
    "FUNDTRAIL_REGISTER": "0",
    "FUNDTRAIL_PUBLISHER": None,
    "FUNDTRAIL_360GIVING_PREFIX": None,
    "FUNDTRAIL_IATI_REF": None,
    "FUNDTRAIL_IATI_TYPE": None,
    "FUNDTRAIL_LICENCE": None,
    **{f"FUNDTRAIL_MAX_{name.upper()}": f"{value:,g}" for name, value in asdict(Limits()).items()},
}
# Read where the database is opened.
ELSEWHERE = {"DATABASE_URL", *LOGINS.values()}


class Environment(dict[str, str]):
    """An environment that is empty and remembers what was looked up in it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return default

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.asked.add(str(key))
        return False


def tables() -> list[list[str]]:
    """The rows of the tables in all documents."""
    return [row for page in PAGES for row in rows(page.read_text(encoding="utf-8"))]


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_the_list_of_settings_in_this_test_is_that_of_the_code() -> None:
    environment = Environment()
    found = settings(environment)

    assert environment.asked == DEFAULTS.keys()
    assert Limits() == found.limits
    assert ("127.0.0.1", 8000, True, None, False) == (
        found.host, found.port, found.serve, found.documents, found.documents_only,
    )  # fmt: skip
    assert ".fundtrail" == found.home.name


def test_every_setting_is_in_a_table_of_a_document_with_its_default() -> None:
    missing = []
    for name, default in DEFAULTS.items():
        named = [" | ".join(row) for row in tables() if re.search(rf"`[^`]*\b{name}\b", " | ".join(row))]
        if not any(default is None or re.search(rf"(?<![\w.,]){re.escape(default)}(?![\w,])", row) for row in named):
            missing.append((name, default))

    assert [] == missing


def test_every_limit_is_in_the_page_of_operations() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    given = {cells[0].strip("`"): cells[1] for cells in rows(text) if "FUNDTRAIL_MAX_" in cells[0]}

    assert {name: default for name, default in DEFAULTS.items() if "FUNDTRAIL_MAX_" in name} == given


def test_no_document_names_a_setting_that_nothing_reads() -> None:
    name = r"\b(?:FUNDTRAIL|DATABASE)_[A-Z0-9_]*[A-Z0-9]\b"
    named = {each for page in PAGES for each in re.findall(name, page.read_text(encoding="utf-8"))}
    scripts = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "examples").rglob("*.*s"), ROOT / "Makefile"]
    of_scripts = {
        each for path in scripts if "node_modules" not in path.parts for each in re.findall(name, _text(path))
    }

    assert set() == named - DEFAULTS.keys() - ELSEWHERE - of_scripts


def _text(path: Path) -> str:
    # This file names all settings, so it proves nothing of them.
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() and path != Path(__file__) else ""


# --- Exit codes -------------------------------------------------------------------------------------------------------


def test_the_exit_codes_in_the_documents_are_those_of_the_command_line() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8").partition("| exit code")[2]
    documented = {int(row[0].strip("`")) for row in rows(f"|{text.partition('|')[2]}") if row[0].strip("`").isdigit()}

    # 1 is what a shell sees of a closed pipe; 0 is given by no statement.
    assert exit_codes() - {1} == documented - {0, 1}
    assert 0 in documented


def exit_codes() -> set[int]:
    """The codes that the command line ends with: constants that are named so, and numbers that are given directly."""
    codes = set()
    for path in (ROOT / "infra" / "cli").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) if _ends(tree) else None
        for value in _ends(tree):
            if isinstance(value, ast.Name):
                codes.add(getattr(module, value.id, 0))
            elif isinstance(value, ast.Constant):
                codes.add(value.value)
    return {code for code in codes if isinstance(code, int) and not isinstance(code, bool) and code}


def _ends(tree: ast.AST) -> list[ast.expr]:
    """What is given as a code where a command ends: to fail(), Exit() and exit(), or returned beside a sentence."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("fail", "_fail", "Exit", "exit"):
                found.append(node.args[-1])
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            found += [each for each in node.value.elts if isinstance(each, ast.Name) and each.id.isupper()]
    return found


# --- Metrics ----------------------------------------------------------------------------------------------------------


def test_the_metrics_in_the_documents_are_those_that_a_monitor_gets() -> None:
    collectors = [
        metrics.Gauges(progress.Head(0, None), []),
        metrics.Answers(),
        metrics.Connections({}, up=True),
        metrics.Sealing(Lag("sealing", None, 1, 1, 1, 0, 0.0)),
        metrics.Replication(progress.Standbys(1, 1, "on"), progress.Standby(0.0, 0)),
    ]
    kinds = {kind for kind in vars(metrics).values() if isinstance(kind, type) and Collector in kind.__bases__}
    assert kinds == {type(collector) for collector in collectors}
    given = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for collector in (*collectors, MEASURED)
        for metric in collector.collect()
    }
    code = [code for page in PAGES for code in inline_code(page.read_text(encoding="utf-8"))]

    assert len(given) > 4
    first = "log|projection|root|database|pool|request|requests|refusals|unparsed|replication|sealing|sealed"
    assert given == {name for name in code if re.fullmatch(f"fundtrail_({first})_[a-z_]+|fundtrail_sealing", name)}

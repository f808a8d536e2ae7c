"""Each alert for a monitor is about metrics that exist, and has a section in the runbook; the runbook has no others."""

import re
from typing import Any

import yaml

from infra.seals.checkpoints import Lag
from infra.web import metrics
from infra.web.watching import MEASURED
from projections import progress
from tests.docs.pages import DOCS

ASKED = ("Means", "Affected", "Look at", "Do", "Wake somebody")
# What is not seen by a metric.
UNSEEN = {"Refused at the start", "The last backup is old"}


def alerts() -> dict[str, dict[str, Any]]:
    """The rules by the name of their alert."""
    (group,) = yaml.safe_load((DOCS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def sections() -> dict[str, str]:
    """The text of each section of the runbook."""
    _, *parts = re.split(r"^## ", (DOCS / "runbook.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def measured() -> set[str]:
    """The samples that a monitor gets."""
    collectors = [
        metrics.Gauges(progress.Head(0, None), []),
        metrics.Answers(),
        metrics.Connections({}, up=True),
        metrics.Replication(progress.Standbys(1, 1, "on"), progress.Standby(0.0, 0)),
        metrics.Sealing(Lag("never", None, 0, 0, 0, 0, 0.0)),
    ]
    found = {metric.name: metric.type for one in (*collectors, MEASURED) for metric in one.collect()}
    ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return {f"{name}{end}" for name, kind in found.items() for end in ends.get(kind, ("",))}


def unknown_in(expression: str) -> set[str]:
    """The metrics of ours in an expression that nobody measures."""
    return set(re.findall(r"\bfundtrail_\w+", expression)) - measured()


def test_every_metric_of_an_alert_is_measured() -> None:
    assert {} == {name: found for name, rule in alerts().items() if (found := unknown_in(rule["expr"]))}


def test_control_a_metric_that_nobody_measures_is_found() -> None:
    assert {"fundtrail_database_gone"} == unknown_in("fundtrail_database_gone == 1 and fundtrail_database_up == 1")


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert sections().keys() == alerts().keys() | UNSEEN


def test_every_section_says_what_it_means_and_what_to_do() -> None:
    assert {} == {
        name: missing
        for name, text in sections().items()
        if (missing := [one for one in ASKED if f"- **{one}:**" not in text])
    }


def test_every_alert_says_how_urgent_it_is() -> None:
    assert {"page", "ticket"} == {rule["labels"]["severity"] for rule in alerts().values()}

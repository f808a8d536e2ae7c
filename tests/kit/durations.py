"""How long each test file takes, kept in tests/durations.json, so that the longest are started first."""

import json
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.kit.paths import ROOT

FILE = ROOT / "tests" / "durations.json"
LEAST_SECONDS = 0.5


def longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """*items* by file, the longest file first; files that are not in the list come last, in their own order."""
    known: dict[str, float] = json.loads(FILE.read_text(encoding="utf-8"))
    return sorted(items, key=lambda item: -known.get(file_of(item.nodeid), 0))


def write_down(reports: Iterable[pytest.TestReport]) -> None:
    """Replace the list by what *reports* say of every file that took LEAST_SECONDS or more."""
    took: Counter[str] = Counter()
    for report in reports:
        took[file_of(report.nodeid)] += report.duration  # type: ignore[assignment]
    kept = {file: round(seconds, 1) for file, seconds in sorted(took.items()) if seconds >= LEAST_SECONDS}
    FILE.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def file_of(nodeid: str) -> str:
    """The path of the test file that *nodeid* begins with."""
    return nodeid.partition("::")[0]

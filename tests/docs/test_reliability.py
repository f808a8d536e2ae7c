"""The page of reliability has each of the 27 figures, with tests that are there or the words "not yet"."""

import re

from tests.docs.pages import DOCS, rows
from tests.kit.paths import ROOT


def test_each_figure_names_tests_that_are_there_or_says_not_yet() -> None:
    figures = [row for row in rows((DOCS / "reliability.md").read_text(encoding="utf-8")) if row[0].isdigit()]
    assert list(range(1, 28)) == [int(row[0]) for row in figures]
    for number, _, held in figures:
        named = re.findall(r"`(tests/[\w/.]+)`", held)
        assert named or "not yet" in held, number
        assert [] == [name for name in named if not (ROOT / name).is_file()], number

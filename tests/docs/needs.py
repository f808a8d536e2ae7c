"""Writes docs/needs.md: each need of the programme's evaluators, and how it is answered.

python -m tests.docs.needs
"""

import csv
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import FunctionType

from tests.kit.paths import ROOT

PAGE = ROOT / "docs" / "needs.md"
FOLDER = ROOT / "tests" / "needs"
INTRODUCTION = """\
# Needs

The evaluators of the Capacity Building Programme found {needs} things that a system for such a programme should do.
Each test in `tests/needs` asks for one of them, over GraphQL as a client would; {met} are answered so. The others
are not called met, though parts of many exist. This page is generated from the tests by `make needs`.

| need | in words | how it is answered |
|---|---|---|
"""


def needs() -> dict[str, str]:
    """The needs by id, in words."""
    with (ROOT / "demo" / "cbp" / "requirements.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["need"] for row in csv.DictReader(file)}


def answers() -> dict[str, tuple[str, str]]:
    """The needs that a test asks for: how each is answered, and the name of the test."""
    return {need: (answer, test) for need, answer, test in _tests()}


def _tests() -> Iterator[tuple[str, str, str]]:
    for file in sorted(Path(FOLDER).glob("test_*.py")):
        for name, test in vars(import_module(f"tests.needs.{file.stem}")).items():
            named = re.match(r"test_(r\d{3})_", name)
            if named and isinstance(test, FunctionType):
                yield named[1].upper(), " ".join((test.__doc__ or "").split()), f"{file.name}::{name}"


def page() -> str:
    """docs/needs.md as the tests have it."""
    every, met = needs(), answers()
    rows = [f"| {need} | {words} | {met[need][0] if need in met else 'not yet'} |" for need, words in every.items()]
    return INTRODUCTION.format(needs=len(every), met=len(met)) + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

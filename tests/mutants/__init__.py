"""Seeded mutants: small changes to the rules, each of which a test must notice."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kit.paths import ROOT


@dataclass(frozen=True, slots=True)
class Mutant:
    """The change of *old* to *new* in *file*, which *breaks* a rule, and the *tests* that must notice.

    *survives* is the reason why none can notice, where that is so.
    """

    subject: str
    file: str
    old: str
    new: str
    breaks: str
    tests: tuple[str, ...]
    survives: str | None

    def applied(self, text: str) -> str:
        """*text* with the change. Raises ValueError unless *old* is in it exactly once."""
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"{self.file}: {self.old!r} is in it {found} times, not once")
        return text.replace(self.old, self.new)


def mutants(root: Path = ROOT) -> Iterator[Mutant]:
    """Every mutant of the lists, in the order of their files."""
    for path in sorted((root / "tests" / "mutants").glob("*/*.toml")):
        given = tomllib.loads(path.read_text(encoding="utf-8"))
        for one in given["mutant"]:
            yield Mutant(
                subject=path.stem,
                file=one["file"],
                old=one["old"],
                new=one["new"],
                breaks=one["breaks"],
                tests=tuple(one.get("tests", given["tests"])),
                survives=one.get("survives"),
            )

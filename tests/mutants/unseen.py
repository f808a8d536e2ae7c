"""The changes that nobody can see: each with the sentence that says why. They are listed in ``unseen.toml``."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from tests.mutants.changes import Change

LIST = Path(__file__).with_name("unseen.toml")


class Unseen(NamedTuple):
    """A change of the *kind* in *file*: the lines *old* become *new*. Nobody can see it, for the reason *why*."""

    file: str
    kind: str
    old: str
    new: str
    why: str


def unseen() -> list[Unseen]:
    """Every change of the list."""
    return [Unseen(**one) for one in tomllib.loads(LIST.read_text(encoding="utf-8"))["unseen"]]


def lines_of(text: str, change: Change) -> tuple[str, str]:
    """The lines of *text* that *change* changes, before and after, without their margins."""
    first, last = text.count("\n", 0, change.start), text.count("\n", 0, change.end)
    before = text.splitlines()[first : last + 1]
    after = change.applied(text).splitlines()[first : first + 1 + change.new.count("\n")]
    return "\n".join(map(str.strip, before)), "\n".join(map(str.strip, after))


def why_unseen(file: str, text: str, change: Change) -> str | None:
    """Why nobody can see *change* to *file*, whose source is *text*; None unless the list says so."""
    made = (file, change.kind, *lines_of(text, change))
    return next((one.why for one in unseen() if made == one[:4]), None)

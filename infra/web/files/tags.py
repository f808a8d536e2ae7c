"""Tags of exports (ETag): one for each content, so that a client that has it already need not download it again.

A tag is made from everything that the content follows from: what was asked, both clocks, the position of the log, the
publisher, the code, and how far each read model is. Some exports show a part of the present beside what was known, so a
tag of a past instant changes too once anything is recorded. Positions only grow, and they are read before the content.
So a content that was written while they grew has a tag that never comes again, and is never taken for another one.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from infra.exports.catalogue import Export
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import Wanted

# How far each read model is, and the log.
States: TypeAlias = Sequence[tuple[str, int | str]]

_ROOT = Path(__file__).parents[2]
# The folders with the code that an export follows from.
_CODE = ("domain", "projections", "infra/exports", "infra/files", "infra/log")
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')


def tag_of(export: Export, wanted: Wanted, publisher: Publisher, states: States) -> str:
    """The tag of an export while the read models and the log are in these *states*.

    A workbook has the time of its making in it, so its tag is weak: the rows are the same, but not each byte.
    """
    parts = (export, wanted, publisher, states, _digest_of_code())
    tag = f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
    return f"W/{tag}" if export.format == "xlsx" else tag


def is_matched(tag: str, headers: Iterable[str]) -> bool:
    """Whether *tag* is one of those in If-None-Match *headers*, which are compared without their weakness."""
    (wanted,) = _TAG.findall(tag)
    return wanted in {one for header in headers for one in _TAG.findall(header)}


@cache
def _digest_of_code() -> str:
    files = sorted(path for folder in _CODE for path in (_ROOT / folder).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()

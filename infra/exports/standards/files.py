"""Files in the formats of others, as streams: each says as at which day, as known when and up to where in the log."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

import msgspec

from infra.exports.standards import iati, three_sixty
from infra.exports.standards.award_facts import GIVING, IATI
from infra.exports.standards.left_out import Report
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import ExportedAward, Wanted, awards
from projections.tables.paging import Connection

# Amounts are numbers with exactly the digits that they have.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class NothingToTell(Exception):
    """Not one award can be told in the standard: a file without any is none."""

    def __init__(self, standard: str) -> None:
        super().__init__(f"No award can be told in this file. {standard}-left-out says of each why.")


@dataclass(frozen=True, slots=True)
class Standard:
    """A format: its file's ending and media type, how an award is told in it, and what stands around them."""

    name: str
    ending: str
    media_type: str
    write: Callable[[ExportedAward, Publisher, Wanted, Report], bytes | None]
    head: Callable[[Publisher, Wanted], bytes]
    between: bytes
    foot: bytes


async def file_of(
    connection: Connection, standard: Standard, wanted: Wanted, publisher: Publisher, report: Report
) -> AsyncGenerator[bytes, None]:
    """The file, piece by piece. Raises NothingToTell before the first piece where it would be empty."""
    begun = False
    async for exported in awards(connection, wanted, standard.name, report):
        piece = standard.write(exported, publisher, wanted, report)
        if piece is None:
            continue
        yield (standard.between if begun else standard.head(publisher, wanted)) + piece
        begun = True
    if not begun:
        raise NothingToTell(standard.name)
    yield standard.foot


async def left_out_of(
    connection: Connection, standard: Standard, wanted: Wanted, publisher: Publisher
) -> AsyncGenerator[dict[str, Any], None]:
    """What the file lacks, and why, as rows of a list."""
    waiting: list[dict[str, Any]] = []
    async for exported in awards(connection, wanted, standard.name, lambda one: waiting.append(one.row)):
        standard.write(exported, publisher, wanted, lambda one: waiting.append(one.row))
        while waiting:
            yield waiting.pop(0)
    for row in waiting:
        yield row


Clocks: TypeAlias = dict[str, str | int | None]


def clocks(wanted: Wanted) -> Clocks:
    """The clocks that a file stands for, in plain types."""
    return {
        "asAt": wanted.as_at.isoformat(),
        "knownAt": wanted.known_at.isoformat() if wanted.known_at is not None else None,
        "position": str(wanted.known),
    }


def _sentence(wanted: Wanted) -> str:
    told = clocks(wanted)
    return f"As at {told['asAt']}, as known at {told['knownAt']}, position {told['position']} of the log."


# --- 360Giving --------------------------------------------------------------------------------------------------------


def _giving_head(publisher: Publisher, wanted: Wanted) -> bytes:
    package: dict[str, Any] = {
        "version": "1.4",
        "title": f"Grants as at {wanted.as_at.isoformat()}",
        "description": _sentence(wanted),
        "fundtrail": clocks(wanted),
    }
    if publisher.name is not None:
        package["publisher"] = {"name": publisher.name}
        if publisher.reference is not None:
            package["publisher"]["identifier"] = publisher.reference
    if publisher.licence is not None:
        package["license"] = publisher.licence
    return _ENCODER.encode(package)[:-1] + b',"grants":[\n'


def _giving(exported: ExportedAward, publisher: Publisher, wanted: Wanted, report: Report) -> bytes | None:
    grant = three_sixty.grant_of_award(
        exported.award_id, exported.facts, exported.parties, publisher, wanted.as_at, report
    )
    return _ENCODER.encode(grant) if grant is not None else None


# --- IATI -------------------------------------------------------------------------------------------------------------


def _iati_head(_: Publisher, wanted: Wanted) -> bytes:
    told = clocks(wanted)
    named = {"as-at": told["asAt"], "known-at": told["knownAt"], "position": told["position"]}
    attributes = "".join(f" fundtrail:{name}={quoteattr(str(value))}" for name, value in named.items() if value)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<!-- {_sentence(wanted)} -->\n"
        f'<iati-activities version="2.03" xmlns:fundtrail="{iati.NAMESPACE}"{attributes}>\n'
    ).encode()


def _iati(exported: ExportedAward, publisher: Publisher, wanted: Wanted, report: Report) -> bytes | None:
    return iati.activity_of_award(exported.award_id, exported.facts, exported.parties, publisher, wanted.as_at, report)


STANDARDS = {
    GIVING: Standard(GIVING, "json", "application/json", _giving, _giving_head, b",\n", b"\n]}\n"),
    IATI: Standard(IATI, "xml", "application/xml", _iati, _iati_head, b"\n", b"\n</iati-activities>\n"),
}

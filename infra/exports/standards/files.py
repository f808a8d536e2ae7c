"""Files in the standards of others, as streams. Each file states its day, its instant and its position in the log."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from xml.sax.saxutils import quoteattr

import msgspec

from domain.values.portable import Portable
from infra.exports.standards import iati, three_sixty
from infra.exports.standards.award_facts import GIVING, IATI
from infra.exports.standards.left_out import Report
from infra.exports.standards.publisher import Publisher
from infra.exports.standards.reading import ExportedAward, Wanted, awards
from projections.tables.paging import Connection

# Amounts are written as numbers with exactly their digits.
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class NothingToExport(Portable):
    """No award can be exported in the standard, so there is no file."""

    def __init__(self, standard: str) -> None:
        super().__init__(f"No award can be exported in this file. The list {standard}-left-out gives the reasons.")


@dataclass(frozen=True, slots=True)
class Standard:
    """A standard: the ending and media type of its file, and functions and texts that write it.

    *write* returns an award, or None where it is left out. *head*, *between* and *foot* are the text around awards.
    """

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
    """The file, piece by piece. Raises NothingToExport before the first piece if there would be no award."""
    started = False
    async for exported in awards(connection, wanted, standard.name, report):
        piece = standard.write(exported, publisher, wanted, report)
        if piece is None:
            continue
        yield (standard.between if started else standard.head(publisher, wanted)) + piece
        started = True
    if not started:
        raise NothingToExport(standard.name)
    yield standard.foot


async def left_out_of(
    connection: Connection, standard: Standard, wanted: Wanted, publisher: Publisher
) -> AsyncGenerator[dict[str, Any], None]:
    """What the file lacks and why, as rows of a list."""
    waiting: list[dict[str, Any]] = []
    async for exported in awards(connection, wanted, standard.name, lambda one: waiting.append(one.row)):
        standard.write(exported, publisher, wanted, lambda one: waiting.append(one.row))
        while waiting:
            yield waiting.pop(0)
    for row in waiting:
        yield row


Clocks: TypeAlias = dict[str, str | int | None]


def clocks(wanted: Wanted) -> Clocks:
    """The day, the instant and the position of a file, in plain types."""
    return {
        "asAt": wanted.as_at.isoformat(),
        "knownAt": wanted.known_at.isoformat() if wanted.known_at is not None else None,
        "position": str(wanted.known),
    }


def _sentence(wanted: Wanted) -> str:
    times = clocks(wanted)
    return f"As at {times['asAt']}, as known at {times['knownAt']}, position {times['position']} of the log."


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
    times = clocks(wanted)
    named = {"as-at": times["asAt"], "known-at": times["knownAt"], "position": times["position"]}
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

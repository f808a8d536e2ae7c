"""The evaluation frameworks of the programme: the rows of ``impact_framework.csv``, as one event for each document.

The source of a row begins with its document. Both documents say by which impacts the programme is judged. The later
one has all impacts of the earlier one, at more levels, and three more. It says nothing of the evidence, so that of the
earlier one stands.
"""

from collections.abc import Sequence

from domain.published.framework import ExpectedImpact, FrameworkPublished, PublishFramework, publish
from domain.values.fact import Record, Source
from domain.values.ids import ProgrammeId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN
from infra.imports.cbp.codes import Codes, LeftOut, Steps, found_in, required
from infra.imports.cbp.csv_file import BrokenRow, Row

# Whose framework it is. The file does not say; the README of the files does.
PROGRAMME = "cbp"
WITH_THE_FIRST = "an impact of a framework, recorded with the first impact of its document"


def framework(row: Row, codes: Codes) -> Steps:
    """The framework of a row's document, if the row is the first of it."""
    required(row, "impact", "level", "source")
    _published([row], codes)
    rows = [one for one in codes.rows[row.file] if _document(one) == _document(row)]
    if rows[0] is not row:
        return LeftOut(WITH_THE_FIRST)
    cites = "; ".join(dict.fromkeys(one["source"] for one in rows))
    fact = FrameworkPublished(
        impacts=_published(rows, codes).impacts,
        on=UNKNOWN,
        source=Source(register=row.file, row=row.digest, cites=cites),
    )
    return [Record(stream=found_in(codes.programmes, PROGRAMME, "programme"), fact=fact)]


def _document(row: Row) -> str:
    return row["source"].partition(":")[0]


def _published(rows: Sequence[Row], codes: Codes) -> FrameworkPublished:
    """The framework of *rows*. Raises BrokenRow where a person could not publish it."""
    impacts = tuple(
        ExpectedImpact(
            impact=row["impact"],
            levels=tuple(row["level"].split("/")),
            evidence=row.get("evidence_types"),
            called=codes.impact_names.of(row["impact"]),
        )
        for row in rows
    )
    try:
        (found,) = publish(None, PublishFramework(programme_id=ProgrammeId(PROGRAMME), impacts=impacts, on=UNKNOWN))
    except Refused as refusal:
        raise BrokenRow(f"{refusal.rule}: {refusal.reason}") from refusal
    return found

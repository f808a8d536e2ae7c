"""Support cases that rows state in words: ``support.csv``, which a folder may have beside the files of its programme.

A line names a row as a line of ``figures.csv`` does: by its file, by the code that it is about, and by some of its
words. It says which *step* of a support case of which *organisation* the row states. The text and the date of the step
are those of the row, and it cites what the row cites. An organisation has one case for each partnership that supports
it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from domain.organisation import AssessmentCategoryRecorded
from domain.support.case import (
    HelpAnswered,
    HelpOffered,
    NoticeServed,
    NoticeSort,
    ReviewHeld,
    ReviewPlanned,
    ReviewSort,
    SupportCaseClosed,
    SupportCaseEscalated,
    SupportCaseOpened,
    SupportLevel,
)
from domain.values.fact import Fact, Record, Source
from domain.values.ids import OrganisationId, PartnershipId
from domain.values.when import UNKNOWN, NotADate, When
from infra.imports.cbp.codes import Codes, LeftOut, Steps, date_in, one_of, required
from infra.imports.cbp.csv_file import BrokenRow, Row
from infra.imports.cbp.figures import rows_about

FILE = "support.csv"
COLUMNS = "file code words organisation step number sort by on"
NO_ROW = "a step of support whose words are in no row of its file, or in several rows"
# The columns that have the text of a row, and the one that has its date.
TEXT_OF: Mapping[str, tuple[str, ...]] = {
    "events.csv": ("summary",),
    "governance.csv": ("body", "remit"),
    "limits.csv": ("body", "rule"),
    "outcomes.csv": ("indicator",),
    "partnerships.csv": ("theme",),
}
DATE_OF = {"events.csv": "effective_from", "outcomes.csv": "measured_on", "partnerships.csv": "start"}


@dataclass(frozen=True)
class Named:
    """A *line* of the file with the row that it names, as far as a step needs it."""

    line: Row
    row: Row
    codes: Codes
    organisation_id: OrganisationId
    partnership_id: PartnershipId

    @property
    def text(self) -> str:
        """What the row says, in its own words."""
        return ": ".join(self.row[column] for column in TEXT_OF[self.row.file] if self.row[column])

    @property
    def on(self) -> When:
        """The date that the row states: in a column, or in words, as the line repeats them."""
        if self.line["on"]:
            try:
                return When(self.line["on"])
            except NotADate as error:
                raise BrokenRow(f"{error}.") from error
        about = self.row.cells.get("certainty") == "approximate"
        column = DATE_OF.get(self.row.file)
        return date_in(self.row[column], approximate=about) if column is not None else UNKNOWN

    @property
    def source(self) -> Source:
        """The source of the step: the line, which cites what the row cites."""
        return Source(register=self.line.file, row=self.line.digest, cites=self.row["source"])

    @property
    def number(self) -> int:
        """The number of the offer, notice or review in its case. Raises BrokenRow."""
        number = self.line.whole_number("number")
        if number is None:
            raise BrokenRow("number is empty. Fill it in.")
        return number

    @property
    def case(self) -> int:
        """The number of the case: the one that the file gave it before, or the next free one."""
        opened = [one for one in self.codes.history(self.organisation_id) if isinstance(one, SupportCaseOpened)]
        for one in opened:
            if one.source is not None and one.source.register == FILE and one.partnership_id == self.partnership_id:
                return one.case
        given = self.codes.cases.setdefault(self.organisation_id, {})
        taken = [*given.values(), *(one.case for one in opened)]
        return given.setdefault(self.partnership_id, max(taken, default=0) + 1)

    @property
    def of_case(self) -> dict[str, Any]:
        """What all events of the case share."""
        return {
            "organisation_id": self.organisation_id,
            "partnership_id": self.partnership_id,
            "case": self.case,
            "source": self.source,
        }


def support(line: Row, codes: Codes) -> Steps:
    """The step of support that a line names, as the row states it."""
    required(line, "file", "code", "words", "organisation", "step")
    step = STEPS.get(line["step"])
    if step is None:
        raise BrokenRow(f'The step "{line["step"]}" is unknown. It must be one of: {", ".join(STEPS)}.')
    if line["file"] not in TEXT_OF:
        raise BrokenRow(f'A row of "{line["file"]}" states no step. The file must be one of: {", ".join(TEXT_OF)}.')
    rows = rows_about(line, codes.rows.get(line["file"], ()))
    if len(rows) != 1:
        return LeftOut(NO_ROW)
    organisation_id = codes.organisation(line["organisation"])
    named = Named(line, rows[0], codes, organisation_id, codes.partnership(line["code"]))
    return [Record(stream=organisation_id, fact=step(named))]


Stated: TypeAlias = Callable[[Named], Fact]


def _answered(accepted: bool) -> Stated:
    return lambda named: HelpAnswered(
        number=named.number, accepted=accepted, because=named.text, on=named.on, **named.of_case
    )


def _offered(named: Named) -> Fact:
    helper_id = named.codes.optional_organisation(named.line["by"])
    return HelpOffered(number=named.number, text=named.text, helper_id=helper_id, on=named.on, **named.of_case)


def _served(named: Named) -> Fact:
    required(named.line, "by")
    sort = one_of(NoticeSort, named.line.cells, "sort")
    served_by = named.line["by"]
    return NoticeServed(
        number=named.number, sort=sort, served_by=served_by, text=named.text, on=named.on, **named.of_case
    )


def _planned(named: Named) -> Fact:
    """A plan of which the row states no day. A row that plans has the day for which it is planned."""
    due = named.on if named.row.cells.get("kind", "").endswith("_planned") else UNKNOWN
    sort = one_of(ReviewSort, named.line.cells, "sort")
    return ReviewPlanned(number=named.number, sort=sort, due=due, on=UNKNOWN, **named.of_case)


def _category(named: Named) -> Fact:
    """The category is in the column of the sort, its regime in that of the body."""
    required(named.line, "sort", "by")
    return AssessmentCategoryRecorded(
        regime=named.line["by"], category=named.line["sort"], on=named.on, source=named.source
    )


# What a row can state, by the word for it in the column "step".
STEPS: Mapping[str, Stated] = {
    "opened": lambda named: SupportCaseOpened(text=named.text, on=named.on, **named.of_case),
    "offered": _offered,
    "accepted": _answered(accepted=True),
    "declined": _answered(accepted=False),
    "notice": _served,
    "planned": _planned,
    "held": lambda named: ReviewHeld(number=named.number, on=named.on, **named.of_case),
    "escalated": lambda named: SupportCaseEscalated(
        level=one_of(SupportLevel, named.line.cells, "sort"), because=named.text, on=named.on, **named.of_case
    ),
    "closed": lambda named: SupportCaseClosed(conclusion=named.text, on=named.on, **named.of_case),
    "category": _category,
}

"""What a programme asks of those concerned, and what it asks of all returns: questions, responses and templates.

They are recorded on the stream of the programme, for all who read the register.
"""

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from domain import entries
from domain.entries import Done, OfEntry, begun, followed, made
from domain.values.fact import Fact
from domain.values.frozen import frozen
from domain.values.ids import OrganisationId, ProgrammeId
from domain.values.order import After, Step, Steps
from domain.values.refusal import Refused
from domain.values.when import When

# --- Events -----------------------------------------------------------------------------------------------------------


@frozen
class QuestionPut(OfEntry):
    """The programme asks those concerned a question, until the last day *until*."""

    text: str
    until: When


@frozen
class ResponseGiven(OfEntry):
    """Somebody responded to the question with this number. *given_by* is who, in words or beside its organisation."""

    given_by: str
    text: str
    organisation_id: OrganisationId | None = None


@frozen
class QuestionDecided(OfEntry):
    """The programme decided the question, for the reason *because*."""

    decision: str
    because: str


@frozen
class ReturnTemplatePublished(OfEntry):
    """Every return has these *fields*, from now on. The number is the version of the template."""

    fields: tuple[str, ...]


ConsultationEvent: TypeAlias = QuestionPut | ResponseGiven | QuestionDecided | ReturnTemplatePublished

_PUT = After(QuestionPut, mine="number")
STEPS: Steps = {
    QuestionPut: Step("question {number}"),
    ResponseGiven: Step("response to question {number}", (_PUT,)),
    QuestionDecided: Step("decision on question {number}", (_PUT, After(ResponseGiven, mine="number"))),
    ReturnTemplatePublished: Step("template {number} of returns"),
}

# --- Commands ---------------------------------------------------------------------------------------------------------


@frozen
class _OfProgramme:
    """A command that is decided on the stream of the programme."""

    programme_id: ProgrammeId
    on: When

    @property
    def stream(self) -> str:
        """The id of the stream that decides the command."""
        return self.programme_id


@frozen
class PutQuestion(_OfProgramme):
    """Put a question to those concerned, as part of a consultation.

    *text* is the question. *until* is the last day for responses.
    """

    number: int | None = None
    text: str
    until: When


@frozen
class GiveResponse(_OfProgramme):
    """Record a response to a question of a consultation. Responses are published.

    *given_by* is who responds: a post, a body or a group. *organisation_id* is its organisation, if it is a known one.
    """

    number: int
    given_by: str
    text: str
    organisation_id: OrganisationId | None = None


@frozen
class DecideQuestion(_OfProgramme):
    """Record what was decided on a question of a consultation, and why.

    *decision* is what was decided.
    """

    number: int
    decision: str
    because: str


@frozen
class PublishReturnTemplate(_OfProgramme):
    """Publish the one template that all returns of the programme follow from then on.

    *fields* are what each return answers.
    """

    number: int | None = None
    fields: tuple[str, ...]


ConsultationCommand: TypeAlias = PutQuestion | GiveResponse | DecideQuestion | PublishReturnTemplate

# --- Rules ------------------------------------------------------------------------------------------------------------


class ResponseTooLate(Refused):
    """The response ({on}) is later than the last day of question {number} ({until}). Responses come by that day."""


class TemplateNotPossible(Refused):
    """The template has {fields} fields. It has at least one, each is named, and none is named twice."""


def decide(done: Done, command: ConsultationCommand) -> list[ConsultationEvent]:
    """The events that *command* leads to. Raises the Refused subclass of the rule that it breaks."""
    match command:
        case PutQuestion():
            return [*begun(STEPS, done, made(QuestionPut, done, command))]
        case GiveResponse():
            return [*followed(STEPS, done, made(ResponseGiven, done, command), QuestionPut, _in_time,
                              ends=(QuestionDecided,))]  # fmt: skip
        case DecideQuestion():
            return [*followed(STEPS, done, made(QuestionDecided, done, command), QuestionPut, ends=(QuestionDecided,))]
        case PublishReturnTemplate():
            return [*begun(STEPS, done, made(ReturnTemplatePublished, done, command), _named)]
        case _:
            assert_never(command)


def _in_time(done: Done, event: ResponseGiven) -> None:
    for one in done:
        if isinstance(one, QuestionPut) and one.number == event.number and not event.on.may_precede(one.until):
            raise ResponseTooLate(number=event.number, on=event.on, until=one.until)


def _named(_: Done, event: ReturnTemplatePublished) -> None:
    names = [one.strip().casefold() for one in event.fields]
    if not names or not all(names) or len(set(names)) != len(names):
        raise TemplateNotPossible(fields=len(names))


class TemplateUnknown(Refused):
    """There is no version {number} of the template. Name one that was published."""


def template(done: Done, number: int) -> tuple[str, ...]:
    """The fields of a version of the template. Raises TemplateUnknown."""
    for one in done:
        if isinstance(one, ReturnTemplatePublished) and one.number == number:
            return one.fields
    raise TemplateUnknown(number=number)


def dated(history: Sequence[Fact]) -> None:
    """Check the dates of what people recorded, as the commands do. Raises EntryEndsBefore and ResponseTooLate."""
    entries.dated(history)
    done = [one for one in history if isinstance(one, OfEntry)]
    for one in done:
        if isinstance(one, ResponseGiven) and one.source is None:
            _in_time(done, one)

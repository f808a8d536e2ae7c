"""A consultation: questions, responses by their last day, and one decision. And the template of all returns."""

from typing import Any

import pytest

from domain import programme
from domain.desk import decide as decided
from domain.entries import EntryEndsBefore, EntryIsOver, EntryNumberTaken, EntryTextEmpty, EntryUnknown
from domain.organisation import OrganisationUnknown
from domain.programme import ProgrammeUnknown
from domain.published import consultation as q
from domain.reading import Reading
from domain.values.correction import CorrectDate
from domain.values.ids import OrganisationId
from domain.values.order import StepOutOfOrder
from domain.values.when import When
from tests.kit.examples import EVENTS, PROGRAMME
from tests.kit.spec import MemoryLog, at, given

ESTABLISHED = EVENTS["ProgrammeEstablished"]
ON, UNTIL = When("2009-05-01"), When("2009-07-31")
OF: dict[str, Any] = {"programme_id": PROGRAMME, "number": 1}
PUT = q.QuestionPut(number=1, text="Should peers be paid?", until=UNTIL, on=ON)
GIVEN = q.ResponseGiven(number=1, given_by="Districts", text="Their costs", on=When("2009-06-10"))
DECIDED = q.QuestionDecided(number=1, decision="Costs are paid", because="Nine of ten", on=When("2009-09-01"))


def put(until: When = UNTIL) -> q.PutQuestion:
    return q.PutQuestion(text="Should peers be paid?", until=until, on=ON, **OF)


def respond(on: str = "2009-06-10", **changes: Any) -> q.GiveResponse:
    return q.GiveResponse(**OF | {"given_by": "Districts", "text": "Their costs", "on": When(on)} | changes)


def test_a_question_is_put_until_a_last_day() -> None:
    given(programme, ESTABLISHED).when(put()).then(PUT)
    given(programme).when(put()).refused(ProgrammeUnknown)
    given(programme, ESTABLISHED).when(put(When("2009-04"))).refused(EntryEndsBefore)
    other = q.PutQuestion(text="Another?", until=UNTIL, on=ON, **OF)
    given(programme, ESTABLISHED, PUT).when(other).refused(EntryNumberTaken, entry="question 1")


def test_responses_come_by_the_last_day_and_before_the_decision() -> None:
    asked = given(programme, ESTABLISHED, PUT)
    asked.when(respond()).then(GIVEN)
    asked.when(respond("2009-08-01")).refused(q.ResponseTooLate, number=1, on=When("2009-08-01"), until=UNTIL)
    asked.when(respond("2009-04-01")).refused(StepOutOfOrder)
    asked.when(respond(number=2)).refused(EntryUnknown, entry="question 2")
    asked.when(respond(given_by=" ")).refused(EntryTextEmpty, field="given by")
    given(programme, ESTABLISHED, PUT, DECIDED).when(respond()).refused(EntryIsOver)


def test_a_question_is_decided_once_after_its_responses() -> None:
    decide = q.DecideQuestion(decision="Costs are paid", because="Nine of ten", on=When("2009-09-01"), **OF)
    given(programme, ESTABLISHED, PUT, GIVEN).when(decide).then(DECIDED)
    other = q.DecideQuestion(decision="Nothing is paid", because="One of ten", on=When("2009-09-01"), **OF)
    given(programme, ESTABLISHED, PUT, DECIDED).when(other).refused(EntryIsOver)
    early = q.DecideQuestion(decision="Costs are paid", because="Nine of ten", on=When("2009-06-01"), **OF)
    given(programme, ESTABLISHED, PUT, GIVEN).when(early).refused(StepOutOfOrder)


def test_whoever_responds_is_a_known_organisation_or_is_named_in_words() -> None:
    log = MemoryLog(*at(PROGRAMME, ESTABLISHED), *at(PROGRAMME, PUT))
    decided(Reading(log), respond())
    with pytest.raises(OrganisationUnknown):
        decided(Reading(log), respond(organisation_id=OrganisationId("organisation-9")))


def test_a_corrected_date_of_a_response_is_by_the_last_day_too() -> None:
    log = MemoryLog(*at(PROGRAMME, ESTABLISHED), *at(PROGRAMME, PUT), *at(PROGRAMME, GIVEN))
    wrong: dict[str, Any] = {"programme_id": PROGRAMME, "step": "ResponseGiven", "number": 1, "because": "Postmark"}
    with pytest.raises(q.ResponseTooLate):
        decided(Reading(log), CorrectDate(date=When("2009-08-02"), on=When("2009-09-01"), **wrong))
    decided(Reading(log), CorrectDate(date=When("2009-07-30"), on=When("2009-09-01"), **wrong))


def test_a_template_names_each_of_its_fields_once() -> None:
    def publish(*names: str) -> q.PublishReturnTemplate:
        return q.PublishReturnTemplate(fields=names, on=ON, **OF)

    given(programme, ESTABLISHED).when(publish("Reached", "Spent")).then(
        q.ReturnTemplatePublished(number=1, fields=("Reached", "Spent"), on=ON)
    )
    for names in ((), ("Reached", " "), ("Reached", "reached ")):
        given(programme, ESTABLISHED).when(publish(*names)).refused(q.TemplateNotPossible, fields=len(names))

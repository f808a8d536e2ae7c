"""Returns follow the template of the programme. A certificate binds the figures of an award; nothing changes it."""

from typing import Any

import pytest

from domain import award
from domain.award import (
    AwardNotAccepted,
    CertificateDayUnclear,
    CertificateEmpty,
    CertificateNumberNotPositive,
    CertificateNumberTaken,
    CertifiedFigure,
    CertifyFunding,
    FileReturn,
    FundingCertified,
    JudgeReturn,
    LadderFigure,
    QueryUnexplained,
    ReturnAccepted,
    ReturnAnswer,
    ReturnAnswersDiffer,
    ReturnFiled,
    ReturnHoursNegative,
    ReturnJudged,
    ReturnNotFiled,
    ReturnRequired,
    ReturnUnknown,
)
from domain.desk import decide as decided
from domain.published import consultation as q
from domain.reading import Reading
from domain.values.fact import DigestMalformed, Fact
from domain.values.when import When
from tests.kit.awards import ACCEPTED, LATER, OFFERED, ON
from tests.kit.examples import ACE, AWARD, EVENTS, PROGRAMME
from tests.kit.examples_joint import DIGEST
from tests.kit.spec import MemoryLog, at, gbp, given

BEGUN: tuple[Fact, ...] = (OFFERED, ACCEPTED)
REQUIRED = ReturnRequired(partnership_id=ACE, number=1, covers="The first year", due=When("2006-06"), on=ON)
ANSWERS = (ReturnAnswer(field="Reached", text="All"), ReturnAnswer(field="Spent", text="As planned"))
SAID: dict[str, Any] = {"number": 1, "template": 1, "answers": ANSWERS, "hours": 6, "on": LATER}
FILED = ReturnFiled(partnership_id=ACE, **SAID)


def judge(*, accepted: bool, because: str | None = None) -> JudgeReturn:
    return JudgeReturn(award_id=AWARD, number=1, accepted=accepted, because=because, on=LATER)


def judged(*, accepted: bool, because: str | None = None) -> ReturnJudged:
    return ReturnJudged(partnership_id=ACE, number=1, accepted=accepted, because=because, on=LATER)


def test_a_return_that_is_required_is_filed_with_the_hours_that_it_took() -> None:
    required = given(award, *BEGUN, REQUIRED)
    required.when(FileReturn(award_id=AWARD, **SAID)).then(FILED)
    required.when(FileReturn(award_id=AWARD, **SAID | {"hours": -1})).refused(ReturnHoursNegative, hours=-1)
    given(award, *BEGUN).when(FileReturn(award_id=AWARD, **SAID)).refused(ReturnUnknown, number=1)


def test_a_filed_return_is_accepted_or_queried_and_filed_again_after_a_query() -> None:
    filed = given(award, *BEGUN, REQUIRED, FILED)
    filed.when(judge(accepted=True)).then(judged(accepted=True))
    filed.when(judge(accepted=False)).refused(QueryUnexplained)
    query = judged(accepted=False, because="Which?")
    filed.when(judge(accepted=False, because="Which?")).then(query)
    given(award, *BEGUN, REQUIRED).when(judge(accepted=True)).refused(ReturnNotFiled, number=1)
    given(award, *BEGUN).when(judge(accepted=True)).refused(ReturnUnknown, number=1)
    given(award, *BEGUN, REQUIRED, FILED, query).when(judge(accepted=True)).refused(ReturnNotFiled)
    again = SAID | {"answers": (ReturnAnswer(field="Reached", text="Two of three"), ANSWERS[1])}
    given(award, *BEGUN, REQUIRED, FILED, query).when(FileReturn(award_id=AWARD, **again)).then(
        ReturnFiled(partnership_id=ACE, **again)
    )
    given(award, *BEGUN, REQUIRED, FILED, judged(accepted=True)).when(FileReturn(award_id=AWARD, **again)).refused(
        ReturnAccepted, number=1
    )


def test_a_return_answers_each_field_of_a_version_of_the_template_once() -> None:
    template = q.ReturnTemplatePublished(number=1, fields=("Reached", "Spent"), on=ON)
    log = MemoryLog(
        *at(PROGRAMME, EVENTS["ProgrammeEstablished"]), *at(PROGRAMME, template), *at(ACE, EVENTS["PartnershipFormed"]),
        *at(AWARD, *BEGUN, REQUIRED),
    )  # fmt: skip

    def filed(answers: tuple[ReturnAnswer, ...] = ANSWERS, version: int = 1) -> FileReturn:
        return FileReturn(award_id=AWARD, **SAID | {"answers": answers, "template": version})

    other = ReturnAnswer(field="Risks", text="None")
    for answers, field in ((ANSWERS[:1], "Spent"), ((*ANSWERS, other), "Risks"), ((*ANSWERS, ANSWERS[0]), "Reached")):
        with pytest.raises(ReturnAnswersDiffer, match=field):
            decided(Reading(log), filed(answers))
    with pytest.raises(q.TemplateUnknown):
        decided(Reading(log), filed(version=2))
    assert [FILED] == [event for _, event in decided(Reading(log), filed())]


def certify(as_at: str = "2007-03-31", on: str = "2007-05-01", **changes: Any) -> CertifyFunding:
    said: dict[str, Any] = {"number": 1, "post": "Section 151 officer", "wording": "Spent as agreed"}
    return CertifyFunding(award_id=AWARD, as_at=When(as_at), on=When(on), **said | changes)


def certificate(**amounts: str) -> FundingCertified:
    figures = tuple(CertifiedFigure(figure=one, amount=gbp(amounts.get(one.value, "0.00"))) for one in LadderFigure)
    return FundingCertified(
        partnership_id=ACE, number=1, post="Section 151 officer", wording="Spent as agreed", figures=figures,
        as_at=When("2007-03-31"), on=When("2007-05-01"),
    )  # fmt: skip


def paid(number: int, amount: str, on: str) -> list[Fact]:
    """A payment that was requested, approved and released on one day."""
    said: dict[str, Any] = {"partnership_id": ACE, "number": number, "amount": gbp(amount), "on": When(on)}
    requested = award.PaymentRequested(**said)
    return [
        requested, award.PaymentApproved(**said),
        award.PaymentReleased(**said, bank_reference=f"BACS {number}"),
    ]  # fmt: skip


def spent(number: int, amount: str, on: str) -> award.ExpenditureReported:
    said: dict[str, Any] = {"partnership_id": ACE, "number": number, "amount": gbp(amount), "on": When(on)}
    return award.ExpenditureReported(description="Rooms", **said)


def test_a_certificate_has_the_figures_of_its_day_and_no_later_ones() -> None:
    offered = f"{OFFERED.amount.amount}"
    history: list[Fact] = [
        *BEGUN, *paid(1, "800.00", "2006-10-01"), spent(1, "600.00", "2007-03"), spent(2, "50.00", "2007-04-01"),
        *paid(2, "70.00", "2007-04-02"),
    ]  # fmt: skip
    left = f"{OFFERED.amount.amount - 800}"
    bound = certificate(awarded=offered, paid="800.00", spent="600.00", available=left, held="200.00")
    given(award, *history).when(certify()).then(bound)


def test_a_recovery_after_a_certificate_does_not_change_it_and_another_certificate_has_it() -> None:
    raised = award.RecoveryRaised(partnership_id=ACE, number=1, amount=gbp("500.00"), because="Unspent", payment=1,
                                  on=When("2007-06-01"))  # fmt: skip
    approved = award.RecoveryApproved(partnership_id=ACE, number=1, amount=gbp("500.00"), on=When("2007-06-08"))
    history = [*BEGUN, *paid(1, "900.00", "2006-10-01")]
    first = given(award, *history).when(certify())._decide(history)
    after = [*history, *first, raised, approved]
    assert [] == given(award, *after).when(certify())._decide(after)
    (second,) = given(award, *after).when(certify("2007-06-30", "2007-07-01", number=2))._decide(after)
    assert isinstance(second, FundingCertified)
    assert {LadderFigure.RECOVERABLE: gbp("500.00")}.items() <= {
        one.figure: one.amount for one in second.figures
    }.items()


def test_a_certificate_says_who_certifies_what_as_at_which_day() -> None:
    accepted = given(award, *BEGUN)
    accepted.when(certify(post=" ")).refused(CertificateEmpty)
    accepted.when(certify(wording="")).refused(CertificateEmpty)
    accepted.when(certify(number=0)).refused(CertificateNumberNotPositive, number=0)
    accepted.when(certify(documents=("12",))).refused(DigestMalformed, document="12")
    accepted.when(certify(documents=(DIGEST,), as_at="2007-03")).refused(CertificateDayUnclear)
    accepted.when(certify("2007-05-02")).refused(CertificateDayUnclear)
    accepted.when(certify("unknown")).refused(CertificateDayUnclear)
    given(award, OFFERED).when(certify()).refused(AwardNotAccepted)
    bound = given(award, *BEGUN).when(certify())._decide(BEGUN)
    given(award, *BEGUN, *bound).when(certify(wording="Otherwise")).refused(CertificateNumberTaken, number=1)

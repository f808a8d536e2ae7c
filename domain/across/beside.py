"""Decisions about money beside an award: they name organisations, and an award that meets a charge."""

from typing import TypeAlias

from domain import award, partnership, programme
from domain.across.mergers import going_on
from domain.between import pooling
from domain.history import Written, written_to
from domain.published import consultation
from domain.reading import Reading
from domain.values.ids import OrganisationId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When


class ContributorIsFunder(Refused):
    """The contributor funds the award. Its money is the award itself, and is counted once."""


class BudgetLineMissing(Refused):
    """The award has no budget line of these kinds: {kinds}. Its scheme requires one in each award."""


Paying: TypeAlias = award.RequestPayment | award.ReportExpenditure
Contributing: TypeAlias = award.PledgeContribution | award.ReceiveContribution


def pay(reading: Reading, command: Paying) -> list[Written]:
    """Request a payment or report expenditure. A payee that it names is a known organisation that goes on."""
    going_on(reading, command.payee_id, command.on)
    return written_to(command.stream, award.decide(reading.award(command.award_id), command))


def contribute(reading: Reading, command: Contributing) -> list[Written]:
    """Record a pledge or a contribution of a known organisation other than the funder. Raises ContributorIsFunder."""
    found = award.known(reading.award(command.award_id))
    decided = award.decide(found, command)
    if decided:
        going_on(reading, command.contributor_id, command.on)
        if command.contributor_id == _funder(reading, found):
            raise ContributorIsFunder
    return written_to(command.stream, decided)


def _funder(reading: Reading, found: award.Award) -> OrganisationId | None:
    """The funder of an award: that of its scheme, or else of its programme."""
    of = partnership.known(reading.partnership(found.partnership_id))
    funders: dict[SchemeId | None, OrganisationId | None] = {}
    for event in reading.history(of.programme_id):
        match event:
            case programme.ProgrammeEstablished():
                funders[None] = event.funder_id
            case programme.SchemeEstablished():
                funders[event.scheme_id] = event.funder_id
    return funders.get(of.scheme_id) or funders.get(None)


def agree_charge(reading: Reading, command: pooling.AgreeCharge) -> list[Written]:
    """Record a charge between known organisations. An award that meets a part of it is one of the partnership.

    Raises AwardUnknown and CurrencyDiffers.
    """
    decided = partnership.decide(reading.partnership(command.partnership_id), command)
    if decided:
        _going_on(reading, [command.payer_id, command.payee_id], command.on)
    if decided and command.award_id is not None:
        meets = award.known(reading.award(command.award_id))
        if meets.partnership_id != command.partnership_id:
            raise award.AwardUnknown(award=command.award_id)
        if command.met is not None and command.met.currency != meets.currency:
            raise award.CurrencyDiffers(award=meets.currency, given=command.met.currency)
    return written_to(command.stream, decided)


def divide_pool(reading: Reading, command: pooling.DividePool) -> list[Written]:
    """Record how pooled money is divided between known organisations."""
    decided = partnership.decide(reading.partnership(command.partnership_id), command)
    if decided:
        _going_on(reading, [share.organisation_id for share in command.shares], command.on)
    return written_to(command.stream, decided)


def _going_on(reading: Reading, organisations: list[OrganisationId], on: When) -> None:
    for one in organisations:
        going_on(reading, one, on)


def lines_of_scheme(reading: Reading, of: partnership.Partnership, command: award.OfferAward) -> None:
    """Check that an award has the budget lines that its scheme requires. Raises BudgetLineMissing."""
    found = reading.programme(of.programme_id)
    required = found.required(of.scheme_id, command.on) if found is not None else frozenset()
    missing = required - {line.kind for line in command.lines}
    if missing:
        raise BudgetLineMissing(kinds=", ".join(sorted(kind.value.replace("_", " ") for kind in missing)))


def file_return(reading: Reading, command: award.FileReturn) -> list[Written]:
    """File a return that answers each field of a version of the programme's template. Raises ReturnAnswersDiffer."""
    found = award.known(reading.award(command.award_id))
    decided = award.decide(found, command)
    if decided:
        of = partnership.known(reading.partnership(found.partnership_id))
        fields = consultation.template(programme.known(reading.programme(of.programme_id)).entries, command.template)
        for field in (*fields, *(one.field for one in command.answers)):
            if [one.field for one in command.answers].count(field) != 1 or field not in fields:
                raise award.ReturnAnswersDiffer(field=field)
    return written_to(command.stream, decided)

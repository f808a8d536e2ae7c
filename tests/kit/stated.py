"""Grants as a register states them, for the tests of editions and imports."""

from dataclasses import replace
from typing import Any

from domain.award import Transaction
from domain.stated_grant import GrantIds, MissGrant, StatedGrant, StatedOrganisation, StatedTransaction, StateGrant
from domain.values.fact import Source
from domain.values.ids import AwardId, BidId, OrganisationId, OutcomeId, PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from tests.kit.spec import gbp

REGISTER = "pilots"
FUNDER = StatedOrganisation(code="GB-GOV-1", name="Office of the Deputy Prime Minister")
CARLISLE = StatedOrganisation(code="GB-LAE-CAR", name="Carlisle City Council", identifiers=(("GB-LAE", "CAR"),))
EDEN = StatedOrganisation(code="GB-LAE-EDN", name="Eden District Council")


def source(edition: str = "2004") -> Source:
    """A row of an edition of the register."""
    return Source(register=REGISTER, row=f"row of {edition}", cites=f"pilots-{edition}.csv, row 25")


GRANT = StatedGrant(
    register=REGISTER,
    identifier="pilot-25",
    source=source(),
    programme_code=REGISTER,
    programme_name="Pilots",
    scheme_code="pilots/leadership",
    scheme_name="Leadership",
    funder=FUNDER,
    recipients=(CARLISLE,),
    title="Achieving Cumbrian Excellence",
    requested=gbp("200000.00"),
    requested_on=When("2004-03-01"),
    awarded=gbp("175000.00"),
    awarded_on=When("2004-06-15"),
    basis="award",
)


def ids_of(grant: StatedGrant) -> GrantIds:
    """The same ids for the same names."""
    recipients = "+".join(one.code for one in grant.recipients)
    partnership = f"{grant.scheme_code}/{recipients}"
    return GrantIds(
        programme_id=ProgrammeId(f"programme-{grant.programme_code}"),
        scheme_id=SchemeId(f"scheme-{grant.scheme_code}"),
        partnership_id=PartnershipId(f"partnership-{partnership}"),
        award_id=AwardId(f"award-{grant.identifier}"),
        bid_id=BidId(f"bid-{grant.identifier}"),
        partnership_code=partnership,
        organisations={one.code: OrganisationId(f"organisation-{one.code}") for one in grant.organisations},
        outcomes={one.key: OutcomeId(f"outcome-{partnership}-{one.key}") for one in grant.results},
    )


def states(edition: str = "2005", grant: StatedGrant = GRANT, **otherwise: Any) -> StateGrant:
    """An edition states the grant, perhaps *otherwise* than the first did."""
    stated = replace(grant, source=source(edition), **otherwise)
    return StateGrant(grant=stated, ids=ids_of(stated))


def lacks(edition: str = "2005", grant: StatedGrant = GRANT) -> MissGrant:
    """An edition lacks the grant."""
    return MissGrant(award_id=ids_of(grant).award_id, source=source(edition))


def paid(amount: str, on: str = "2004-07-01", reference: str | None = None) -> StatedTransaction:
    """A disbursement."""
    return StatedTransaction(kind=Transaction.DISBURSEMENT, amount=gbp(amount), on=When(on), reference=reference)

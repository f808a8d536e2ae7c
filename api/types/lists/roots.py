"""The root fields of the lists."""

import strawberry

from api.answering.fields import Connection
from api.types.awards import AWARDS, AwardConnection
from api.types.bids import BIDS, BidConnection
from api.types.lists.filters import Texts
from api.types.lists.listed import connection, everywhere
from api.types.outcomes import OUTCOMES, OutcomeConnection
from api.types.partnerships import Organisation
from api.types.parts.of_awards import PAYMENTS, RECOVERIES, PaymentConnection, RecoveryConnection
from api.types.parts.of_partners import LIBRARY, OutputConnection
from api.types.rounds import Round, RoundConnection, RoundFilter
from projections.register.reading import OrganisationLine
from projections.rounds import RoundLine

OrganisationConnection = connection("Organisation", Organisation, "Organisations.", Connection)


@strawberry.input(description="Which organisations. All conditions must be met.")
class OrganisationFilter(Texts):
    code: str | None = strawberry.field(default=None, description="Only the one with this code.")


@strawberry.type
class ListsQuery:
    awards = everywhere("awards", AWARDS[1], AwardConnection, *AWARDS[3:], "Awards of all partnerships.")
    bids = everywhere("bids", BIDS[1], BidConnection, *BIDS[3:], "Bids of all partnerships.")
    payments = everywhere("payments", PAYMENTS[1], PaymentConnection, *PAYMENTS[3:], "Payments of all awards.")
    recoveries = everywhere(
        "recoveries", RECOVERIES[1], RecoveryConnection, *RECOVERIES[3:], "Recoveries of all awards."
    )
    outputs = everywhere(
        "outputs", LIBRARY[1], OutputConnection, *LIBRARY[3:], "The library: what partnerships share with others."
    )
    rounds = everywhere("rounds", RoundFilter, RoundConnection, RoundLine, Round.of, "Rounds of all schemes.")
    organisations = everywhere(
        "organisations", OrganisationFilter, OrganisationConnection, OrganisationLine, Organisation.of,
        "Every organisation, by code.",
    )  # fmt: skip
    outcomes = everywhere(
        "outcomes", OUTCOMES[1], OutcomeConnection, *OUTCOMES[3:], "Outcomes of all partnerships, as now."
    )

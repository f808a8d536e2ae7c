"""Partnerships that grew from others, changed their kind, or were supported twice."""

from typing import Any

from domain.partnership import FormPartnership, JoinPartnership, ReclassifyPartnership, RecordOrigin
from domain.values.ids import OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.when import When
from tests.kit.money import Desk


def grown(at: Desk) -> None:
    """A pilot that became a partnership and one that became national, and a bid for what a member is supported for."""
    swindon, pilot, leaders = (
        PartnershipId(at.find("partnership", code))
        for code in ("kent-swindon", "kent-swindon-franchising-pilot", "portsmouth-future-leaders")
    )
    at.do(RecordOrigin(partnership_id=swindon, origin_id=pilot, because="The same pairing goes on", on=When("2005")))
    at.do(ReclassifyPartnership(partnership_id=leaders, kind="pilot-national", because="Open to all", on=When("2005")))
    again = PartnershipId("partnership-of-leaders-again")
    formed: dict[str, Any] = {"code": "leaders-again", "name": "Leaders again", "kind": "improvement-partnership"}
    at.do(
        FormPartnership(
            partnership_id=again,
            programme_id=ProgrammeId(at.find("programme", "cbp")),
            scheme_id=SchemeId(at.find("scheme", "cbp-improvement-partnerships")),
            theme="Staff development  and leadership training",
            on=When("2005-01-01"),
            **formed,
        )
    )
    portsmouth = OrganisationId(at.find("organisation", "portsmouth-city-council"))
    at.do(JoinPartnership(partnership_id=again, organisation_id=portsmouth, role="partner", on=When("2005-01-01")))
    at.submitted_bid("repeated", "2005-02-01", "leaders-again")

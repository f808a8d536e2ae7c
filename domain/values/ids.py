"""Identities: text with the kind in front, such as ``award-0190...``. They never change; people see references.

An id is also the name of its stream, except for schemes, which live in the stream of their programme.
"""

from typing import NewType

ProgrammeId = NewType("ProgrammeId", str)
SchemeId = NewType("SchemeId", str)
RoundId = NewType("RoundId", str)
OrganisationId = NewType("OrganisationId", str)
PartnershipId = NewType("PartnershipId", str)
BidId = NewType("BidId", str)
AwardId = NewType("AwardId", str)
DeliveryId = NewType("DeliveryId", str)
OutcomeId = NewType("OutcomeId", str)
BankAccountId = NewType("BankAccountId", str)
EntryId = NewType("EntryId", str)

"""Ids: text that begins with the kind, such as ``award-0190...``. They never change. People see references instead.

An id is also the name of its stream. The exception is a scheme: its events are in the stream of its programme.
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

"""Ids: text that begins with the kind, such as ``award-0190...``. They never change. People see references instead.

An id is also the name of its stream. The exceptions are parts of a programme: a scheme, whose events are in the stream
of the programme, and bodies and delegated authorities, whose events are in the stream of its governance.
"""

import secrets
import time
from typing import NewType
from uuid import UUID

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
PersonId = NewType("PersonId", str)
BodyId = NewType("BodyId", str)
DelegationId = NewType("DelegationId", str)
ConcernId = NewType("ConcernId", str)


def uuid7() -> UUID:
    """A new UUID of version 7 (RFC 9562): the time in milliseconds, then 74 random bits.

    Python has this from 3.14. Ids made one after the other are near one another in an index.
    """
    bits = secrets.randbits(74)
    value = (time.time_ns() // 1_000_000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1
    return UUID(int=value)

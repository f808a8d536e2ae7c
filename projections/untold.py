"""The events that are on no timeline, each with the reason. A test fails for one that is neither here nor told."""

from collections.abc import Mapping

from domain import award, bid, organisation
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.people import person
from domain.support import concern
from domain.values.fact import Fact, StatementReplaced

_OF_THE_BANK = "An account of the bank has its own page. What an entry pays is told of the award."
_OF_A_PERSON = "It is about a person, whom the pages of people show, and not about what the programme did."
_OF_A_CONCERN = "Only the readers of a concern know of it. Once it is shared, another event tells it."
_OF_THE_PAYEE = "The account that an organisation is paid into is read by those who read the bank, and by no others."

UNTOLD: Mapping[type[Fact], str] = {
    **dict.fromkeys(
        (
            bank_account.BankAccountOpened, bank_account.StatementRecorded, bank_entry.EntryBooked,
            bank_entry.EntryRepeated, bank_entry.EntryMatched, bank_entry.EntryMatchedToRecovery,
            bank_entry.EntrySetAside, bank_entry.MatchRejected, bank_entry.EntryReopened,
        ),
        _OF_THE_BANK,
    ),
    **dict.fromkeys(
        (
            person.PersonRegistered, person.PersonMoved, person.AccountLinked, person.AccountUnlinked,
            person.RoleGranted, person.RoleRevoked, person.PersonErased,
        ),
        _OF_A_PERSON,
    ),
    **dict.fromkeys(
        (concern.ConcernRaised, concern.ReadersChanged, concern.ConcernRead, concern.ConcernClosed), _OF_A_CONCERN
    ),
    organisation.PayeeAccountChanged: _OF_THE_PAYEE,
    organisation.PayeeAccountVerified: _OF_THE_PAYEE,
    bid.BidAwarded: "The offer of the award tells the same, on the same timeline.",
    award.AwardCorroborated: "It confirms what another source stated of the award, which is told.",
    award.ParticularsStated: "It adds details to an award that is told.",
    award.RepaymentReferenced: "It adds the bank's reference to a repayment that is told.",
    StatementReplaced: "What the source states in place of the fact tells it.",
}  # fmt: skip

"""Reading: the streams that a decision has read so far, and their versions."""

from collections.abc import Sequence
from functools import reduce
from types import ModuleType
from typing import Any, get_args

from domain import (
    award,
    bid,
    delivery,
    discrepancy,
    funding_round,
    governance,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.folded import Folded, States
from domain.history import Histories, Written
from domain.people import person
from domain.support import concern
from domain.values.fact import CORRECTIONS, Fact, StatementReplaced, corrected
from domain.values.ids import (
    AwardId,
    BankAccountId,
    BidId,
    ConcernId,
    DeliveryId,
    EntryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    PersonId,
    ProgrammeId,
    RoundId,
)


def folded(module: ModuleType, history: Sequence[Fact]) -> Any:
    """The state after *history* as *module* folds it: with right dates, and without what was replaced.

    None if the source now states nothing of the stream.
    """
    state = None
    for event in corrected(history):
        if state is not None or not isinstance(event, StatementReplaced):
            state = module.evolve(state, event)
    return state


class Reading:
    """Reads and folds streams on first use, and notes the version of each. The decision depends on all of them.

    *seen* holds the versions found in the log. Events decided since (``follow``) count in the states, not in *seen*.
    *states* is a cache of states that were folded before; it is read and updated. With *trusting*, a cached state is
    used without reading the later events of its stream: if there are any, the log refuses the append.
    """

    def __init__(self, log: Histories, states: States | None = None, *, trusting: bool = False) -> None:
        self._log = log
        self._cache = states if states is not None else States()
        self._trusting = trusting
        self._histories: dict[str, list[Fact]] = {}
        self._states: dict[str, tuple[ModuleType, Any]] = {}
        self._followed: dict[str, list[Fact]] = {}
        self.seen: dict[str, int] = {}

    def history(self, stream: str) -> Sequence[Fact]:
        """The events of *stream*."""
        if stream not in self._histories:
            history = list(self._log.history(stream))
            # If its state came from the cache first, the log may have grown since: keep to the version seen.
            version = self.seen.setdefault(stream, len(history))
            self._histories[stream] = history[:version] + self._followed.get(stream, [])
        return self._histories[stream]

    def expect(self, streams: Sequence[str]) -> None:
        """Read *streams* together, because they will be needed."""
        new = [stream for stream in dict.fromkeys(streams) if stream not in self._histories]
        for stream, history in self._log.histories(new).items():
            self._histories[stream] = history
            self.seen[stream] = len(history)

    def state(self, module: ModuleType, stream: str, *, often_absent: bool = False) -> Any:
        """The state of *stream* as *module* folds it; None when the stream does not exist or is of another kind.

        With *often_absent* it is also remembered that there is no such stream. Only ask so for an id that exists.
        """
        if stream not in self._states:
            self._states[stream] = (module, self._fold(module, stream, often_absent))
        known, state = self._states[stream]
        return state if known is module else None

    def _fold(self, module: ModuleType, stream: str, often_absent: bool) -> Any:
        before = self._cache.known(module, stream) if stream not in self.seen else None
        if before is not None and self._trusting:
            self.seen[stream] = before.version
            return before.state
        if before is None or before.version == 0:
            history = self.history(stream)
            # The id may belong to a stream of another kind.
            if not history and often_absent:
                self._cache.keep(module, stream, Folded(0, None))
            if not history or not isinstance(history[0], get_args(module.Event) or module.Event):
                return None
            state = folded(module, history)
        else:
            since = self._log.history(stream, after=before.version)
            self.seen[stream] = before.version + len(since)
            corrects = any(isinstance(event, CORRECTIONS) for event in since)
            state = folded(module, self.history(stream)) if corrects else reduce(module.evolve, since, before.state)
        if stream not in self._followed:
            self._cache.keep(module, stream, Folded(self.seen[stream], state))
        return state

    def follow(self, written: Sequence[Written]) -> None:
        """Add events that were just decided, so that later decisions take them into account."""
        for stream, event in written:
            if stream not in self.seen:
                self.history(stream)
            self._followed.setdefault(stream, []).append(event)
            if stream in self._histories:
                self._histories[stream].append(event)
            if isinstance(event, CORRECTIONS):
                # It changes how earlier events count: the next reader folds them all again.
                self._states.pop(stream, None)
            elif stream in self._states:
                module, state = self._states[stream]
                self._states[stream] = (module, module.evolve(state, event))

    def recorded(self) -> None:
        """Cache the states with the events that were followed: those events are in the log now."""
        for stream, events in self._followed.items():
            module, state = self._states.get(stream, (None, None))
            if module is not None:
                self._cache.keep(module, stream, Folded(self.seen[stream] + len(events), state))

    def programme(self, programme_id: ProgrammeId) -> programme.Programme | None:
        """The current state of the programme; None when it does not exist."""
        found: programme.Programme | None = self.state(programme, programme_id)
        return found

    def round(self, round_id: RoundId) -> funding_round.Round | None:
        """The current state of the round; None when it does not exist."""
        found: funding_round.Round | None = self.state(funding_round, round_id)
        return found

    def organisation(self, organisation_id: OrganisationId) -> organisation.Organisation | None:
        """The current state of the organisation; None when it does not exist."""
        found: organisation.Organisation | None = self.state(organisation, organisation_id)
        return found

    def partnership(self, partnership_id: PartnershipId) -> partnership.Partnership | None:
        """The current state of the partnership; None when it does not exist."""
        found: partnership.Partnership | None = self.state(partnership, partnership_id)
        return found

    def person(self, person_id: PersonId) -> person.Person | None:
        """The current state of the person; None when there is none."""
        found: person.Person | None = self.state(person, person_id)
        return found

    def governance(self, programme_id: ProgrammeId) -> governance.Governance | None:
        """The current state of the governance of a programme, which must exist; None when it has none."""
        found: governance.Governance | None = self.state(
            governance, governance.stream_of(programme_id), often_absent=True
        )
        return found

    def bid(self, bid_id: BidId) -> bid.Bid | None:
        """The current state of the bid; None when it does not exist."""
        found: bid.Bid | None = self.state(bid, bid_id)
        return found

    def award(self, award_id: AwardId) -> award.Award | None:
        """The current state of the award; None when it does not exist."""
        found: award.Award | None = self.state(award, award_id)
        return found

    def delivery(self, delivery_id: DeliveryId) -> delivery.Delivery | None:
        """The current state of the delivery; None when it does not exist."""
        found: delivery.Delivery | None = self.state(delivery, delivery_id)
        return found

    def outcome(self, outcome_id: OutcomeId) -> outcome.Outcome | None:
        """The current state of the outcome; None when it does not exist."""
        found: outcome.Outcome | None = self.state(outcome, outcome_id)
        return found

    def concern(self, concern_id: ConcernId) -> concern.Concern | None:
        """The current state of the concern; None when it does not exist."""
        found: concern.Concern | None = self.state(concern, concern_id)
        return found

    def discrepancy(self, stream: str) -> discrepancy.Discrepancy | None:
        """The decisions about a discrepancy; None when there are none."""
        found: discrepancy.Discrepancy | None = self.state(discrepancy, stream)
        return found

    def bank_account(self, account_id: BankAccountId) -> bank_account.BankAccount | None:
        """The current state of the bank account; None when it does not exist."""
        found: bank_account.BankAccount | None = self.state(bank_account, account_id)
        return found

    def bank_entry(self, entry_id: EntryId) -> bank_entry.Entry | None:
        """The current state of the bank entry; None when it does not exist."""
        found: bank_entry.Entry | None = self.state(bank_entry, entry_id)
        return found

"""Reading: what a decision has read so far, and at which versions."""

from collections.abc import Sequence
from functools import reduce
from types import ModuleType
from typing import Any, get_args

from domain import award, bid, delivery, discrepancy, funding_round, organisation, outcome, partnership, programme
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.folded import Folded, States
from domain.history import Histories, Written
from domain.values.fact import Fact
from domain.values.ids import (
    AwardId,
    BankAccountId,
    BidId,
    DeliveryId,
    EntryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
)


class Reading:
    """Folds streams on first use and remembers the version of each: all of it is what the decision rests on.

    *seen* holds the version found in the log. Events decided since (``follow``) count in the states, not in *seen*.
    *states* are what streams were folded to before, and are kept for the next. *trusting* takes them as they are,
    without a look at what came since: whoever appends what is decided so is refused where anything did.
    """

    def __init__(self, log: Histories, states: States | None = None, *, trusting: bool = False) -> None:
        self._log = log
        self._before = states if states is not None else States()
        self._trusting = trusting
        self._histories: dict[str, list[Fact]] = {}
        self._states: dict[str, tuple[ModuleType, Any]] = {}
        self._followed: dict[str, list[Fact]] = {}
        self.seen: dict[str, int] = {}

    def history(self, stream: str) -> Sequence[Fact]:
        """The events of *stream*."""
        if stream not in self._histories:
            history = list(self._log.history(stream))
            # Where it was folded before it was read, others may have written since.
            version = self.seen.setdefault(stream, len(history))
            self._histories[stream] = history[:version] + self._followed.get(stream, [])
        return self._histories[stream]

    def expect(self, streams: Sequence[str]) -> None:
        """Read *streams* together: they will be asked for."""
        new = [stream for stream in dict.fromkeys(streams) if stream not in self._histories]
        for stream, history in self._log.histories(new).items():
            self._histories[stream] = history
            self.seen[stream] = len(history)

    def state(self, module: ModuleType, stream: str) -> Any:
        """The state of *stream* as *module* folds it; None when it has not begun."""
        if stream not in self._states:
            self._states[stream] = (module, self._fold(module, stream))
        known, state = self._states[stream]
        return state if known is module else None

    def _fold(self, module: ModuleType, stream: str) -> Any:
        before = self._before.known(module, stream) if stream not in self.seen else None
        if before is not None and self._trusting:
            self.seen[stream] = before.version
            return before.state
        if before is None:
            history = self.history(stream)
            # The id of something else is the id of nothing of this kind.
            if not history or not isinstance(history[0], get_args(module.Event) or module.Event):
                return None
            state = reduce(module.evolve, history, None)
        else:
            since = self._log.history(stream, after=before.version)
            self.seen[stream] = before.version + len(since)
            state = reduce(module.evolve, since, before.state)
        if stream not in self._followed:
            self._before.keep(module, stream, Folded(self.seen[stream], state))
        return state

    def follow(self, written: Sequence[Written]) -> None:
        """Let what has just been decided count for what is decided next."""
        for stream, event in written:
            if stream not in self.seen:
                self.history(stream)
            self._followed.setdefault(stream, []).append(event)
            if stream in self._histories:
                self._histories[stream].append(event)
            if stream in self._states:
                module, state = self._states[stream]
                self._states[stream] = (module, module.evolve(state, event))

    def recorded(self) -> None:
        """Keep the states that were followed: what has been decided is in the log now."""
        for stream, events in self._followed.items():
            module, state = self._states.get(stream, (None, None))
            if module is not None and state is not None:
                self._before.keep(module, stream, Folded(self.seen[stream] + len(events), state))

    def programme(self, programme_id: ProgrammeId) -> programme.Programme | None:
        """The programme as it stands."""
        found: programme.Programme | None = self.state(programme, programme_id)
        return found

    def round(self, round_id: RoundId) -> funding_round.Round | None:
        """The round as it stands."""
        found: funding_round.Round | None = self.state(funding_round, round_id)
        return found

    def organisation(self, organisation_id: OrganisationId) -> organisation.Organisation | None:
        """The organisation as it stands."""
        found: organisation.Organisation | None = self.state(organisation, organisation_id)
        return found

    def partnership(self, partnership_id: PartnershipId) -> partnership.Partnership | None:
        """The partnership as it stands."""
        found: partnership.Partnership | None = self.state(partnership, partnership_id)
        return found

    def bid(self, bid_id: BidId) -> bid.Bid | None:
        """The bid as it stands."""
        found: bid.Bid | None = self.state(bid, bid_id)
        return found

    def award(self, award_id: AwardId) -> award.Award | None:
        """The award as it stands."""
        found: award.Award | None = self.state(award, award_id)
        return found

    def delivery(self, delivery_id: DeliveryId) -> delivery.Delivery | None:
        """The delivery as it stands."""
        found: delivery.Delivery | None = self.state(delivery, delivery_id)
        return found

    def outcome(self, outcome_id: OutcomeId) -> outcome.Outcome | None:
        """The outcome as it stands."""
        found: outcome.Outcome | None = self.state(outcome, outcome_id)
        return found

    def discrepancy(self, stream: str) -> discrepancy.Discrepancy | None:
        """What people have said of what does not add up."""
        found: discrepancy.Discrepancy | None = self.state(discrepancy, stream)
        return found

    def bank_account(self, account_id: BankAccountId) -> bank_account.BankAccount | None:
        """The account as it stands."""
        found: bank_account.BankAccount | None = self.state(bank_account, account_id)
        return found

    def bank_entry(self, entry_id: EntryId) -> bank_entry.Entry | None:
        """The entry of the bank, and what was decided of it."""
        found: bank_entry.Entry | None = self.state(bank_entry, entry_id)
        return found

"""Generated histories of everything that a full answer shows: short, on any dates, with steps that rules refuse."""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from domain import award, bid, delivery, funding_round, organisation, outcome, partnership, programme
from domain.history import Command, Decision, Order, Written
from domain.stated_grant import StatedGrant
from domain.values.fact import DateCorrected, Fact, Lane, Record, corrected
from domain.values.frozen import replace
from domain.values.ids import (
    AwardId,
    BidId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    RoundId,
    SchemeId,
)
from domain.values.refusal import Refused
from domain.values.waiting import Calendar, Days, Span
from domain.values.when import UNKNOWN, When
from projections.delays.stages import step_of
from tests.kit.histories_beside import COMMANDS as BESIDE
from tests.kit.histories_beside import Booked, begin_beside, delivery_facts
from tests.kit.money import Desk, gbp
from tests.kit.stated import GRANT, ids_of, lacks, states

BEGINS, DAYS = date(2004, 1, 1), 500


class History:
    """A history with things of its own, by *name*, beside those of the programme that all histories share."""

    def __init__(self, at: Desk, name: str, chance: random.Random) -> None:
        self.at, self.name, self.chance = at, name, chance
        self.partnerships = [PartnershipId(at.find("partnership", code)) for code in ("dip", "lrip", "ace-cumbria")]
        self.organisations = [OrganisationId(at.find("organisation", code)) for code in ("lga", "idea", "odpm")]
        self.programme_id = ProgrammeId(at.find("programme", "cbp"))
        self.scheme_id = SchemeId(at.find("scheme", "cbp-improvement-partnerships"))
        self.round_id, self.outcome_id = RoundId(f"round-{name}"), OutcomeId(f"outcome-{name}")
        self.bids = [BidId(f"bid-{name}-{nth}") for nth in range(3)]
        self.awards = [AwardId(f"award-{name}-{nth}") for nth in range(3)]
        self.deliveries = [DeliveryId(f"delivery-{name}-{nth}") for nth in range(2)]
        self.booked: list[Booked] = []
        # The rule, the subject and the figures of discrepancies that were found until now.
        self.found: list[tuple[str, str, str]] = []
        self.grant = replace(GRANT, identifier=f"pilot-{name}")

    def begin(self) -> None:
        """An accepted award with a payment, beside what is begun by chance."""
        self.at.do(_opened(self))
        award_id = self.at.accepted_award(f"{self.name}-0", "900.00", round_id=self.round_id)
        self.at.pay(award_id, 1, "100.00", "2004-07-01")
        self.at.do(
            outcome.AgreeIndicator(
                outcome_id=self.outcome_id, partnership_id=self.partnerships[0], impact="Better", level="authority",
                indicator="Sites", baseline="0", target="9", on=When("2004-02"),
            )
        )  # fmt: skip
        self.at.do(
            award.ScheduleInstalment(
                award_id=award_id, number=1, amount=gbp("50.00"), due=When("2005-01"), on=When("2004-07-01")
            )
        )
        for bid_id in self.bids[1:]:
            self.at.submitted_bid(bid_id.removeprefix("bid-"), "2004-02-02", self.chance.choice(["dip", "lrip"]))
        self.at.do(bid.ApproveBid(bid_id=self.bids[1], approved=gbp("90.00"), on=When("2004-04-01")))
        begin_beside(self, award_id)

    def happen(self, steps: int) -> None:
        """Several steps, of which rules refuse some."""
        for _ in range(steps):
            with suppress(Refused):
                roll = self.chance.random()
                if roll < 0.08:
                    self._correct()
                elif roll < 0.2:
                    self._state()
                elif roll < 0.3:
                    self._record()
                else:
                    commands = COMMANDS if roll < 0.78 else BESIDE
                    self.at.do(self.chance.choice(commands)(self), self.chance.choice(["ann", "bob", "cy"]))

    # --- Values -------------------------------------------------------------------------------------------------------

    def on(self) -> When:
        """A day or a month; rarely not known."""
        day = (BEGINS + timedelta(days=self.chance.randrange(DAYS))).isoformat()
        return UNKNOWN if self.chance.random() < 0.03 else When(day[: self.chance.choice([10, 10, 10, 7])])

    def pounds(self) -> Any:
        return gbp(f"{self.chance.randrange(1, 200)}.{self.chance.choice(['00', '50'])}")

    def number(self) -> int:
        return self.chance.choice([1, 1, 2, 3])

    def of(self, things: Sequence[Any]) -> Any:
        return self.chance.choice(things)

    # --- Steps that are no commands of the programme's own ------------------------------------------------------------

    def _correct(self) -> None:
        """Another date of a step, whether or not a rule would let it pass."""
        stream = self.of([*self.bids, *self.awards, *self.deliveries])
        steps = [
            (nth, one) for nth, one in enumerate(corrected(self.at.log.history(stream)))
            if step_of(one) or type(one) in delivery.STEPS
        ]  # fmt: skip
        if steps:
            nth, step = self.of(steps)
            self._append(
                stream,
                DateCorrected(
                    partnership_id=self.partnerships[0], lane=Lane.BID, version=nth + 1, step=type(step).__name__,
                    name="step", was=step.on, date=self.on(), because="Mistyped", on=self.on(),
                ),
            )  # fmt: skip

    def _state(self) -> None:
        """An edition of a register states a grant, again or otherwise, or lacks it."""
        edition = f"{self.chance.randrange(10**9)}"
        if self.chance.random() < 0.2:
            self.at.do(lacks(edition, self.grant))
        else:
            self.at.do(states(edition, self.grant, **_stated_otherwise(self.chance, self.grant)))

    def _record(self) -> None:
        """A fact as a register gives it."""
        dip, lrip = self.partnerships[:2]
        organisation_id = self.of(self.organisations)
        facts: list[tuple[str, Fact]] = [
            (dip, partnership.PartnershipReclassified(partnership_id=dip, kind=self.name, summary="s", on=self.on())),
            (dip, partnership.PartnershipRenamed(partnership_id=dip, name=f"DIP {self.name}", on=self.on())),
            (self.of(self.bids), bid.BidReassigned(partnership_id=self.of([dip, lrip]), before=dip, on=self.on())),
            (self.awards[0], award.AwardReassigned(partnership_id=lrip, before=dip, on=self.on())),
            (organisation_id, organisation.NameStated(name=f"Known as {self.name}", on=self.on())),
            (ids_of(self.grant).award_id, award.AwardReassigned(
                partnership_id=lrip, before=dip, funder_id=organisation_id, on=self.on())),
            *delivery_facts(self),
        ]  # fmt: skip
        self._append(*self.of(facts))

    def _append(self, stream: str, fact: Fact) -> None:
        version = len(self.at.log.history(stream))
        if version:
            command_id = f"{self.name}-{stream}-{version}"
            order = Order(command_id=command_id, command=Record(stream=stream, fact=fact), said="", actor="a register")
            self.at.log.append([Decision(order=order, written=(Written(stream, fact),), seen={stream: version})])


def _stated_otherwise(chance: random.Random, grant: StatedGrant) -> dict[str, Any]:
    options: list[dict[str, Any]] = [
        {"awarded": gbp(f"{chance.randrange(1, 900)}.00")},
        {"requested": gbp(f"{chance.randrange(1, 900)}.00")},
        {"title": f"Title {chance.randrange(100)}"},
        {"awarded_on": When(f"2004-0{chance.randrange(1, 9)}-15")},
        {},
    ]
    return {name: value for one in chance.sample(options, 2) for name, value in one.items()}


def _opened(h: History) -> Command:
    return funding_round.OpenRound(
        round_id=h.round_id, programme_id=h.programme_id, scheme_id=h.scheme_id, code=f"R-{h.name}",
        name=f"Round {h.name}", budget=gbp("5000.00"), closes=When("2005-12-31"), on=When("2004-01"),
    )  # fmt: skip


def _of_award(kind: Any, /, **values: Callable[[History], Any]) -> Callable[[History], Command]:
    """A command for one of the awards, with values made when it is given."""

    def made(h: History) -> Command:
        command: Command = kind(award_id=h.of(h.awards), on=h.on(), **{name: make(h) for name, make in values.items()})
        return command

    return made


def _of_bid(kind: Any, /, **values: Callable[[History], Any]) -> Callable[[History], Command]:
    def made(h: History) -> Command:
        command: Command = kind(bid_id=h.of(h.bids), on=h.on(), **{name: make(h) for name, make in values.items()})
        return command

    return made


def _of_outcome(kind: Any, /, **values: Any) -> Callable[[History], Command]:
    return lambda h: kind(outcome_id=h.outcome_id, on=h.on(), **values)


def _why(_: History) -> str:
    return "So it be"


def _offer(h: History) -> Command:
    nth = h.chance.randrange(3)
    return award.OfferAward(
        award_id=h.awards[nth], bid_id=h.bids[nth], reference=f"A-{h.name}-{nth}", amount=gbp("80.00"), on=h.on()
    )


def _submit(h: History) -> Command:
    nth = h.chance.randrange(3)
    return bid.SubmitBid(
        bid_id=h.bids[nth], partnership_id=h.of(h.partnerships), reference=f"B-{h.name}-{nth}", title="Bid",
        requested=gbp("100.00"), on=h.on(),
    )  # fmt: skip


def _of_partnership(kind: Any, /, **values: Callable[[History], Any]) -> Callable[[History], Command]:
    def made(h: History) -> Command:
        given = {name: make(h) for name, make in values.items()}
        command: Command = kind(
            partnership_id=h.of(h.partnerships[:2]), organisation_id=h.of(h.organisations), on=h.on(), **given
        )
        return command

    return made


# Payments and recoveries are most often, because they have most to change.
COMMANDS: list[Callable[[History], Command]] = [
    _submit, _submit, _offer, _offer,
    _of_bid(bid.AcknowledgeBid), _of_bid(bid.ApproveBid, approved=lambda _: gbp("90.00")),
    _of_bid(bid.ApproveBid, approved=lambda _: gbp("90.00")), _of_bid(bid.DeclineBid, because=_why),
    _of_bid(bid.WithdrawBid), _of_bid(bid.NotifyDecision),
    _of_bid(bid.ResubmitBid, title=lambda _: "Again", requested=lambda _: gbp("70.00")),
    _of_bid(bid.RequestClarification, number=History.number, question=lambda _: "Who?"),
    _of_bid(bid.ReceiveClarification, number=History.number), _of_bid(bid.CheckEligibility, eligible=lambda _: True),
    _of_bid(bid.AssessBid, criterion=lambda _: "Need", score=History.number, justification=_why),
    _of_award(award.AcceptOffer), _of_award(award.AcceptOffer), _of_award(award.DeclineOffer, because=_why),
    _of_award(award.SetCondition, number=History.number, text=lambda _: "A plan", precedent=lambda _: False),
    _of_award(award.MeetCondition, number=History.number),
    _of_award(award.WaiveCondition, number=History.number, because=_why),
    _of_award(award.ScheduleInstalment, number=History.number, amount=History.pounds, due=History.on),
    _of_award(award.ChangeInstalment, number=History.number, amount=History.pounds, due=History.on, because=_why),
    *[_of_award(award.RequestPayment, number=History.number, amount=History.pounds)] * 3,
    *[_of_award(award.ApprovePayment, number=History.number)] * 3,
    *[_of_award(award.ReleasePayment, number=History.number)] * 3,
    _of_award(award.SettlePayment, number=History.number),
    *[_of_award(award.ReturnPayment, number=History.number, part=History.number, amount=History.pounds,
                because=_why)] * 2,
    _of_award(award.ReversePayment, number=History.number, because=_why),
    _of_award(award.PlaceHold, number=History.number, because=_why),
    _of_award(award.LiftHold, number=History.number, because=_why),
    _of_award(award.VaryAward, number=History.number, kind=lambda _: award.Variation.UPLIFT, change=History.pounds,
              because=_why),
    _of_award(award.ReportExpenditure, number=History.number, amount=History.pounds, description=_why),
    _of_award(award.ReportExpenditure, number=History.number, amount=History.pounds, description=_why),
    _of_award(award.RequireReturn, number=History.number, covers=lambda _: "2004", due=History.on),
    _of_award(award.CertifyReturn, number=History.number),
    *[_of_award(award.RaiseRecovery, number=History.number, amount=History.pounds, because=_why)] * 3,
    *[_of_award(award.ApproveRecovery, number=History.number)] * 3,
    *[_of_award(award.SettleRecovery, number=History.number, part=History.number, amount=History.pounds,
                by=lambda _: award.SettledBy.REPAYMENT)] * 3,
    _of_award(award.WriteOffRecovery, number=History.number, because=_why),
    _of_award(award.WithdrawRecovery, number=History.number, because=_why),
    _of_award(award.CloseAward), _of_award(award.TerminateAward, because=_why),
    _of_award(award.ReopenAward, because=_why), _of_award(award.ReopenAward, because=_why),
    *[_of_partnership(partnership.JoinPartnership, role=lambda h: h.of(["member", "host"]))] * 2,
    _of_partnership(partnership.AppointSupplier, work=lambda h: h.of(["Training", "A survey"]),
                    brief=lambda _: "As agreed", selection=lambda h: h.of(["Three quotes", "A tender"])),
    *[_of_partnership(partnership.LeavePartnership)] * 2, _of_partnership(partnership.ChangeLead),
    lambda h: organisation.RenameOrganisation(
        organisation_id=h.of(h.organisations), name=f"New {h.name} {h.number()}", on=h.on()),
    lambda h: organisation.RecordIdentifier(
        organisation_id=h.of(h.organisations), register="GB-X", value=f"{h.name}-{h.number()}", on=h.on()),
    _of_outcome(outcome.ReviseTarget, target="7", because="So"), _of_outcome(outcome.ReportResult, value="5"),
    _of_outcome(outcome.VerifyResult, evidence="Seen"), _of_outcome(outcome.RejectResult, because="No"),
    lambda h: funding_round.SetRingFence(round_id=h.round_id, name=h.of(["A", "B"]), amount=h.pounds(), on=h.on()),
    lambda h: funding_round.AdoptCriteria(round_id=h.round_id, criteria=("Need",), on=h.on()),
    lambda h: funding_round.CloseRound(round_id=h.round_id, on=h.on()),
    lambda h: programme.VaryBudget(
        programme_id=h.programme_id, scheme_id=h.of([None, h.scheme_id]), change=h.pounds(), because="So", on=h.on()),
    lambda h: programme.SetServiceStandard(
        programme_id=h.programme_id, span=h.of(list(Span)), limit=h.number(), days=h.of(list(Days)), on=h.on()),
    lambda h: programme.ChooseCalendar(programme_id=h.programme_id, calendar=h.of(list(Calendar)), on=h.on()),
]  # fmt: skip

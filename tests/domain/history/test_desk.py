"""Every order given to the desk happens once, decided on exactly the streams read, or is refused by a named rule."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any, get_args

import pytest

from domain import (
    award,
    bid,
    delivery,
    desk,
    funding_round,
    history,
    joint,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.across.grants import NotForSources, OfAnotherPartnership
from domain.award import AcceptOffer, AwardOffered, OfferAward, RegrantFunds
from domain.bank.account import RecordStatement
from domain.bid import AwardBid, BidApproved, BidAwarded, BidSubmitted, LapseOffer
from domain.commands import COMMANDS
from domain.desk import DecidedTogether, OrdersRefused, submit, submit_all
from domain.funding_round import BudgetExceeded, CommitFunds, FundsCommitted, RoundOpened
from domain.governance import stream_of
from domain.history import (
    Answer,
    Command,
    CommandIdReused,
    Decision,
    Order,
    ReferenceTaken,
    StaleHistory,
    Written,
)
from domain.organisation import (
    NameEmpty,
    OrganisationRegistered,
    OrganisationRenamed,
    OrganisationUnknown,
    RegisterOrganisation,
    RenameOrganisation,
)
from domain.partnership import (
    JoinPartnership,
    PartnerJoined,
    PartnershipDissolved,
    PartnershipFormed,
    PartnershipIsDissolved,
    PartnershipUnknown,
)
from domain.programme import AllocateBudget, AssignBudget, CommitSchemeFunds, ProgrammeEstablished, SchemeEstablished
from domain.reading import Reading
from domain.stated_grant import MissGrant, StateGrant
from domain.values.fact import AlreadyThere, Fact, NothingThere, Record, SourceMissing
from domain.values.ids import AwardId, OrganisationId, PartnershipId
from domain.values.refusal import Refused
from domain.values.when import UNKNOWN, When
from tests.kit.examples import (
    ACE,
    AWARD,
    BID,
    CARLISLE,
    CUMBRIA,
    DELIVERY,
    EVENTS,
    ODPM,
    OUTCOME,
    PILOTS,
    PROGRAMME,
    ROUND,
    SHROPSHIRE,
)
from tests.kit.officers import officer_for
from tests.kit.spec import MemoryLog, at, gbp

ON = When("2004-05-17")
REGISTERED = OrganisationRegistered(code="carlisle", name="Carlisle City Council", kind="council", on=UNKNOWN)
ESTABLISHED = ProgrammeEstablished(code="cbp", name="Capacity Building Programme", currency="GBP", on=When("2003"))
ACE_FORMED = PartnershipFormed(
    partnership_id=ACE,
    programme_id=PROGRAMME,
    scheme_id=PILOTS,
    code="ace-cumbria",
    name="Achieving Cumbrian Excellence",
    kind="pilot-regional",
    lead_id=CARLISLE,
    on=When("2004-01"),
)
JOINED = PartnerJoined(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON)
READY_TO_OFFER = (
    *at(ACE, ACE_FORMED),
    *at(
        ROUND,
        RoundOpened(
            programme_id=PROGRAMME,
            scheme_id=PILOTS,
            code="cbp-pilots-1",
            name="First round",
            budget=gbp("1000.00"),
            on=When("2004-01-05"),
        ),
    ),
    *at(
        BID,
        BidSubmitted(
            partnership_id=ACE,
            reference="ACE-1",
            title="First year",
            requested=gbp("900.00"),
            round_id=ROUND,
            on=When("2004-03-29"),
        ),
        BidApproved(partnership_id=ACE, approved=gbp("800.00"), on=When("2004-05-10")),
    ),
)
OFFER = OfferAward(award_id=AWARD, bid_id=BID, reference="CBP-P25", amount=gbp("800.00"), on=ON)


def register(
    organisation_id: OrganisationId = CARLISLE, code: str = "carlisle", name: str = "Carlisle City Council"
) -> RegisterOrganisation:
    return RegisterOrganisation(organisation_id=organisation_id, code=code, name=name, kind="council", on=UNKNOWN)


def committed(amount: str, award_id: AwardId = AWARD) -> FundsCommitted:
    return FundsCommitted(programme_id=PROGRAMME, scheme_id=PILOTS, award_id=award_id, amount=gbp(amount), on=ON)


def rename(name: str, organisation_id: OrganisationId = CARLISLE) -> RenameOrganisation:
    return RenameOrganisation(organisation_id=organisation_id, name=name, on=ON)


def join(organisation_id: OrganisationId = CARLISLE) -> JoinPartnership:
    return JoinPartnership(partnership_id=ACE, organisation_id=organisation_id, role="partner", on=ON)


def order(command: Command, command_id: str = "command-1", *, actor: str = "programme office") -> Order:
    return Order(command_id=command_id, command=command, said=repr(command), actor=officer_for(command, actor))


class BusyLog(MemoryLog):
    """A log in which other writers record *meanwhile*, one event each time, between a decision and its recording."""

    def __init__(self, *begun: Written, meanwhile: Iterable[Written]) -> None:
        super().__init__(*begun)
        self.meanwhile = list(meanwhile)
        self.appends: list[Sequence[Decision]] = []

    def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
        self.appends.append(decisions)
        if self.meanwhile:
            self.written.append(self.meanwhile.pop(0))
        return super().append(decisions)


# --- One order --------------------------------------------------------------------------------------------------------


def test_a_decision_is_recorded_and_answered_with_its_subject_and_position() -> None:
    log = MemoryLog(*at(PROGRAMME, ESTABLISHED))
    assert Answer(subject=CARLISLE, position=2, replayed=False) == submit(log, order(register()))
    assert [REGISTERED] == log.history(CARLISLE)


def test_the_same_order_handed_in_again_gets_the_first_answer_and_happens_once() -> None:
    log = MemoryLog()
    first = submit(log, order(register()))
    submit(log, order(rename("City of Carlisle"), "command-2"))
    assert replace(first, replayed=True) == submit(log, order(register()))
    assert 2 == len(log.written)


def test_an_order_that_its_rules_would_repeat_happens_once_by_its_command_id() -> None:
    log = MemoryLog(*at(PROGRAMME, ESTABLISHED))
    allocate = AllocateBudget(programme_id=PROGRAMME, amount=gbp("1.00"), purpose="Pilots", on=ON)
    answers = [submit(log, order(allocate, command_id)) for command_id in ("one", "one", "two")]
    assert [False, True, False] == [answer.replayed for answer in answers]
    assert [2, 2, 3] == [answer.position for answer in answers]
    assert 3 == len(log.written)


def test_the_same_command_id_with_other_content_is_refused() -> None:
    log = MemoryLog()
    submit(log, order(register()))
    with pytest.raises(CommandIdReused):
        submit(log, order(rename("City of Carlisle")))
    assert [REGISTERED] == log.history(CARLISLE)


def test_the_command_id_of_somebody_else_is_refused() -> None:
    log = MemoryLog()
    submit(log, order(register()))
    with pytest.raises(CommandIdReused):
        submit(log, order(register(), actor="Carlisle City Council"))


def test_an_order_that_changes_nothing_is_answered_and_records_nothing() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    assert Answer(subject=CARLISLE, position=1, replayed=False, recorded=False) == submit(log, order(register()))
    assert [REGISTERED] == log.history(CARLISLE)


def test_a_refused_order_changes_nothing_and_may_be_handed_in_again_when_the_reason_is_gone() -> None:
    log = MemoryLog(*at(ACE, ACE_FORMED))
    with pytest.raises(OrganisationUnknown):
        submit(log, order(join()))
    assert 1 == len(log.written)
    submit(log, order(register(), "command-2"))
    assert not submit(log, order(join())).replayed
    assert [ACE_FORMED, JOINED] == log.history(ACE)


def test_two_things_do_not_share_a_reference() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    with pytest.raises(ReferenceTaken):
        submit(log, order(register(CUMBRIA)))
    assert [] == log.history(CUMBRIA)


def test_every_command_is_known_at_the_desk() -> None:
    assert set(get_args(history.Command)) == set(desk.ACROSS) | set(desk.OWN)


# --- Others at the same time ------------------------------------------------------------------------------------------


def test_a_stale_decision_is_made_again_on_the_events_since() -> None:
    renamed = OrganisationRenamed(name="City of Carlisle", on=ON)
    log = BusyLog(*at(CARLISLE, REGISTERED), meanwhile=at(CARLISLE, renamed))
    submit(log, order(rename("Carlisle")))
    assert [REGISTERED, renamed, OrganisationRenamed(name="Carlisle", on=ON)] == log.history(CARLISLE)


def test_an_award_is_not_offered_when_the_budget_was_committed_meanwhile() -> None:
    bound = committed("200.01", AwardId("award-2"))
    log = BusyLog(*READY_TO_OFFER, meanwhile=at(ROUND, bound))
    with pytest.raises(BudgetExceeded):
        submit(log, order(OFFER))
    assert [] == log.history(AWARD)


def test_an_award_is_not_offered_when_the_partnership_which_it_only_reads_has_ended_meanwhile() -> None:
    log = BusyLog(*READY_TO_OFFER, meanwhile=at(ACE, PartnershipDissolved(partnership_id=ACE, on=ON)))
    with pytest.raises(PartnershipIsDissolved):
        submit(log, order(OFFER))
    assert [] == log.history(AWARD)


def test_the_recording_of_an_offer_names_the_versions_of_all_that_was_read() -> None:
    log = BusyLog(*READY_TO_OFFER, meanwhile=[])
    submit(log, order(OFFER))
    assert [
        [
            Decision(
                order=order(OFFER),
                written=(
                    Written(
                        AWARD,
                        AwardOffered(
                            partnership_id=ACE,
                            bid_id=BID,
                            round_id=ROUND,
                            reference="CBP-P25",
                            amount=gbp("800.00"),
                            on=ON,
                        ),
                    ),
                    Written(BID, BidAwarded(partnership_id=ACE, award_id=AWARD, amount=gbp("800.00"), on=ON)),
                    Written(ROUND, committed("800.00")),
                ),
                seen={AWARD: 0, BID: 2, ACE: 1, ROUND: 1, PROGRAMME: 0, stream_of(PROGRAMME): 0},
            )
        ]
    ] == log.appends


def test_an_order_is_given_up_when_others_keep_writing_first() -> None:
    others = [Written(CARLISLE, OrganisationRenamed(name=f"Carlisle {n}", on=ON)) for n in range(desk.ATTEMPTS)]
    log = BusyLog(*at(CARLISLE, REGISTERED), meanwhile=others)
    with pytest.raises(StaleHistory):
        submit(log, order(rename("Carlisle")))
    assert desk.ATTEMPTS == len(log.appends)
    assert [REGISTERED, *(event for _, event in others)] == log.history(CARLISLE)


def test_an_order_goes_through_at_the_last_attempt() -> None:
    others = [Written(CARLISLE, OrganisationRenamed(name=f"Carlisle {n}", on=ON)) for n in range(desk.ATTEMPTS - 1)]
    log = BusyLog(*at(CARLISLE, REGISTERED), meanwhile=others)
    submit(log, order(rename("Carlisle")))
    assert OrganisationRenamed(name="Carlisle", on=ON) == log.history(CARLISLE)[-1]


def test_an_order_whose_acknowledgement_was_lost_finds_its_own_answer() -> None:
    class Forgetful(MemoryLog):
        def append(self, decisions: Sequence[Decision]) -> Sequence[Answer]:
            super().append(decisions)
            raise StaleHistory

    log = Forgetful(*at(PROGRAMME, ESTABLISHED))
    assert Answer(subject=CARLISLE, position=2, replayed=True) == submit(log, order(register()))
    assert [REGISTERED] == log.history(CARLISLE)


# --- Many orders ------------------------------------------------------------------------------------------------------


def test_each_order_of_a_batch_is_decided_on_the_outcome_of_those_before() -> None:
    log = MemoryLog(*at(ACE, ACE_FORMED))
    answers = submit_all(log, [order(register(), "one"), order(join(), "two"), order(rename("Carlisle"), "three")])
    assert [(CARLISLE, 2), (ACE, 3), (CARLISLE, 4)] == [(answer.subject, answer.position) for answer in answers]
    assert [REGISTERED, OrganisationRenamed(name="Carlisle", on=ON)] == log.history(CARLISLE)
    assert [ACE_FORMED, JOINED] == log.history(ACE)


def test_an_order_changes_nothing_where_an_earlier_one_of_its_batch_did_the_same() -> None:
    log = MemoryLog()
    answers = submit_all(log, [order(register(), "one"), order(register(), "two")])
    assert [1, 1] == [answer.position for answer in answers]
    assert [REGISTERED] == log.history(CARLISLE)


def test_a_batch_is_recorded_whole_or_not_at_all_and_every_refused_place_is_named() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    with pytest.raises(OrdersRefused, match="2 orders refused") as caught:
        submit_all(
            log,
            [
                order(rename("Carlisle"), "one"),
                order(rename(" "), "two"),
                order(register(CUMBRIA, "cumbria", "Cumbria County Council"), "three"),
                order(rename("Office", ODPM), "four"),
            ],
        )
    assert {1: NameEmpty, 3: OrganisationUnknown} == {
        place: type(refusal) for place, refusal in caught.value.refusals.items()
    }
    assert at(CARLISLE, REGISTERED) == log.written


def test_a_refused_order_does_not_count_for_those_after_it() -> None:
    log = MemoryLog(*at(ACE, ACE_FORMED))
    with pytest.raises(OrdersRefused) as caught:
        submit_all(log, [order(register(name=""), "one"), order(join(), "two")])
    assert [0, 1] == sorted(caught.value.refusals)


def test_a_batch_handed_in_again_with_more_records_only_what_is_new() -> None:
    log = MemoryLog()
    submit_all(log, [order(register(), "one")])
    answers = submit_all(log, [order(register(), "one"), order(rename("Carlisle"), "two")])
    assert [(1, True), (2, False)] == [(answer.position, answer.replayed) for answer in answers]
    assert [(1, True), (2, True)] == [
        (answer.position, answer.replayed)
        for answer in submit_all(log, [order(register(), "one"), order(rename("Carlisle"), "two")])
    ]
    assert 2 == len(log.written)


def test_a_batch_with_a_reference_that_is_taken_is_not_recorded_at_all() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    with pytest.raises(ReferenceTaken):
        submit_all(log, [order(rename("Carlisle"), "one"), order(register(CUMBRIA), "two")])
    assert at(CARLISLE, REGISTERED) == log.written


def test_a_batch_does_not_give_one_command_id_to_two_orders() -> None:
    log = MemoryLog()
    with pytest.raises(CommandIdReused):
        submit_all(log, [order(register()), order(rename("Carlisle"))])
    assert [] == log.written


def test_a_batch_that_has_gone_stale_is_decided_again_as_a_whole() -> None:
    log = BusyLog(*at(ACE, ACE_FORMED), meanwhile=at(CARLISLE, REGISTERED))
    answers = submit_all(log, [order(register(), "one"), order(join(), "two")])
    assert [2, 3] == [answer.position for answer in answers]
    assert [ACE_FORMED, REGISTERED, JOINED] == [event for _, event in log.written]


def test_an_empty_batch_has_no_answers() -> None:
    log = MemoryLog()
    assert [] == submit_all(log, [])


def test_of_orders_that_are_submitted_each_for_itself_only_the_refused_ones_are_left_out() -> None:
    """The log refuses a code that is taken only once all are decided: then the others are recorded all the same."""
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    ids = [OrganisationId(f"organisation-{name}") for name in "abcde"]
    codes = ("a", "carlisle", "c", "d", "carlisle")
    orders = [order(register(one, code), code + one) for one, code in zip(ids, codes, strict=True)]
    submitted = desk.submit_each(log, orders, ids)
    assert {1: ReferenceTaken, 4: ReferenceTaken} == {place: type(one) for place, one in submitted.refusals.items()}
    assert [orders[0], orders[2], orders[3]] == [one.order for one in submitted.decisions]
    assert [ids[0], ids[2], ids[3]] == [stream for stream, _ in log.written[1:]]


def test_orders_that_change_nothing_are_no_decisions_and_those_that_a_rule_refuses_are_left_out() -> None:
    log = MemoryLog(*at(CARLISLE, REGISTERED))
    same = order(register(), "same")
    unknown = order(JoinPartnership(partnership_id=ACE, organisation_id=CARLISLE, role="partner", on=ON), "unknown")
    new = order(register(CUMBRIA, "cumbria"), "new")
    submitted = desk.submit_each(log, [same, unknown, new], [CARLISLE, ACE, CUMBRIA])
    assert ([new], {1: PartnershipUnknown}) == (
        [one.order for one in submitted.decisions],
        {place: type(one) for place, one in submitted.refusals.items()},
    )
    assert [CUMBRIA] == [stream for stream, _ in log.written[1:]]
    decided = desk.decide_each(log, [order(register(ODPM, "odpm"), "another")], [ODPM])
    assert (1, 2) == (len(decided.decisions), len(log.written))


@pytest.mark.parametrize("written_first", [desk.ATTEMPTS - 1, desk.ATTEMPTS])
def test_orders_for_themselves_go_through_at_the_last_attempt_and_are_then_given_up(written_first: int) -> None:
    others = [Written(CARLISLE, OrganisationRenamed(name=f"Carlisle {n}", on=ON)) for n in range(written_first)]
    log = BusyLog(*at(CARLISLE, REGISTERED), meanwhile=others)
    if written_first == desk.ATTEMPTS:
        with pytest.raises(StaleHistory):
            desk.submit_each(log, [order(rename("Carlisle"))], [CARLISLE])
        return
    assert 1 == len(desk.submit_each(log, [order(rename("Carlisle"))], [CARLISLE]).decisions)


def test_people_give_no_parts_of_decisions_and_nothing_that_only_sources_state() -> None:
    given = set(COMMANDS.values())
    assert set() == given & {*desk.PARTS, *desk.OF_SOURCES}
    assert {*desk.PARTS, *desk.OF_SOURCES} == set(get_args(Command)) - given


def test_only_imports_record_what_sources_state() -> None:
    assert {Record, StateGrant, MissGrant, RecordStatement} == set(desk.OF_SOURCES)


# --- History that others recorded -------------------------------------------------------------------------------------


def record(stream: str, fact: Fact) -> Order:
    return order(Record(stream=stream, fact=fact), f"record {stream} {fact}")


STREAMS = {
    programme: PROGRAMME,
    funding_round: ROUND,
    organisation: ODPM,
    partnership: ACE,
    bid: BID,
    award: AWARD,
    delivery: DELIVERY,
    outcome: OUTCOME,
}
BEGINNINGS = [(BID, "BidStated"), (AWARD, "AwardStated"), (OUTCOME, "OutcomeStated")]
ANYWHERE = [
    "DeliveryPeriodStated",
    "PlanRedesigned",
    "MilestoneReached",
    "SupplierEngaged",
    "SupplierReplaced",
    "ActivityHeld",
    "DeliveryEnded",
]
ABOUT_SOMETHING = [
    (PROGRAMME, "ProgrammeResultStated"),
    (PROGRAMME, "CountStated"),
    (PROGRAMME, "FrameworkPublished"),
    (PROGRAMME, "HappeningNoted"),
    (ODPM, "AssessmentCategoryRecorded"),
    (ACE, "PartnershipRenamed"),
    (ACE, "PartnershipReclassified"),
    (ACE, "PilotListed"),
    (ACE, "TakeUpStated"),
    (ACE, "SumStated"),
    (ACE, "HappeningNoted"),
    (ACE, "DelayReported"),
    (ACE, "RuleStated"),
    (ACE, "InvolvementStated"),
    (ACE, "GovernanceBodyEstablished"),
    (AWARD, "ComponentStated"),
    (AWARD, "AwardCorroborated"),
    (AWARD, "LineLeftOut"),
]
THERE = (
    *at(ODPM, EVENTS["OrganisationRegistered"]),
    *at(PROGRAMME, ESTABLISHED, SchemeEstablished(scheme_id=PILOTS, code="pilots", name="Pilots", kind="p", on=ON)),
    *at(ACE, ACE_FORMED),
)
STATED_AWARD = at(AWARD, EVENTS["AwardStated"])


@pytest.mark.parametrize(("stream", "name"), BEGINNINGS)
def test_what_a_source_states_of_a_bid_an_award_or_an_outcome_begins_it_once(stream: str, name: str) -> None:
    log = MemoryLog(*THERE)
    submit(log, record(stream, EVENTS[name]))
    assert [EVENTS[name]] == log.history(stream)
    with pytest.raises(AlreadyThere) as caught:
        submit(log, order(Record(stream=stream, fact=EVENTS[name]), "another"))
    assert {"stream": stream} == caught.value.why


@pytest.mark.parametrize("name", ANYWHERE)
def test_a_source_may_begin_a_delivery_with_any_of_its_events(name: str) -> None:
    log = MemoryLog(*THERE)
    submit(log, record(DELIVERY, EVENTS[name]))
    submit(log, order(Record(stream=DELIVERY, fact=EVENTS["ActivityHeld"]), "another"))
    assert [EVENTS[name], EVENTS["ActivityHeld"]] == log.history(DELIVERY)


@pytest.mark.parametrize(("stream", "name"), ABOUT_SOMETHING)
def test_other_facts_are_about_something_that_exists(stream: str, name: str) -> None:
    log = MemoryLog(*THERE, *STATED_AWARD)
    submit(log, record(stream, EVENTS[name]))
    assert EVENTS[name] == log.history(stream)[-1]


@pytest.mark.parametrize(("stream", "name"), ABOUT_SOMETHING)
def test_nothing_is_recorded_about_something_that_does_not_exist(stream: str, name: str) -> None:
    log = MemoryLog()
    with pytest.raises(NothingThere) as caught:
        submit(log, record(stream, EVENTS[name]))
    assert {"stream": stream} == caught.value.why
    assert [] == log.written


@pytest.mark.parametrize(("stream", "name"), [*BEGINNINGS, (DELIVERY, "MilestoneReached"), *ABOUT_SOMETHING])
def test_nothing_is_recorded_without_its_source(stream: str, name: str) -> None:
    log = MemoryLog(*THERE, *STATED_AWARD)
    with pytest.raises(SourceMissing):
        submit(log, record(stream, replace(EVENTS[name], source=None)))
    assert len(THERE) + 1 == len(log.written)


@pytest.mark.parametrize(("stream", "name"), [*BEGINNINGS, (DELIVERY, "MilestoneReached")])
def test_nothing_is_recorded_about_a_partnership_that_does_not_exist(stream: str, name: str) -> None:
    with pytest.raises(PartnershipUnknown):
        submit(MemoryLog(), record(stream, EVENTS[name]))


def test_history_is_recorded_of_a_partnership_that_has_ended() -> None:
    log = MemoryLog(*THERE, *at(ACE, PartnershipDissolved(partnership_id=ACE, on=ON)))
    submit(log, record(DELIVERY, EVENTS["MilestoneReached"]))
    assert [EVENTS["MilestoneReached"]] == log.history(DELIVERY)


def test_what_is_recorded_names_the_versions_of_its_stream_and_its_partnership() -> None:
    log = BusyLog(*THERE, meanwhile=[])
    submit(log, record(AWARD, EVENTS["AwardStated"]))
    assert [{AWARD: 0, ACE: 1}] == [decision.seen for decisions in log.appends for decision in decisions]


def test_each_fact_of_a_batch_is_recorded_on_the_outcome_of_those_before() -> None:
    log = MemoryLog(*THERE)
    submit_all(log, [record(AWARD, EVENTS["AwardStated"]), record(AWARD, EVENTS["ComponentStated"])])
    assert [EVENTS["AwardStated"], EVENTS["ComponentStated"]] == log.history(AWARD)


def test_one_batch_does_not_begin_a_thing_twice() -> None:
    log = MemoryLog(*THERE)
    twice = [order(Record(stream=BID, fact=EVENTS["BidStated"]), command_id) for command_id in ("one", "two")]
    with pytest.raises(OrdersRefused) as caught:
        submit_all(log, twice)
    assert {1: AlreadyThere} == {place: type(refusal) for place, refusal in caught.value.refusals.items()}
    assert [] == log.history(BID)


def test_a_decision_reads_each_stream_once_so_that_it_rests_on_one_version_of_it() -> None:
    reads: list[str] = []

    class Counting(MemoryLog):
        def history(self, stream: str, after: int = 0) -> Sequence[Fact]:
            reads.append(stream)
            return super().history(stream, after)

    desk.decide(Reading(Counting(*THERE)), Record(stream=ACE, fact=EVENTS["HappeningNoted"]))
    assert [ACE] == reads


# A beginning for every kind of stream, so that a fact of any kind may be recorded.
EVERYTHING = (
    *THERE,
    *at(ROUND, EVENTS["RoundOpened"]),
    *at(BID, EVENTS["BidStated"]),
    *STATED_AWARD,
    *at(DELIVERY, EVENTS["DeliveryPeriodStated"]),
    *at(OUTCOME, EVENTS["OutcomeStated"]),
)


def _survives(begun: Iterable[Written], module: ModuleType, stream: str, fact: Fact) -> bool:
    """Whether *stream* can be read after *fact* has been recorded on it, or refused."""
    log = MemoryLog(*begun)
    try:
        submit(log, record(stream, fact))
        Reading(log).state(module, stream)
    except Refused:
        return True
    except (AssertionError, LookupError, ValueError):
        return False
    return True


@pytest.mark.parametrize("begun", [EVERYTHING, THERE], ids=["there", "to begin"])
def test_every_stream_can_still_be_read_after_any_statement_of_a_source(begun: tuple[Written, ...]) -> None:
    lost = [
        (stream, name)
        for module, stream in STREAMS.items()
        for name, event in EVENTS.items()
        if not _survives(begun, module, stream, event)
    ]
    assert [] == lost


@pytest.mark.parametrize(
    "name",
    [
        "PaymentApproved",
        "PaymentReleased",
        "PaymentSettled",
        "PaymentReturned",
        "PaymentMatched",
        "MatchUndone",
        "ReturnUndone",
        "PaymentReversed",
        "RecoveryApproved",
        "RecoverySettled",
        "RepaymentReferenced",
        "RepaymentMatched",
        "RepaymentMatchUndone",
        "RecoveryWrittenOff",
    ],
)
def test_a_source_does_not_state_a_later_step_of_a_payment_that_was_not_requested(name: str) -> None:
    log = MemoryLog(*THERE, *STATED_AWARD)
    with pytest.raises(NotForSources):
        submit(log, record(AWARD, EVENTS[name]))


OF_ANY = {"HappeningNoted", "DelayReported", "RuleStated", "InvolvementStated", "GovernanceBodyEstablished"}
OF_DELIVERY = {name for name, event in EVENTS.items() if type(event).__module__ == "domain.delivery.events"}
OF_SUPPORT = {name for name, event in EVENTS.items() if type(event).__module__ == "domain.support.case.events"}
OF_JOINT = {event.__name__ for event in joint.EVENTS}
# What a source states about each thing that is there.
STATED_ABOUT = {
    PROGRAMME: {
        "BudgetAllocated", "ProgrammeResultStated", "EligibilityRulePublished", "CountStated", "FrameworkPublished",
        *OF_ANY,
    },
    ODPM: {"IdentifierRecorded", "AssessmentCategoryRecorded", *OF_SUPPORT},
    ACE: {
        "PartnerJoined", "PartnershipRenamed", "PartnershipReclassified", "PilotListed", "TakeUpStated", "SumStated",
        "ChargeAgreed", "StrandAgreed", *OF_JOINT, *OF_ANY,
    },
    BID: {"AdviserRecorded"},
    AWARD: {
        "ComponentStated", "ComponentRestated", "AwardCorroborated", "AwardRestated", "AwardNoLongerStated",
        "AwardStatedAgain", "AwardReassigned", "ParticularsStated", "LineLeftOut",
    },
    DELIVERY: OF_DELIVERY,
    OUTCOME: {"EvidenceGiven"},
    ROUND: set(),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_a_source_states_these_facts_about_each_thing_and_no_others(name: str) -> None:
    fact: Any = replace(EVENTS[name], source=EVENTS["BidStated"].source)
    begun = [(BID, "BidStated"), (DELIVERY, "ActivityHeld"), (OUTCOME, "OutcomeStated"), (ROUND, "RoundOpened")]
    there = (*THERE, *STATED_AWARD, *(one for stream, first in begun for one in at(stream, EVENTS[first])))
    for stream, names in STATED_ABOUT.items():
        log = MemoryLog(*there)
        if name in names:
            submit(log, record(stream, fact))
            assert fact == log.history(stream)[-1]
        else:
            # A replacement names a fact of the stream, which is not the one of the example.
            with pytest.raises((NotForSources, AlreadyThere, NothingThere)):
                submit(log, record(stream, fact))


def test_a_source_does_not_form_a_partnership_again() -> None:
    log = MemoryLog(*THERE, *at(ACE, PartnershipDissolved(partnership_id=ACE, on=ON)))
    with pytest.raises(Refused):
        submit(log, record(ACE, EVENTS["PartnershipFormed"]))


def test_a_fact_of_one_partnership_is_not_recorded_on_the_award_of_another() -> None:
    shropshire = replace(ACE_FORMED, partnership_id=SHROPSHIRE, code="shropshire")
    of_shropshire = replace(EVENTS["ComponentStated"], partnership_id=SHROPSHIRE)  # type: ignore[call-arg]
    log = MemoryLog(*THERE, *at(SHROPSHIRE, shropshire), *STATED_AWARD)
    with pytest.raises(OfAnotherPartnership):
        submit(log, record(AWARD, of_shropshire))


@pytest.mark.parametrize(
    "command",
    [
        CommitFunds(round_id=ROUND, award_id=AWARD, total=gbp("800.00"), on=ON),
        AwardBid(bid_id=BID, award_id=AWARD, amount=gbp("800.00"), on=ON),
        AssignBudget(programme_id=PROGRAMME, scheme_id=PILOTS, round_id=ROUND, amount=gbp("800.00"), on=ON),
        CommitSchemeFunds(programme_id=PROGRAMME, scheme_id=PILOTS, award_id=AWARD, total=gbp("800.00"), on=ON),
    ],
    ids=lambda command: type(command).__name__,
)
def test_funds_are_committed_and_bids_are_awarded_only_together_with_an_offer(command: Command) -> None:
    log = MemoryLog(*THERE[1:-1], *READY_TO_OFFER)
    before = list(log.written)
    with pytest.raises(DecidedTogether):
        submit(log, order(command))
    assert before == log.written


@pytest.mark.parametrize(
    "command",
    [
        LapseOffer(bid_id=BID, award_id=AWARD, on=ON),
        RegrantFunds(award_id=AWARD, child=AwardId("award-2"), total=gbp("800.00"), on=ON),
    ],
    ids=lambda command: type(command).__name__,
)
def test_bids_are_freed_and_awards_are_regranted_only_together_with_the_award_that_it_is_about(
    command: Command,
) -> None:
    log = MemoryLog(*READY_TO_OFFER)
    submit(log, order(OFFER, "offer"))
    submit(log, order(AcceptOffer(award_id=AWARD, on=ON), "accept"))
    before = list(log.written)
    with pytest.raises(DecidedTogether):
        submit(log, order(command))
    assert before == log.written


def test_the_id_of_something_else_is_not_accepted_as_a_partnership() -> None:
    log = MemoryLog(*THERE, *at(CARLISLE, REGISTERED))
    with pytest.raises(Refused):
        submit(log, order(replace(join(), partnership_id=PartnershipId(PROGRAMME))))

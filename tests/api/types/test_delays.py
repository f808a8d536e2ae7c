"""Delays over HTTP: how long bids took, who has to act, the service standards, and the delays that sources state."""

from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.answering import statements as compiled
from api.schema import schema
from domain import award, bid, delivery, funding_round, programme
from domain.history import Command
from domain.values.ids import AwardId, BidId, DeliveryId, PartnershipId, ProgrammeId, RoundId, SchemeId
from domain.values.waiting import Calendar, Days, Span
from domain.values.when import UNKNOWN, When
from tests.api.answering.test_statements import statements
from tests.kit.money import Desk, desk, gbp
from tests.kit.web.served import Api, until

CLOCK = """{
  attempt submitted { text } decided { text } firstPayment { text } openDays breached standing waitingFor waitingOn
  nextDeadline pauses { started { text } ended { text } } daysToDecision { min max }
  workingDaysToDecision { min max } daysToAward { min max }
  daysToMoney { min max }
  standards { measure deadline missedBy { min max } standing standard { days counted } }
  stages { name owner started { text } ended { text } outcome days { min max } workingDays { min max } pausedDays
           deadline standing standard { days counted } }
}"""
DELAYS = f"""query ($filter: DelayFilter, $first: Int, $after: String, $asAt: Date, $knownAt: DateTime) {{
  delays(filter: $filter, first: $first, after: $after, asAt: $asAt, knownAt: $knownAt) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ bid {{ reference }} clock {CLOCK} }} }} }}"""
SUMMARY = """query ($filter: DelayFilter, $by: DelayGroup!, $measure: DelayMeasure!, $asAt: Date, $knownAt: DateTime) {
  delaySummary(filter: $filter, groupBy: $by, measure: $measure, asAt: $asAt, knownAt: $knownAt) {
    group decided open gone undated ranges breached lateAny withinStandard
    medianDays medianDaysAtLeast p90Days maxDays medianWorkingDays
    medianDaysWithOpen medianDaysWithOpenLow medianDaysWithOpenHigh } }"""


class Office(Desk):
    """A programme office with rounds and bids of one scheme."""

    def __init__(self, at: Desk) -> None:
        super().__init__(at.log)
        self.programme_id = ProgrammeId(self.find("programme", "cbp"))
        self.scheme_id = SchemeId(self.find("scheme", "cbp-improvement-partnerships"))
        self.partnership_id = PartnershipId(self.find("partnership", "dip"))

    def bid(self, name: str, submitted: str, *, partnership: str = "dip", round_id: str | None = None) -> BidId:
        bid_id = BidId(f"bid-{name}")
        self.do(
            bid.SubmitBid(
                bid_id=bid_id,
                partnership_id=PartnershipId(self.find("partnership", partnership)),
                reference=name,
                title=name,
                requested=gbp("1000.00"),
                round_id=RoundId(round_id) if round_id else None,
                on=When(submitted),
            )
        )
        return bid_id

    def approve(self, bid_id: BidId, on: str) -> None:
        self.do(bid.ApproveBid(bid_id=bid_id, approved=gbp("1000.00"), on=When(on)))

    def promise(self, limit: int, on: str, span: Span = Span.TO_DECISION, days: Days = Days.CALENDAR) -> Command:
        command = programme.SetServiceStandard(
            programme_id=self.programme_id, scheme_id=self.scheme_id, span=span, limit=limit, days=days, on=When(on)
        )
        self.do(command)
        return command


def seen(api: Api, at: Desk) -> None:
    position = at.log.position()
    until(lambda: min(_reached(api)) >= position, "the read models had it")


def _reached(api: Api) -> Iterator[int]:
    for one in api.ask("{ log { projections { position } } }")["log"]["projections"]:
        yield int(one["position"])


def clock(api: Api, reference: str, **at: Any) -> dict[str, Any]:
    query = (
        "query ($ref: String!, $asAt: Date, $knownAt: DateTime, $attempt: Int)"
        f"{{ bid(reference: $ref) {{ clock(asAt: $asAt, knownAt: $knownAt, attempt: $attempt) {CLOCK} }} }}"
    )
    found: dict[str, Any] = api.ask(query, ref=reference, **at)["bid"]["clock"]
    return found


def delays(api: Api, **given: Any) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        page = api.ask(DELAYS, **given, first=3, after=after)["delays"]
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            assert page["totalCount"] == len(nodes)
            return nodes
        after = page["pageInfo"]["endCursor"]


def summary(api: Api, by: str = "SCHEME", measure: str = "TO_DECISION", **given: Any) -> dict[str, dict[str, Any]]:
    found = api.ask(SUMMARY, by=by, measure=measure, **given)["delaySummary"]
    return {one.pop("group"): one for one in found}


# --- A year of bids ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def year(module_api: Api) -> Iterator[tuple[Api, Office]]:
    """2004: bids with every kind of end, and a standard of 30 calendar days from April on."""
    with desk(module_api.database) as at:
        office = Office(at)
        office.promise(60, "2003-01-01")
        first = office.bid("quick", "2004-01-05")
        office.approve(first, "2004-01-26")
        paid = office.bid("paid", "2004-01-12")
        office.do(bid.AcknowledgeBid(bid_id=paid, on=When("2004-01-13")))
        office.do(bid.RequestClarification(bid_id=paid, number=1, question="Who leads?", on=When("2004-01-19")))
        office.do(bid.ReceiveClarification(bid_id=paid, number=1, on=When("2004-02-02")))
        office.approve(paid, "2004-03-15")
        award_id = AwardId("award-paid")
        office.do(
            award.OfferAward(
                award_id=award_id, bid_id=paid, reference="A-paid", amount=gbp("900.00"), on=When("2004-04-01")
            )
        )
        office.do(award.AcceptOffer(award_id=award_id, on=When("2004-04-08")))
        office.pay(award_id, 1, "300.00", "2004-06-01")
        no = office.bid("no", "2004-02-02")
        office.do(bid.DeclineBid(bid_id=no, because="Repeats a national programme", on=When("2004-03-01")))
        office.do(bid.NotifyDecision(bid_id=no, on=When("2004-03-03")))
        office.do(bid.ResubmitBid(bid_id=no, title="no", requested=gbp("800.00"), on=When("2004-04-05")))
        office.bid("gone", "2004-04-06")
        office.do(bid.WithdrawBid(bid_id=BidId("bid-gone"), because="Needs have changed", on=When("2004-05-04")))
        office.bid("month", "2004-05")
        office.approve(BidId("bid-month"), "2004-07")
        office.bid("waiting", "2004-06-01")
        office.do(bid.AcknowledgeBid(bid_id=BidId("bid-waiting"), on=When("2004-06-02")))
        office.bid("asked", "2004-06-01", partnership="lrip")
        office.do(
            bid.RequestClarification(bid_id=BidId("bid-asked"), number=1, question="By when?", on=When("2004-06-15"))
        )
        office.bid("undated", "unknown")
        office.promise(30, "2004-04-01")
        seen(module_api, at)
        yield module_api, office


def test_a_bid_shows_its_stages_with_owners_pauses_and_both_kinds_of_days(year: tuple[Api, Office]) -> None:
    api, _ = year
    found = clock(api, "paid", asAt="2004-12-31")

    assert [
        ("acknowledgement", "funder", "2004-01-12", "2004-01-13", 1, 1, 0),
        ("decision", "funder", "2004-01-13", "2004-03-15", 62, 34, 14),
        ("offer", "funder", "2004-03-15", "2004-04-01", 17, 13, 0),
        ("acceptance", "bidder", "2004-04-01", "2004-04-08", 7, 5, 0),
        ("first_payment", "funder", "2004-04-08", "2004-06-01", 54, 34, 0),
    ] == [
        (
            one["name"], one["owner"], one["started"]["text"], one["ended"]["text"], one["days"]["min"],
            one["workingDays"]["min"], one["pausedDays"],
        )
        for one in found["stages"]
    ]  # fmt: skip
    assert [{"started": {"text": "2004-01-19"}, "ended": {"text": "2004-02-02"}}] == found["pauses"]
    assert {"min": 63, "max": 63} == found["daysToDecision"]
    assert {"min": 35, "max": 35} == found["workingDaysToDecision"]
    assert {"min": 80, "max": 80} == found["daysToAward"]
    assert {"min": 141, "max": 141} == found["daysToMoney"]
    assert ("2004-03-15", "2004-06-01") == (found["decided"]["text"], found["firstPayment"]["text"])


def test_the_promise_that_held_when_the_clock_started_counts_and_a_pause_puts_it_off(year: tuple[Api, Office]) -> None:
    api, _ = year
    # 60 days from 12 January, put off by 14 of a question: decided on the 63rd, in time.
    assert (False, "WITHIN") == (clock(api, "paid")["breached"], clock(api, "paid")["standing"])
    # 30 days from 1 June.
    for day, standing in (("2004-06-20", "WITHIN"), ("2004-06-24", "DUE_SOON"), ("2004-07-02", "BREACHED")):
        found = clock(api, "waiting", asAt=day)
        assert standing == found["standing"], day
        assert "2004-07-01" == found["nextDeadline"]
        assert (standing == "BREACHED") is found["breached"]


def test_while_the_bidder_has_a_question_no_promise_runs_out(year: tuple[Api, Office]) -> None:
    api, _ = year
    found = clock(api, "asked", asAt="2004-12-31")
    assert [{"started": {"text": "2004-06-15"}, "ended": None}] == found["pauses"]
    assert ("PAUSED", "BIDDER", False, None) == tuple(
        found[name] for name in ("standing", "waitingOn", "breached", "nextDeadline")
    )


def test_dates_known_to_the_month_leave_the_promise_uncertain(year: tuple[Api, Office]) -> None:
    api, _ = year
    found = clock(api, "month")
    assert {"min": 31, "max": 91} == found["daysToDecision"]
    assert ("BREACHED", True) == (found["standing"], found["breached"])
    assert "UNCERTAIN" == clock(api, "month", asAt="2004-06-15")["standing"]


def test_a_bid_that_is_submitted_again_is_timed_from_each_submission(year: tuple[Api, Office]) -> None:
    api, _ = year
    first, second = clock(api, "no", attempt=1), clock(api, "no", asAt="2004-05-05")
    assert (1, {"min": 28, "max": 28}, None) == (first["attempt"], first["daysToDecision"], first["openDays"])
    assert (2, None, 30) == (second["attempt"], second["daysToDecision"], second["openDays"])
    assert "2004-04-05" == second["submitted"]["text"]


@pytest.mark.parametrize("attempt", [0, -1, 3])
def test_an_unknown_submission_is_refused(year: tuple[Api, Office], attempt: int) -> None:
    api, _ = year
    error = api.error(f'{{ bid(reference: "no") {{ clock(attempt: {attempt}) {{ attempt }} }} }}')
    assert "BAD_USER_INPUT" == error["extensions"]["code"]
    assert f"The bid has no submission {attempt}. The number of its submissions is 2." == error["message"]


def test_delays_list_submissions_oldest_first_and_can_be_filtered(year: tuple[Api, Office]) -> None:
    api, _ = year
    scheme = {"scheme": "cbp-improvement-partnerships"}

    def listed(**wanted: Any) -> list[str]:
        return [one["bid"]["reference"] for one in delays(api, filter=scheme | wanted, asAt="2004-12-31")]

    assert ["quick", "paid", "no", "no", "gone", "month", "asked", "waiting", "undated"] == listed()
    assert ["no", "asked", "waiting"] == listed(openOnly=True)
    assert ["no", "month", "waiting"] == listed(breachedOnly=True)
    assert ["no", "gone"] == listed(submittedFrom="2004-04-01", submittedTo="2004-04-30")
    assert ["asked"] == listed(partnership="lrip")
    unknown = api.error(DELAYS, filter=scheme | {"round": "no-such-round"})
    assert "There is no round with this id or code." == unknown["message"]


def test_the_summary_of_each_group_agrees_with_its_bids(year: tuple[Api, Office]) -> None:
    """The figures by group equal those counted one by one."""
    api, _ = year
    for day in ("2004-02-15", "2004-06-10", "2004-12-31"):
        bid_clock = [one["clock"] for one in delays(api, filter={"scheme": "cbp-improvement-partnerships"}, asAt=day)]
        found = summary(api, filter={"scheme": "cbp-improvement-partnerships"}, asAt=day)[
            "cbp-improvement-partnerships"
        ]
        took = sorted(one["daysToDecision"]["max"] for one in bid_clock if one["daysToDecision"])
        assert len(took) == found["decided"]
        assert sum(one["openDays"] is not None for one in bid_clock) == found["open"]
        assert sum(bool(one["breached"]) for one in bid_clock) == found["lateAny"]
        assert (
            sum(one["standards"][0]["missedBy"] is not None for one in bid_clock if one["standards"])
            == found["breached"]
        )
        assert (float(median(took)) if took else None) == found["medianDays"]
        assert (took[-1] if took else None) == found["maxDays"]


def test_the_summary_counts_ended_undated_and_range_submissions_separately(year: tuple[Api, Office]) -> None:
    api, _ = year
    found = summary(api, filter={"scheme": "cbp-improvement-partnerships"}, asAt="2004-12-31")
    shown = found["cbp-improvement-partnerships"]
    assert (4, 3, 1, 1, 1) == tuple(shown[name] for name in ("decided", "open", "gone", "undated", "ranges"))
    # 21, 28, 63 and 31 to 91 days.
    assert (45.5, 29.5) == (shown["medianDays"], shown["medianDaysAtLeast"])
    # With three that wait since long, and one that was withdrawn on its 28th day, half are decided by day 91.
    assert 91 == shown["medianDaysWithOpen"]


def test_figures_are_grouped_by_period_kind_owner_and_measure(year: tuple[Api, Office]) -> None:
    api, _ = year
    of: dict[str, Any] = {"filter": {"scheme": "cbp-improvement-partnerships"}, "asAt": "2004-12-31"}
    assert {"2004-Q1": 3, "2004-Q2": 5, "": 1} == {
        group: one["decided"] + one["open"] + one["gone"] + one["undated"]
        for group, one in summary(api, "QUARTER", **of).items()
    }
    assert ["", "2004-01", "2004-02", "2004-04", "2004-05", "2004-06"] == list(summary(api, "MONTH", **of))
    assert ["", "2004"] == list(summary(api, "YEAR", **of))
    assert {"2003-04": 3, "2004-05": 5, "": 1} == {
        group: one["decided"] + one["open"] + one["gone"] + one["undated"]
        for group, one in summary(api, "FINANCIAL_YEAR", **of).items()
    }
    assert 1 == summary(api, "YEAR", "TO_MONEY", **of)["2004"]["decided"]
    assert 7.0 == summary(api, "YEAR", "ACCEPTANCE", **of)["2004"]["medianDays"]
    waiting_on = summary(api, "OWNER", "ACKNOWLEDGEMENT", filter=of["filter"], asAt="2004-07-01")
    # Nobody has acknowledged the bid of a day in May yet. That it is decided counts from the last day of July.
    assert {"bidder": 1, "funder": 2} == {owner: one["open"] for owner, one in waiting_on.items()}


def test_last_quarters_report_stays_the_same_byte_for_byte(module_api: Api, year: tuple[Api, Office]) -> None:
    api, office = year
    with desk(api.database) as at:
        seen(api, at)
        then = api.ask("{ log { recordedAt } }")["log"]["recordedAt"]
        questions = [
            (SUMMARY, {"by": by, "measure": measure, "asAt": "2004-12-31", "knownAt": then})
            for by in ("SCHEME", "QUARTER", "KIND", "FUNDER", "OWNER")
            for measure in ("TO_DECISION", "TO_MONEY", "DECISION")
        ] + [(DELAYS, {"first": 50, "asAt": "2004-12-31", "knownAt": then})]
        before = [api.post(query, given).content for query, given in questions]

        late = office.bid("late", "2004-03-30")
        office.approve(late, "2004-04-02")
        office.do(bid.ReceiveClarification(bid_id=BidId("bid-asked"), number=1, on=When("2004-06-20")))
        office.do(bid.DeclineBid(bid_id=BidId("bid-waiting"), because="Too late", on=When("2004-07-15")))
        office.promise(10, "2003-06-01")
        office.do(
            programme.ChooseCalendar(programme_id=office.programme_id, calendar=Calendar.SCOTLAND, on=When("2003"))
        )
        office.do(
            award.ReversePayment(award_id=AwardId("award-paid"), number=1, because="Twice", on=When("2004-06-01"))
        )
        seen(api, at)

        assert before == [api.post(query, given).content for query, given in questions]
        # It would have been another answer, had it not been asked for as it was known.
        now = [api.post(query, given | {"knownAt": None}).content for query, given in questions]
        assert all(one != other for one, other in zip(before[:1], now[:1], strict=True))


# --- What sources state -----------------------------------------------------------------------------------------------


def test_every_stated_delay_is_shown_with_its_consequence_its_source_and_the_computed_delay(
    shared_api: Api,
) -> None:
    stated = "stage stated computed consequence cites days { min max } event { name data }"
    found = shared_api.ask(f"{{ programmes {{ statedDelays {{ {stated} }} }} }}")["programmes"]
    delays_ = [one for programme_ in found for one in programme_["statedDelays"]]

    assert 31 == len(delays_)
    assert all(one["consequence"] and one["cites"] and one["event"]["name"] == "DelayReported" for one in delays_)
    (four_months,) = (one for one in delays_ if one["stage"] == "bid_decision")
    assert "stated: about four months (120 to 123 days)" == four_months["stated"]
    assert "computed: no dates recorded" == four_months["computed"]


def test_no_stated_delay_is_part_of_a_figure(shared_api: Api) -> None:
    for by in ("PROGRAMME", "SCHEME", "KIND"):
        for one in summary(shared_api, by).values():
            assert (0, 0, None) == (one["decided"], one["open"], one["medianDays"])


# --- What the delay cost ----------------------------------------------------------------------------------------------

CHAIN = """{ delayChain(asAt: "2005-03-01") {
  links { name on { text } sinceStart { min max } sincePrevious { min max } }
  releases { awardId awardReference number amount sinceAward { min max } }
  plannedWindow { min max } windowLeft { min max }
  flags { need message } } }"""


def test_what_the_delay_cost_one_partnership(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("chain", "9000.00", partnership="nwin")
        delivery_id = DeliveryId("delivery-chain")
        partnership_id = PartnershipId(at.find("partnership", "nwin"))
        at.do(
            delivery.AgreePlan(
                delivery_id=delivery_id,
                partnership_id=partnership_id,
                award_id=award_id,
                title="First year",
                milestones=("Network set up",),
                until=When("2005-03-31"),
                on=When("2004-07-01"),
            )
        )
        for number, amount, due in ((1, "3000.00", "2004-07-01"), (2, "3000.00", "2005-01-15")):
            at.do(
                award.ScheduleInstalment(
                    award_id=award_id, number=number, amount=gbp(amount), due=When(due), on=When("2004-06-20")
                )
            )
        at.pay(award_id, 1, "3000.00", "2004-12-31")
        at.do(delivery.ReachMilestone(delivery_id=delivery_id, milestone="Network set up", on=When("2005-02-14")))
        seen(api, at)

    found = api.ask(f'{{ partnership(code: "nwin") {CHAIN} }}')["partnership"]["delayChain"]
    assert [
        ("submitted", "2004-05-01", None, None),
        ("decided", "2004-06-01", 31, 31),
        ("offered", "2004-06-15", 45, 14),
        ("first_money", "2004-12-31", 244, 199),
        ("first_milestone", "2005-02-14", 289, 45),
    ] == [
        (
            one["name"], one["on"]["text"], one["sinceStart"]["min"] if one["sinceStart"] else None,
            one["sincePrevious"]["min"] if one["sincePrevious"] else None,
        )
        for one in found["links"]
    ]  # fmt: skip
    (release,) = found["releases"]
    assert ("award-chain", "A-chain", 1, "3000.00", {"min": 199, "max": 199}) == tuple(release.values())
    assert ({"min": 273, "max": 273}, {"min": 90, "max": 90}) == (found["plannedWindow"], found["windowLeft"])
    assert {
        "R017": "Instalment 2 was planned for 15 Jan 2005: 3,000.00 of it is 45 days late.",
        "R018": "183 days of a delivery window of 273 days passed before the first money.",
    } == {one["need"]: one["message"] for one in found["flags"]}


def test_a_delivery_window_that_a_source_calls_too_short_is_flagged(shared_api: Api) -> None:
    found = shared_api.ask('{ partnership(code: "shropshire-improvement") { delayChain { flags { need message } } } }')
    assert [
        {
            "need": "R045",
            "message": "A source states about the delivery window: Six months was judged too short for the project.",
        }
    ] == found["partnership"]["delayChain"]["flags"]


# --- Requests that cannot be answered ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {"filter": {"scheme": "a\x00b"}},
        {"first": 101},
        {"after": "forged"},
        {"asAt": "2004-02-30"},
        {"knownAt": "2004-02-01T00:00:00"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_an_invalid_request_is_refused_with_a_code(shared_api: Api, given: dict[str, Any]) -> None:
    assert shared_api.error(DELAYS, **given)["extensions"]["code"]


def test_a_page_of_delays_takes_as_many_statements_whatever_its_size(
    year: tuple[Api, Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _ = year

    def counts() -> list[int]:
        return [statements(api, DELAYS, first=first, asAt="2004-12-31") for first in (1, 4, 8)]

    monkeypatch.setattr(compiled, "lasting", compiled.Lasting())
    # The page, and spans and steps of the bids whose clocks are not kept yet.
    assert [3, 3, 3] == counts()
    assert [1, 1, 1] == counts()
    # graphql-core reads the page, its bids, all that is timed of them, and the total.
    monkeypatch.setattr(schema, "execution_context_class", StrawberryGraphQLCoreExecutionContext)
    assert [5, 5, 5] == counts()


def test_delays_can_be_grouped_by_round(api: Api) -> None:
    with desk(api.database) as at:
        office = Office(at)
        office.do(
            funding_round.OpenRound(
                round_id=RoundId("round-one"),
                programme_id=office.programme_id,
                scheme_id=office.scheme_id,
                code="one",
                name="One",
                budget=gbp("5000.00"),
                on=UNKNOWN,
            )
        )
        office.bid("of-round", "2004-03-01", round_id="round-one")
        seen(api, at)
    assert 1 == summary(api, "ROUND", asAt="2004-12-31")["one"]["open"]
    with desk(api.database) as at:
        # A later step does not name the round, and the bid stays in it.
        at.do(bid.ApproveBid(bid_id=BidId("bid-of-round"), approved=gbp("10.00"), on=When("2004-06-01")))
        seen(api, at)
    assert 1 == summary(api, "ROUND", asAt="2004-12-31")["one"]["decided"]

"""Fifty who act at once: in the database nobody gets two duties in one matter, not even past the rules."""

from collections.abc import Iterator

import pytest

from domain.award import AcceptOffer, ApprovePayment, OfferAward, ReleasePayment, RequestPayment
from domain.bid import ApproveBid, SubmitBid
from domain.desk import submit
from domain.history import Command, Order, ReferenceTaken, StaleHistory
from domain.organisation import ChangePayeeAccount, RegisterOrganisation, VerifyPayeeAccount
from domain.partnership import FormPartnership
from domain.programme import EstablishProgramme, EstablishScheme
from domain.values.ids import AwardId, BidId, OrganisationId, PartnershipId, ProgrammeId, SchemeId
from domain.values.refusal import Refused
from domain.values.when import When
from infra.database.postgres import Database
from infra.feeding.migrate import migrate
from infra.log.postgres_log import PostgresLog
from tests.kit.database.writing import ask, at_once
from tests.kit.spec import gbp

ON = When("2005-05-02")
PROGRAMME, SCHEME, PARTNERSHIP = ProgrammeId("programme-1"), SchemeId("scheme-1"), PartnershipId("partnership-1")
BID, AWARD = BidId("bid-1"), AwardId("award-1")
BEGUN: tuple[tuple[str, Command], ...] = (
    ("office", EstablishProgramme(programme_id=PROGRAMME, code="p", name="P", currency="GBP", on=ON)),
    ("office", EstablishScheme(programme_id=PROGRAMME, scheme_id=SCHEME, code="s", name="S", kind="k", on=ON)),
    ("office", FormPartnership(partnership_id=PARTNERSHIP, programme_id=PROGRAMME, scheme_id=SCHEME, code="x",
                               name="X", kind="pilot", on=ON)),
    ("bidder", SubmitBid(bid_id=BID, partnership_id=PARTNERSHIP, reference="B", title="T", requested=gbp("900"),
                         on=ON)),
    ("panel", ApproveBid(bid_id=BID, approved=gbp("900"), on=ON)),
    ("office", OfferAward(award_id=AWARD, bid_id=BID, reference="A", amount=gbp("900"), on=ON)),
    ("bidder", AcceptOffer(award_id=AWARD, on=ON)),
)  # fmt: skip
# Who has which duties, from the stored events alone.
HELD_TWICE = """
    SELECT actor, convert_from(state, 'UTF8')::json ->> 'number', count(DISTINCT topic) FROM log.events
     WHERE topic IN ('PaymentRequested', 'PaymentApproved', 'PaymentReleased')
     GROUP BY 1, 2 HAVING count(DISTINCT topic) > 1
"""


@pytest.fixture
def log(database: Database) -> Iterator[PostgresLog]:
    with PostgresLog(database) as made:
        for number, (actor, command) in enumerate(BEGUN):
            give(made, actor, command, f"begun-{number}")
        yield made


def give(log: PostgresLog, actor: str, command: Command, name: str) -> bool:
    """Whether the command was recorded."""
    try:
        return submit(log, Order(command_id=name, command=command, said=repr(command), actor=actor)).recorded
    except (Refused, StaleHistory):
        return False


def race(log: PostgresLog, payment: int) -> int:
    """How many of fifty steps of five people on one payment, all begun at once, are recorded."""
    of = {"award_id": AWARD, "number": payment, "on": ON}
    steps: list[Command] = [
        RequestPayment(**of, amount=gbp("10")),  # type: ignore[arg-type]
        ApprovePayment(**of),  # type: ignore[arg-type]
        ReleasePayment(**of, bank_reference=f"B{payment}"),  # type: ignore[arg-type]
    ]
    give(log, "ann", steps[0], f"request-{payment}")
    work = [
        (lambda n=n: give(log, ["ann", "bob", "cay", "dee", "eve"][n % 5], steps[1 + n // 5 % 2], f"{payment}-{n}"))
        for n in range(50)
    ]
    return sum(at_once(work))


def test_of_fifty_at_once_nobody_gets_two_duties_on_one_payment(database: Database, log: PostgresLog) -> None:
    recorded = [race(log, payment) for payment in range(1, 5)]
    assert all(recorded), "no step was recorded"
    assert [] == ask(database, HELD_TWICE)


def test_the_database_alone_refuses_a_second_duty(
    database: Database, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.across.duties._clash", lambda *_: False)
    give(log, "ann", RequestPayment(award_id=AWARD, number=1, amount=gbp("10"), on=ON), "ask")
    approve = ApprovePayment(award_id=AWARD, number=1, on=ON)
    with pytest.raises(ReferenceTaken):
        submit(log, Order(command_id="same", command=approve, said="", actor="ann"))
    assert give(log, "bob", approve, "other")
    assert [] == ask(database, HELD_TWICE)


def test_the_database_keeps_the_duties_of_each_change_of_an_account_apart(
    database: Database, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob verified the account once. He may change it back, and then the database alone refuses that he verifies it."""
    payee = OrganisationId("organisation-1")
    give(log, "office", RegisterOrganisation(organisation_id=payee, code="o", name="O", kind="council", on=ON), "payee")
    monkeypatch.setattr("domain.across.duties._clash", lambda *_: False)
    steps = [
        ("ann", "change", "GB29 0001"), ("bob", "verify", "GB29 0001"), ("cay", "change", "GB29 0002"),
        ("bob", "change", "GB29 0001"),
    ]  # fmt: skip
    for nth, (actor, step, account) in enumerate(steps):
        change = ChangePayeeAccount(organisation_id=payee, account=account, on=ON)
        verify = VerifyPayeeAccount(organisation_id=payee, account=account, evidence="A call", on=ON)
        assert give(log, actor, change if step == "change" else verify, f"{nth}")
    verify = VerifyPayeeAccount(organisation_id=payee, account="GB29 0001", evidence="A call", on=ON)
    with pytest.raises(ReferenceTaken):
        submit(log, Order(command_id="same", command=verify, said="", actor="bob"))
    assert give(log, "ann", verify, "first")
    kept = (
        "SELECT text, subject, kind LIKE '%%, change 2' FROM log.references WHERE kind LIKE 'duty in account %%'"
        " AND stream = 'organisation-1' ORDER BY 3, 1"
    )
    changes, verifies = "change the payee's account", "verify the payee's account"
    assert [
        ("ann", changes, False), ("bob", verifies, False), ("cay", changes, False), ("ann", verifies, True),
        ("bob", changes, True),
    ] == ask(database, kept)  # fmt: skip


def test_without_both_guards_somebody_gets_two(
    database: Database, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the question finds it."""
    monkeypatch.setattr("domain.desk.taken", lambda *_: [])
    give(log, "ann", RequestPayment(award_id=AWARD, number=1, amount=gbp("10"), on=ON), "ask")
    assert give(log, "ann", ApprovePayment(award_id=AWARD, number=1, on=ON), "same")
    assert [("ann", "1", 2)] == ask(database, HELD_TWICE)


def test_what_was_done_before_duties_were_kept_is_kept_by_the_upgrade(
    database: Database, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The migration reads the events; where somebody took two duties, the first one is kept."""
    give(log, "ann", RequestPayment(award_id=AWARD, number=1, amount=gbp("10"), on=ON), "ask")
    give(log, "bob", ApprovePayment(award_id=AWARD, number=1, on=ON), "approve")
    kept = "SELECT kind, text, subject FROM log.references WHERE kind LIKE 'duty in %%' ORDER BY 1, 2, 3"
    live = ask(database, kept)
    assert 4 == len(live)
    ask(database, "ALTER TABLE log.references DISABLE TRIGGER USER")
    ask(database, "DELETE FROM log.references WHERE kind LIKE 'duty in %%'")
    ask(database, "ALTER TABLE log.references ENABLE TRIGGER USER")
    ask(database, "DELETE FROM public.fundtrail_migrations WHERE number = 6")
    migrate(database)
    assert live == ask(database, kept)

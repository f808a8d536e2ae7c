"""Generated work: whatever five people try, with two accounts or alone, nobody holds two duties in one matter.

Controls: without the guard of the rules, or without that of the log, the other one holds; without both, somebody does.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count

import pytest

from domain import desk
from domain.award import (
    ApprovePayment,
    CertifyReturn,
    PaymentApproved,
    PaymentReleased,
    PaymentRequested,
    PrepareReturn,
    ReleasePayment,
    RequestPayment,
    RequireReturn,
    ReturnCertified,
    ReturnPrepared,
    ReversePayment,
)
from domain.bid import BidApproved
from domain.history import Command, Decision, Order
from domain.organisation import ChangePayeeAccount, PayeeAccountChanged, PayeeAccountVerified, VerifyPayeeAccount
from domain.values.frozen import replace
from domain.values.refusal import Refused
from domain.values.when import When
from tests.domain.across.test_duties import ACCEPT, APPROVE_BID, BEGUN, OFFER, SUBMIT
from tests.kit.examples import AWARD, CARLISLE
from tests.kit.length import times
from tests.kit.spec import MemoryLog, gbp

PEOPLE = ("ann", "bob", "cay", "dee", "eve")
ON = When("2005-05-02")
SEQUENCES, STEPS = times(400, 10_000), 36
# The steps that must have happened, so that the law says something.
REACHED = (
    PaymentRequested, PaymentApproved, PaymentReleased, ReturnPrepared, ReturnCertified, BidApproved,
    PayeeAccountChanged, PayeeAccountVerified,
)  # fmt: skip
ACCOUNTS = ("GB29 NWBK 6016 1331 9268 19", "GB94 BARC 1020 1530 0934 59")


class Unkept(MemoryLog):
    """A log that does not keep duties."""

    def append(self, decisions: Sequence[Decision]) -> Sequence[object]:  # type: ignore[override]
        return super().append([replace(one, duties=()) for one in decisions])


def command(chance: random.Random) -> Command:
    number = chance.randint(1, 3)
    of = {"award_id": AWARD, "number": number, "on": ON}
    makers: list[Callable[[], Command]] = [
        lambda: RequestPayment(**of, amount=gbp("100.00")),  # type: ignore[arg-type]
        lambda: ApprovePayment(**of),  # type: ignore[arg-type]
        lambda: ReleasePayment(**of, bank_reference=f"B{number}"),  # type: ignore[arg-type]
        lambda: RequireReturn(**of, covers="2005", due=When("2006")),  # type: ignore[arg-type]
        lambda: PrepareReturn(**of),  # type: ignore[arg-type]
        lambda: CertifyReturn(**of),  # type: ignore[arg-type]
        lambda: ReversePayment(**of, because="Wrong"),  # type: ignore[arg-type]
        lambda: ChangePayeeAccount(organisation_id=CARLISLE, account=ACCOUNTS[number % 2], on=ON),
        lambda: VerifyPayeeAccount(organisation_id=CARLISLE, account=ACCOUNTS[number % 2], evidence="A call", on=ON),
    ]
    return chance.choices(makers, weights=(4, 4, 4, 2, 3, 3, 1, 3, 5))[0]()


def worked(kind: type[MemoryLog], seed: int) -> MemoryLog:
    """A log after one of the people decided the bid and all of them tried steps at random."""
    chance, numbers, log = random.Random(seed), count(), kind(*BEGUN)

    def give(actor: str, given: Command) -> None:
        order = Order(command_id=f"{next(numbers)}", command=given, said="", actor=actor)
        with suppress(Refused):
            desk.submit(log, order)

    for actor, given in (("bidder", SUBMIT), (PEOPLE[0], APPROVE_BID), ("officer", OFFER), ("bidder", ACCEPT)):
        give(actor, given)
    for _ in range(STEPS):
        give(chance.choice(PEOPLE), command(chance))
    return log


def held_twice(log: MemoryLog) -> list[tuple[str, str]]:
    """Who has two duties in one matter, from who recorded which event. It does not use the code of the rule."""
    duties: dict[tuple[str, str], set[str]] = {}
    changes = 0
    for stream, event in log.written:
        name, by = type(event).__name__, event.recorded_by or ""
        number = getattr(event, "number", None)
        if name in ("PaymentRequested", "PaymentApproved", "PaymentReleased"):
            duties.setdefault((f"payment {number} of {stream}", by), set()).add(name)
        if name in ("ReturnPrepared", "ReturnCertified"):
            duties.setdefault((f"return {number} of {stream}", by), set()).add(name)
        changes += name == "PayeeAccountChanged"
        if name in ("PayeeAccountChanged", "PayeeAccountVerified"):
            duties.setdefault((f"change {changes} of the account", by), set()).add(name)
        if name in ("BidApproved", "PaymentApproved"):
            duties.setdefault(("the bid and its payments", by), set()).add(name)
    return sorted(key for key, names in duties.items() if len(names) > 1)


def changed_back(log: MemoryLog) -> int:
    """How many people changed and verified one account: in different changes, as they may."""
    changed, verified = (
        {(event.account, event.recorded_by) for _, event in log.written if isinstance(event, kind)}
        for kind in (PayeeAccountChanged, PayeeAccountVerified)
    )
    return len(changed & verified)


def test_nobody_holds_two_duties_after_any_work() -> None:
    happened: Counter[str] = Counter()
    back = 0
    for seed in range(SEQUENCES):
        log = worked(MemoryLog, seed)
        assert [] == held_twice(log), seed
        happened.update(type(event).__name__ for _, event in log.written)
        back += changed_back(log)
    assert [] == [kind.__name__ for kind in REACHED if happened[kind.__name__] < SEQUENCES / 4], happened
    assert back > SEQUENCES / 20, "hardly anybody changed an account back to one that the same person had verified"


@pytest.mark.parametrize("guard", ["rules", "log"])
def test_either_guard_holds_without_the_other(monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    if guard == "log":
        _without_the_rule(monkeypatch)
    for seed in range(SEQUENCES // 4):
        assert [] == held_twice(worked(Unkept if guard == "rules" else MemoryLog, seed)), seed


def test_without_both_guards_somebody_holds_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the law can fail."""
    _without_the_rule(monkeypatch)
    assert any(held_twice(worked(Unkept, seed)) for seed in range(20))


def _without_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take each duty without looking who has another one; the log is still given what is taken."""
    monkeypatch.setattr("domain.across.duties._clash", lambda *_: False)

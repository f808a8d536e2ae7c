"""The table of docs/ledger.md, which says what each event posts, holds for every event that there is."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.award import Transaction
from domain.values.fact import Fact
from domain.values.when import When
from projections.money.accounts import STATED, Entry, entries
from projections.money.chart import Account
from projections.money.funding import FIGURES
from tests.kit.examples import EVENTS
from tests.kit.money import NO_FIGURE, adds
from tests.kit.paths import ROOT
from tests.kit.spec import gbp

PAGE = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## Which event posts where")[2].partition("Every other event")[0]
ROWS = [tuple(cell.strip() for cell in row.split("|")[1:4]) for row in TABLE.splitlines() if row.startswith("| ")][1:]
KINDS = {
    "a commitment": [Transaction.COMMITMENT],
    "a disbursement or a total disbursed": [Transaction.DISBURSEMENT, Transaction.DISBURSED_IN_ALL],
    "a return": [Transaction.RETURN],
    "expenditure": [Transaction.EXPENDITURE],
}
STAGES = {
    "of an approved payment": ["approved"],
    "of a released or settled payment": ["released", "settled"],
}


def of_row(words: str) -> Iterator[Fact]:
    """The events that the first cell of a row names, made of the examples."""
    name, _, which = words.partition(", ")
    example: Any = EVENTS[name]
    if name == "TransactionStated":
        yield from (replace(example, kind=kind) for kind in KINDS[which])
    elif name == "PaymentReversed":
        yield from (replace(example, was=stage) for stage in STAGES[which])
    else:
        for each in re.findall(r"\w+", words):
            given: Any = EVENTS[each]
            changed = {
                field: gbp("250.00")
                for field in ("change", "requested", "approved", "amount", "given_back")
                if hasattr(given, field)
            }
            yield replace(given, **changed)


def amount_of(event: Any) -> Any:
    """What *event* moves: its change where it changes something, else its amount."""
    fields = ("change", "given_back", "amount", "approved", "requested")
    return next(getattr(event, field) for field in fields if hasattr(event, field))


POSTED = [(words, Account(debit), Account(credit)) for words, debit, credit in ROWS if words != "TransactionUnstated"]


@pytest.mark.parametrize("words", sorted({words for words, *_ in POSTED}))
def test_an_event_posts_what_its_rows_say_and_nothing_else(words: str) -> None:
    sides = [(debit, credit) for row, debit, credit in POSTED if row == words]
    for event in of_row(words):
        assert [Entry(*side, amount_of(event)) for side in sides] == entries(event), event


@pytest.mark.parametrize("kind", Transaction)
def test_what_a_register_no_longer_states_is_posted_the_other_way_round(kind: Transaction) -> None:
    stated: Any = replace(EVENTS["TransactionStated"], kind=kind)  # type: ignore[call-arg]
    unstated: Any = replace(EVENTS["TransactionUnstated"], kind=kind, amount=stated.amount)  # type: ignore[call-arg]
    assert [Entry(one.credit, one.debit, one.amount) for one in entries(stated)] == entries(unstated)
    assert bool(entries(stated)) == (kind in STATED)


def test_an_event_that_the_table_does_not_name_moves_no_money() -> None:
    named = {name for words, *_ in ROWS for name in re.findall(r"\b[A-Z]\w+", words)}
    assert named <= EVENTS.keys()
    assert [] == [name for name, event in EVENTS.items() if name not in named and entries(event)]


REVERSED: Any = EVENTS["PaymentReversed"]


@pytest.mark.parametrize("name", [name for name in EVENTS if hasattr(EVENTS[name], "change")])
def test_a_change_of_nothing_is_not_posted(name: str) -> None:
    """A bid that is revised in its title alone, or an award that only moves between its lines, moves no money."""
    event: Any = EVENTS[name]
    unchanged = entries(replace(event, change=gbp("0.00")))
    assert [] == unchanged or name in ("ApprovalVaried", "BudgetVaried")


@pytest.mark.parametrize("name", [name for name in EVENTS if hasattr(EVENTS[name], "given_back")])
def test_nothing_that_is_given_back_is_not_posted(name: str) -> None:
    event: Any = EVENTS[name]
    assert [] == entries(replace(event, given_back=gbp("0.00")))


OF_REGISTERS: list[Any] = [EVENTS["TransactionStated"], EVENTS["TransactionUnstated"]]
VARIANTS = [
    *EVENTS.values(),
    *(replace(REVERSED, was=was) for was in ("requested", "approved", "released", "settled")),
    *(replace(event, kind=kind) for kind in Transaction for event in OF_REGISTERS),
]


@pytest.mark.parametrize("event", VARIANTS, ids=lambda event: type(event).__name__)
def test_an_event_adds_to_the_figures_what_the_plain_model_says(event: Any) -> None:
    """The model knows every event: what it does not name fails. The accounts of a figure are those of FIGURES."""
    posted: dict[Account, Decimal] = defaultdict(Decimal)
    for entry in entries(event):
        posted[entry.debit] += entry.amount.amount
        posted[entry.credit] -= entry.amount.amount
    ladder = {name: sum(sign * posted[one] for one, sign in accounts.items()) for name, accounts in FIGURES.items()}
    assert {name: amount for name, amount in adds(event).items() if amount} == {
        name: amount for name, amount in ladder.items() if amount
    }


def test_the_model_fails_for_an_event_that_it_does_not_know() -> None:
    class Unheard(Fact):
        """An event of the future."""

    with pytest.raises(AssertionError, match="does not know what Unheard adds"):
        adds(Unheard(on=When("2004")))
    assert not [
        name for name in EVENTS if name in NO_FIGURE and entries(EVENTS[name]) and not name.startswith("Budget")
    ]

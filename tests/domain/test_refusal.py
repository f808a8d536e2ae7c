"""Every rule refuses with a sentence, and some example shows it."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from domain import (
    award,
    bid,
    books,
    counters,
    delivery,
    desk,
    discrepancy,
    editions,
    funding_round,
    governance,
    history,
    organisation,
    outcome,
    partnership,
    programme,
)
from domain.across import authority, duties, people, permitted
from domain.across import bank as across_bank
from domain.across import dates as across_dates
from domain.across import grants as across
from domain.bank import account as bank_account
from domain.bank import entry as bank_entry
from domain.bid import AboveApproved, BidUnknown
from domain.people import person
from domain.support import case
from domain.support.case import across as across_support
from domain.values import correction, fact, order
from domain.values.refusal import Refused, sentence_of
from tests.kit.paths import ROOT
from tests.kit.spec import gbp

MODULES = (
    across, across_bank, across_dates, across_support, authority, award, bank_account, bank_entry, bid, books, case,
    correction, counters,
    delivery, desk, discrepancy, duties, editions, fact, funding_round, governance, history, order, organisation,
    outcome, partnership, people, permitted, person, programme,
)  # fmt: skip
RULES = sorted(
    {
        rule
        for module in MODULES
        for _, rule in inspect.getmembers(module, inspect.isclass)
        if issubclass(rule, Refused) and rule is not Refused
    },
    key=lambda rule: rule.__name__,
)
# The database refuses this, where no rule did before: see tests/infra/log/test_overspending.py.
OF_THE_DATABASE = {"Overspent"}


def test_a_refusal_names_its_rule_its_reason_and_its_facts() -> None:
    refusal = AboveApproved(approved=gbp("800.00"), award=gbp("800.01"))
    assert "AboveApproved" == refusal.rule
    sentence = "The award is £800.01, but £800.00 was approved. An award must not be more than the approval."
    assert sentence == refusal.reason == str(refusal)
    assert "approved: £800.00; award: £800.01" == refusal.details


def test_a_refusal_that_needs_no_facts_gives_none() -> None:
    assert BidUnknown().details is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_refuses_with_a_sentence(rule: type[Refused]) -> None:
    assert Refused.__doc__ != rule.__doc__
    assert sentence_of(rule)[0].isupper() or sentence_of(rule)[0] == "{"
    assert sentence_of(rule).endswith(".")


def test_every_refusal_gives_the_facts_that_its_sentence_names() -> None:
    wanted = {
        rule.__name__: {name for _, name, _, _ in Formatter().parse(sentence_of(rule)) if name is not None}
        for rule in RULES
    }
    assert [] == [
        f"{path.relative_to(ROOT)}: {rule} lacks {', '.join(sorted(wanted[rule] - given))}"
        for path, rule, given in _refusing()
        if wanted.get(rule, set()) - given
    ]
    assert wanted.keys() <= {rule for _, rule, _ in _refusing()}


def _refusing() -> Iterator[tuple[Path, str, set[str]]]:
    """Each place that refuses: its file, the rule, and the names of the facts given. A call with ``**`` gives all."""
    for path in [*(ROOT / "domain").rglob("*.py"), *(ROOT / "infra").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                given = {keyword.arg or "**" for keyword in node.keywords}
                yield path, _named(node.func), given
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name | ast.Attribute):
                yield path, _named(node.exc), set()


def _named(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def test_no_two_rules_share_a_name() -> None:
    assert len(RULES) == len({rule.__name__ for rule in RULES})


def test_every_rule_is_refused_by_in_some_example() -> None:
    assert OF_THE_DATABASE == {rule.__name__ for rule in RULES} - _refused_by_in_examples()


def _refused_by_in_examples() -> set[str]:
    """The names given to ``refused`` or ``pytest.raises`` in the tests in this folder."""
    calls = (
        call
        for path in Path(__file__).parent.rglob("test_*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and call.args
    )
    return {_named(call.args[0]) for call in calls if _named(call.func) in REFUSING}


REFUSING = ("refused", "refuses", "raises")

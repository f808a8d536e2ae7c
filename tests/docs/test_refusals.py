"""docs/refusals.md says which rules can refuse which command, and says so of every rule."""

from typing import get_args

from domain import award, desk, history
from domain.bank.entry import BookEntry
from tests.docs.refusals import GENERAL, PAGE, every_rule, page, rules_of


def test_the_page_of_refusals_is_what_the_code_says() -> None:
    """After a change of rules or sentences, run `make refusals`."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_rule_can_refuse_some_command() -> None:
    listed = {rule for command in get_args(history.Command) for rule in rules_of(command)}

    assert every_rule() == listed | {*GENERAL, desk.DecidedTogether}


def test_every_command_can_be_refused() -> None:
    """All but one: an entry that is booked twice is booked once, and what the bank states is not judged."""
    assert [BookEntry] == [command for command in get_args(history.Command) if not rules_of(command)]


def test_a_rule_of_another_command_of_the_same_stream_is_not_listed() -> None:
    """The page would be no help if it listed for each command whatever its stream can say."""
    assert award.ConditionOpen in rules_of(award.ReleasePayment)
    assert award.ConditionOpen not in rules_of(award.ApprovePayment)
    assert award.RecoveryIsApproved not in rules_of(award.RaiseRecovery)

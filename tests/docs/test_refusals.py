"""docs/refusals.md says which rules can refuse which command, and says so of every rule."""

from typing import get_args

from api.commands.generated import NAMES
from api.schema import schema
from domain import award, bid, desk, history
from domain.bank.entry import BookEntry
from domain.commands import COMMANDS, fields_of
from domain.organisation import OrganisationUnknown
from tests.docs.refusals import GENERAL, PAGE, TABLE, every_rule, page, rules_of, table


def test_the_page_of_refusals_is_what_the_code_says() -> None:
    """After a change of rules or sentences, run `make refusals`."""
    assert page() == PAGE.read_text(encoding="utf-8")


def test_the_rules_in_the_schema_are_what_the_code_says() -> None:
    """After a change of rules, run `make refusals` and `make schema`."""
    assert table() == TABLE.read_text(encoding="utf-8")


def test_the_description_of_each_mutation_names_every_rule_that_can_refuse_it() -> None:
    mutations = schema._schema.mutation_type
    assert mutations is not None
    commands = {each.__name__: each for each in get_args(history.Command)}
    by_name = {NAMES.get(name, name): each for name, each in commands.items()} | {"DecideBid": None}
    for name, field in mutations.fields.items():
        command = by_name[name[0].upper() + name[1:]]
        decided = [command] if command is not None else [bid.ApproveBid, bid.DeclineBid]
        rules = {rule.__name__ for each in decided for rule in rules_of(each)}
        _, _, named = (field.description or "").partition("Rules that can refuse it: ")
        assert rules == set(named.rstrip(".").split(", ")) - {""}, name


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


# A consent can only be withdrawn where it was given, by an organisation that was known then.
KNOWN_BEFORE = {bid.WithdrawConsent}


def test_a_command_that_names_an_organisation_is_refused_where_there_is_none() -> None:
    naming: set[type] = {
        command
        for command in COMMANDS.values()
        if any(one.named == "organisation" and not one.begun for one in fields_of(command).values())
    }
    assert set(desk.NAMING) < naming
    assert KNOWN_BEFORE == {one for one in naming if OrganisationUnknown not in rules_of(one)}

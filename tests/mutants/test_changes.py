"""The random changes: each common kind is made where it can be, and every rule belongs to one subject with tests."""

import ast

import pytest

from tests.kit.paths import ROOT
from tests.mutants.changes import changes
from tests.mutants.sample import draw
from tests.mutants.subjects import SUBJECTS
from tests.mutants.unseen import Unseen, lines_of, unseen, why_unseen

RULE = '''
def rule(award, command):
    """A rule."""
    if command.amount > award.left - 1:
        raise TooMuch(left=award.left, of=f"{award.amount - 1}")
    match command:
        case Pay() | Settle():
            yield paid(award.number, command.amount, on=command.on)
        case _:
            assert_never(command)
'''


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("border", "if (command.amount >= award.left - 1):"),
        ("comparison", "if (command.amount <= award.left - 1):"),
        ("sign", "if command.amount > (award.left + 1):"),
        ("constant", "if command.amount > award.left - 2:"),
        ("guard", "\n    if False:\n"),
        ("keyword left out", 'raise (TooMuch(of=f"{award.amount - 1}"))'),
        ("element left out", "case (Settle()):"),
        ("step left out", "case Pay() | Settle() if False:"),
        ("step left out", "yield from ()"),
        ("swapped arguments", "yield (paid(command.amount, award.number, on=command.on))"),
    ],
)
def test_a_change_of_each_kind_is_made(kind: str, line: str) -> None:
    made = [(one.kind, one.applied(RULE).replace("'", '"')) for one in changes(RULE)]
    assert [kind] == [found for found, text in made if line in text]


def test_what_nobody_can_see_is_left_alone() -> None:
    for one in changes(RULE):
        changed = one.applied(RULE)
        ast.parse(changed)
        assert '"""A rule."""' in changed
        assert "assert_never(command)" in changed
        assert "{award.amount - 1}" in changed or "left=award.left))" in changed
    assert ["other end"] == [one.kind for one in changes("max(left, right)\n") if one.kind != "step left out"]
    assert [] == [one for one in changes("known.get(event.number, event.number)\n") if one.kind == "swapped arguments"]
    assert [] == changes('@lru_cache(maxsize=9)\ndef f(a: int) -> None:\n    """Nothing."""\n    assert a > 1\n')


def test_every_rule_of_the_domain_belongs_to_one_subject() -> None:
    sources = [path for subject in SUBJECTS.values() for path in subject.sources()]
    assert len(sources) == len(set(sources))
    rules = {path.relative_to(ROOT) for path in (ROOT / "domain").rglob("*.py")}
    assert {"domain/__init__.py"} == {path.as_posix() for path in rules - set(sources)}


@pytest.mark.parametrize("subject", SUBJECTS.values())
def test_the_files_and_tests_of_a_subject_are_there(subject: object) -> None:
    for group in ("files", "quick", "database"):
        assert [] == [name for name in getattr(subject, group) if not (ROOT / name).exists()]


def test_a_seed_always_draws_the_same_changes() -> None:
    assert draw(3, 8, ["discrepancy"]) == draw(3, 8, ["discrepancy"]) != draw(4, 8, ["discrepancy"])


@pytest.mark.parametrize("one", unseen(), ids=lambda one: f"{one.file}: {one.new}")
def test_a_change_that_nobody_can_see_is_still_a_change_of_the_code_and_says_why(one: Unseen) -> None:
    text = (ROOT / one.file).read_text(encoding="utf-8")
    made = [change for change in changes(text) if (change.kind, *lines_of(text, change)) == one[1:4]]
    assert made, "the code has changed: take the change off the list, or find it where it is now"
    assert all(one.why == why_unseen(one.file, text, change) for change in made)
    assert one.why.strip().endswith(".")


def test_a_change_that_is_not_on_the_list_is_not_explained() -> None:
    """The control: the same line with another change, and the same change of another file."""
    one = unseen()[0]
    text = (ROOT / one.file).read_text(encoding="utf-8")
    made = next(change for change in changes(text) if (change.kind, *lines_of(text, change)) == one[1:4])
    assert why_unseen("domain/elsewhere.py", text, made) is None
    assert why_unseen(one.file, text, made._replace(new="None")) is None

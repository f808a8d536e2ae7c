"""The list of mutants does not rot: each still changes the code as it is."""

import pytest

from tests.kit.paths import ROOT
from tests.mutants import Mutant, mutants

LIST = list(mutants())


@pytest.mark.parametrize("mutant", LIST, ids=lambda mutant: mutant.breaks)
def test_a_mutant_changes_what_is_there_exactly_once_and_names_tests_that_are_there(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    changed = mutant.applied(text)
    assert changed != text
    compile(changed, mutant.file, "exec")
    assert [] == [test for test in mutant.tests if not (ROOT / test.partition("::")[0]).exists()]


def test_there_are_mutants_of_every_subject() -> None:
    assert 40 <= len(LIST)
    assert len({(one.file, one.old, one.new) for one in LIST}) == len(LIST)
    assert {"api", "domain", "infra", "projections"} == {one.file.partition("/")[0] for one in LIST}

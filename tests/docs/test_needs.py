"""docs/needs.md lists every need, and calls met what a test asks for."""

from tests.docs.needs import PAGE, answers, needs, page


def test_the_page_of_needs_is_generated_from_the_tests() -> None:
    assert page() == PAGE.read_text(encoding="utf-8")


def test_every_test_of_a_need_names_one_and_says_how_it_is_answered() -> None:
    assert 157 == len(needs())
    assert answers().keys() <= needs().keys()
    assert [] == [test for answer, test in answers().values() if not answer]

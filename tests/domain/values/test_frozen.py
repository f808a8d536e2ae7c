"""Values never change; a copy has other values for some of its fields."""

from dataclasses import FrozenInstanceError

import pytest

from domain.values.frozen import frozen, replace


@frozen
class One:
    """A value with one field, whose value could be taken for several."""

    words: tuple[str, ...]


@frozen
class Two:
    """A value with two fields."""

    first: str
    second: int = 2


def test_a_copy_has_the_values_given_and_keeps_the_others() -> None:
    two = Two(first="a")
    assert Two(first="a", second=3) == replace(two, second=3)
    assert Two(first="b", second=2) == replace(two, first="b")
    assert Two(first="a", second=2) == two == replace(two)


def test_a_value_with_one_field_is_copied_whole() -> None:
    one = One(words=("a",))
    assert one == replace(one)
    assert One(words=("a", "b")) == replace(one, words=("a", "b"))


def test_a_field_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="Two has no third"):
        replace(Two(first="a"), third=3)


def test_a_value_is_not_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Two(first="a").first = "b"  # type: ignore[misc]

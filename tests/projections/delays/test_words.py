"""Delays in words: numbers agree with their nouns, and a length of one number is not written as a range."""

from domain.values.waiting import Span
from projections.delays.summary import Tally, summary
from projections.delays.words import computed_in_words, stated_in_words


def stated(length: str | None, least: int | None = None, most: int | None = None) -> str:
    return stated_in_words(length, least, most)


def computed(*tallies: tuple[str, int, int]) -> str:
    """Of tallies: what became of how many bids after how many days."""
    group = [Tally("all", fate, days, days, days, number, 0, 0, 0, 0) for fate, number, days in tallies]
    return computed_in_words(Span.TO_DECISION, summary("all", group))


def test_a_stated_length_is_shown_with_its_days_if_it_has_any() -> None:
    assert "stated: no length given" == stated(None)
    assert "stated: some weeks" == stated("some weeks")
    assert "stated: about four months (120 to 123 days)" == stated("about four months", 120, 123)
    assert "stated: a day (1 day)" == stated("a day", 1, 1)


def test_computed_days_are_shown_with_the_bids_that_they_are_of() -> None:
    assert "computed: not timed" == computed_in_words(None, None)
    assert "computed: no dates recorded" == computed()
    assert "computed: none decided yet, 1 bid waiting" == computed(("open", 1, 30))
    assert "computed: median 1 day, 1 bid decided" == computed(("reached", 1, 1))
    assert "computed: median 1,050.5 days, 2 bids decided, 2 bids waiting" == computed(
        ("reached", 1, 1000), ("reached", 1, 1101), ("open", 2, 30)
    )

"""Every wait that is measured is a stage of a bid, or goes over several of them."""

from domain.values.waiting import STAGES, WHOLES, Span


def test_a_bid_goes_through_nine_stages_and_every_other_wait_begins_with_its_submission() -> None:
    assert (9, 3) == (len(STAGES), len(WHOLES))
    assert tuple(Span) == (*STAGES, *WHOLES)

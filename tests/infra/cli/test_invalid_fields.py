"""What msgspec says of an invalid field reaches people as a sentence, without types of Python."""

from typing import Any

import msgspec
import pytest

from domain import award, programme
from domain.values.when import When, on_day
from infra.cli.record.invalid_fields import plain_message

MONEY = {"amount": "1.00", "currency": "GBP"}
STANDARD = {"programme_id": "p", "span": "decision", "limit": 1, "days": "working", "on": "2004"}
OFFER = {"award_id": "a", "bid_id": "b", "reference": "r", "amount": MONEY, "on": "2004"}
CONDITION = {"award_id": "a", "number": 1, "text": "x", "precedent": True, "on": "2004"}


def dates(kind: type, value: object) -> object:
    """A date of its text, as the command line reads it."""
    if kind is not When or not isinstance(value, str):
        raise TypeError("a date is text")
    return on_day(value)


@pytest.mark.parametrize(
    ("command", "given", "message"),
    [
        (programme.SetServiceStandard, STANDARD | {"span": "soon"}, 'span is "soon", which is not one of its values.'),
        (programme.SetServiceStandard, STANDARD | {"limit": "many"}, "limit is text. It must be a whole number."),
        (programme.SetServiceStandard, STANDARD | {"limit": None}, "limit is empty. It must be a whole number."),
        (
            programme.SetServiceStandard,
            STANDARD | {"limit": 1.5},
            "limit is a number with decimals. It must be a whole number.",
        ),
        (programme.SetServiceStandard, {"programme_id": "p"}, "The field span is missing."),
        (programme.SetServiceStandard, STANDARD | {"on": "2004-33"}, "on: 2004-33 is not in the calendar."),
        (award.SetCondition, CONDITION | {"precedent": "yes"}, "precedent is text. It must be true or false."),
        (award.OfferAward, OFFER | {"amount": "many"}, "amount is text. It must be an object with fields."),
        (award.OfferAward, OFFER | {"amount": {"amount": "1"}}, "The field amount.currency is missing."),
        (
            award.OfferAward,
            OFFER | {"amount": {"amount": "x", "currency": "GBP"}},
            "amount.amount is not a number in plain digits, such as 1250.00.",
        ),
        (award.OfferAward, OFFER | {"lines": "x"}, "lines is text. It must be a list."),
        (
            award.OfferAward,
            OFFER | {"lines": [{"name": 5}]},
            "lines, entry 1, name is a whole number. It must be text.",
        ),
    ],
)
def test_an_invalid_field_is_named_with_what_it_must_be(command: type[Any], given: Any, message: str) -> None:
    with pytest.raises(msgspec.MsgspecError) as caught:
        msgspec.convert(given, command, dec_hook=dates)

    assert message == plain_message(str(caught.value))


def test_any_other_message_stays_as_it_is() -> None:
    assert "2004-33 is not in the calendar." == plain_message("2004-33 is not in the calendar")

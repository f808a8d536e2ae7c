"""A client reads where an invalid value is and what is wrong with it, without the words of Python."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_variable_values, parse

from api.contract.errors import Problem
from api.contract.inputs import day, money
from api.contract.invalid_values import plain_message
from api.schema import schema
from domain.values.when import When
from tests.kit.spec import gbp

PAYMENT = {
    "commandId": "c-1",
    "award": "award-1",
    "number": 1,
    "amount": {"amount": "1.00", "currency": "GBP"},
    "because": "Paid twice",
    "on": "2004-03",
}
REQUEST = "mutation ($input: ReturnPaymentInput!) { returnPayment(input: $input) { __typename } }"
LANES = "query ($lanes: [Lane!]) { log { position } }"


def messages(document: str, variables: dict[str, Any]) -> list[str]:
    """What a client reads about these variables."""
    operation = parse(document).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    errors = get_variable_values(schema._schema, operation.variable_definitions or (), variables)
    assert isinstance(errors, list)
    return [plain_message(error.message) for error in errors]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": "x"}, "Variable input, field number: The value is not a whole number."),
        ({"number": True}, "Variable input, field number: The value is not a whole number."),
        ({"number": None}, "Variable input, field number: The value is null. Int is required."),
        (
            {"number": 2**31},
            "Variable input, field number: The number is too large. A whole number is from -2,147,483,648 to"
            " 2,147,483,647.",
        ),
        ({"amount": "x"}, "Variable input, field amount: The value is not an object. MoneyInput is required."),
        ({"amount": {"amount": "1"}}, "Variable input, field amount: currency is missing. MoneyInput needs it."),
        (
            {"amount": {"amount": "1", "currency": None}},
            "Variable input, field amount.currency: The value is null. String is required.",
        ),
        (
            {"amount": {"amount": 1, "currency": "GBP"}},
            "Variable input, field amount.amount: The value is not a decimal. Write it as a string of plain digits,"
            ' such as "1250.00".',
        ),
        ({"on": 5}, "Variable input, field on: The value is not a string."),
        ({"award": {"id": "x"}}, "Variable input, field award: The value is not a string or a whole number."),
        ({"strange": 1}, "Variable input: ReturnPaymentInput has no field strange."),
    ],
)
def test_an_invalid_field_is_named_with_what_is_wrong(change: dict[str, Any], message: str) -> None:
    assert [message] == messages(REQUEST, {"input": PAYMENT | change})


def test_a_missing_variable_is_named() -> None:
    assert ["Variable input: No value is given. ReturnPaymentInput is required."] == messages(REQUEST, {})
    assert ["Variable input: The value is null. ReturnPaymentInput is required."] == messages(REQUEST, {"input": None})


def test_an_invalid_entry_of_a_list_is_counted_from_one() -> None:
    assert [
        "Variable lanes, entry 2: NO is not a value of Lane.",
        "Variable lanes, entry 3: The value is not a value of Lane.",
    ] == messages(LANES, {"lanes": ["BID", "NO", 3]})


@pytest.mark.parametrize(("amount", "currency"), [("1.005", "GBP"), ("1,000.00", "GBP"), ("1.00", "pounds")])
def test_an_amount_that_is_none_is_refused_under_the_name_of_its_field(amount: str, currency: str) -> None:
    assert gbp("1.00") == money("amount", "1.00", "GBP")
    with pytest.raises(Problem, match=r"^amount: "):
        money("amount", amount, currency)


@pytest.mark.parametrize("text", ["yesterday", "2004-02-30", ""])
def test_a_date_that_is_none_is_refused_under_the_name_of_its_field(text: str) -> None:
    assert When("2004-03") == day("on", "2004-03")
    with pytest.raises(Problem, match=r"^on: "):
        day("on", text)


def test_any_other_message_stays_as_it_is() -> None:
    message = "Cannot query field 'strange' on type 'Query'."
    assert message == plain_message(message)

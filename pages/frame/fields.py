"""Fields of forms: what people type in them, what is wrong with it, and the value that it is."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.values.when import NotADate, When
from pages.frame.amounts import amount_in, money_in

# The field of every form that names who gives its command.
ACTOR = "as"
_NAME = re.compile(r"[\w.@+:' -]{1,100}")
_SHARE = re.compile(r"([0-9]{1,4}) ?/ ?([0-9]{1,4})|([0-9]{1,3}) ?%")
# The longest text of a field, in characters.
LONGEST = 2000
# How many empty rows a list has, and the most rows that a form may send.
EMPTY_ROWS, MOST_ROWS = 4, 60
# Values that can be chosen, each with its words.
Choices = tuple[tuple[str, str], ...]
# The id of the thing of a kind that a text names; None if there is none.
Find = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. *problem* says what is wrong with its *value*.

    *kind* is text, date, amount, money (an amount that may name another currency than *currency*), share, number,
    choice, chosen (a choice that gives a value of each of the kinds *named*, such as "text number?", as JSON; with a
    question mark it may be null), thing (the id, code or reference of a thing of the kind *named*), rows, or seen: the
    position of the log at which the page saw what its form decides, which nobody types.
    *choices* are the values that can be chosen, or those that are suggested for a thing, each with its words.

    A field of rows has a field for each of *columns* in each of *rows*. Rows without any value are left out.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = True
    value: str = ""
    problem: str = ""
    choices: Choices = ()
    currency: str = "GBP"
    named: str = ""
    columns: tuple["Field", ...] = ()
    rows: tuple[tuple["Field", ...], ...] = ()

    @property
    def explained(self) -> str:
        """What to write in it: its hint, and how a value of its kind is written."""
        return " ".join(filter(None, (self.hint, _WRITTEN.get(self.kind, "").format(currency=self.currency))))

    def with_rows(self, number: int, values: Mapping[str, str]) -> "Field":
        """The field with so many rows, which have *values* by the names of their fields."""
        return replace(
            self,
            rows=tuple(
                tuple(
                    replace(one, name=name, value=values.get(name, "").strip())
                    for one in self.columns
                    for name in (f"{self.name}.{nth}.{one.name}",)
                )
                for nth in range(1, min(number, MOST_ROWS) + 1)
            ),
        )

    def filled(self, values: Mapping[str, str], more: int = 0) -> "Field":
        """The field with what *values* have for it, and with *more* empty rows."""
        if self.kind != "rows":
            return replace(self, value=values.get(self.name, "").strip())
        sent = [
            int(nth)
            for name in values
            for nth in name.split(".")[1:2]
            if name.startswith(f"{self.name}.") and _row(nth)
        ]
        return self.with_rows(max([len(self.rows), *sent]) + more, values)

    def checked(self, find: Find) -> "Field":
        """The field with what is wrong with its value."""
        if self.kind != "rows":
            return replace(self, problem=_problem_of(self, find))
        rows = tuple(tuple(one.checked(find) for one in row) if _given(row) else row for row in self.rows)
        empty = self.required and not any(map(_given, rows))
        return replace(self, rows=rows, problem=f"{self.label}: give at least one row." if empty else "")

    def problems(self) -> Iterator[tuple[str, str]]:
        """What is wrong, each with the name of its field."""
        if self.problem:
            yield self.name, self.problem
        for nth, row in enumerate(self.rows, start=1):
            yield from ((one.name, f"Row {nth}, {one.problem}") for one in row if one.problem)

    def given(self, find: Find) -> Any:
        """Its value: a tuple of the values by column for rows; None where nothing is given."""
        if self.kind == "rows":
            names = [one.name for one in self.columns]
            return tuple(
                {name: one.given(find) for name, one in zip(names, row, strict=True)}
                for row in self.rows
                if _given(row)
            )
        return _value_of(self, find)

    def sent(self, anything: bool = False) -> Iterator[tuple[str, str]]:
        """Its name and value as a browser sends them; with *anything* in it where it is empty and required."""
        if self.kind != "rows":
            yield self.name, self.value or (_any(self) if anything and self.required else "")
            return
        # One row of anything stands for the list.
        for one in self.columns if anything and self.required else ():
            yield from replace(one, name=f"{self.name}.1.{one.name}").sent(anything)


def _row(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 3


def _given(row: tuple[Field, ...]) -> bool:
    return any(one.value for one in row)


# How a value is written, by the kind of its field.
_WRITTEN = {
    "money": "In {currency}, or with another currency in front: EUR 1,250.00.",
    "share": "Such as 1/3 or 40 %.",
    "thing": "Write its code.",
}
# What stands for a value that nobody has written yet, by the kind of its field.
_ANYTHING = {
    "text": "-",
    "thing": "-",
    "number": "1",
    "amount": "1.00",
    "money": "1.00",
    "share": "1/2",
    "date": "2000-01-01",
}


def _any(field: Field) -> str:
    if field.choices and field.kind != "thing":
        return field.choices[0][0]
    return _ANYTHING.get(field.kind, "")


def _value_of(field: Field, find: Find) -> Any:
    if not field.value:
        return None
    match field.kind:
        case "date":
            return When(field.value)
        case "amount":
            return amount_in(field.value)
        case "money":
            return money_in(field.value, field.currency)
        case "share":
            return _share(field.value)
        case "chosen":
            return _chosen(field)
        case "thing":
            return find(field.named, field.value)
        case "number" | "seen":
            return int(field.value)
    return field.value


def _problem_of(field: Field, find: Find) -> str:
    said = ""
    if not field.value:
        said = "this is empty." if field.required else ""
    elif len(field.value) > LONGEST or any(one < " " for one in field.value):
        said = "this is too long, or has characters that are not text."
    elif field.kind == "thing":
        found = find(field.named, field.value) is not None
        said = "" if found else f'there is no {field.named} "{field.value[:80]}". Write its code.'
    elif field.kind == "chosen":
        # What is no choice any more may have been one when the form was sent first: the rules decide that.
        said = "" if _chosen(field) is not None else "choose one of the list."
    elif field.choices:
        said = "" if field.value in dict(field.choices) else "choose one of the list."
    elif field.name == ACTOR:
        named = _NAME.fullmatch(field.value) and field.value.strip()
        said = "" if named else "a name has 1 to 100 letters, digits, spaces and the signs . @ + : ' _ and -."
    else:
        said = _unlike(field)
    return f"{field.label}: {said}" if said else ""


def _unlike(field: Field) -> str:
    """What is wrong with a value that is not of the kind of its field."""
    match field.kind:
        case "date":
            return _no_day(field.value)
        case "amount" if amount_in(field.value) is None:
            return "this is not an amount. Write it so: 1,250.00."
        case "money" if money_in(field.value, field.currency) is None:
            return "this is not an amount. Write it so: 1,250.00, or with its currency in front: EUR 1,250.00."
        case "share" if _share(field.value) is None:
            return "this is not a share. Write it so: 1/3, or 40 %."
        case "number" | "seen" if not _is_whole(field.value, _DIGITS[field.kind]):
            return "this is not a whole number."
    return ""


def _chosen(field: Field) -> list[Any] | None:
    """The values that a choice gives; None if it does not give those of the field."""
    try:
        found = json.loads(field.value)
    except ValueError:
        return None
    kinds = field.named.split()
    if not isinstance(found, list) or len(found) != len(kinds):
        return None
    return found if all(map(_is_of, found, kinds)) else None


def _is_of(value: object, kind: str) -> bool:
    """Whether *value* is of a *kind* of a choice."""
    if value is None:
        return kind.endswith("?")
    return type(value) is (int if kind.startswith("number") else str)


def _share(text: str) -> tuple[int, int] | None:
    found = _SHARE.fullmatch(text)
    if found is None:
        return None
    return (int(found[1]), int(found[2])) if found[1] else (int(found[3]), 100)


def _no_day(text: str) -> str:
    try:
        day = When(text)
    except NotADate:
        return "this is not a day. Write a year, a month and a day: 2005-03-31."
    return "" if day.earliest == day.latest and not day.approximate else "give one day."


# How many digits a whole number may have.
_DIGITS = {"number": 8, "seen": 18}


def _is_whole(text: str, digits: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= digits

"""Messages about invalid values: where the value is, the fact, then the rule.

The messages of graphql-core show Python values, and paths such as ``.payments[0].number``. Clients get these instead.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

_PLACE = re.compile(
    r"(Variable|Argument) '\$?(\w+)' has invalid (default )?value(?: at ((?:\.\w+|\[\d+\])+))?: (.*)", re.DOTALL
)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")

# What graphql-core writes about a value, and what clients get. A test holds that graphql-core writes it so.
_MESSAGES = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r"Expected value of non-null type '(.+)!' not to be None\.", r"The value is null. \1 is required."),
        (r"Expected a value of non-null type '(.+)!' to be provided\.", r"No value is given. \1 is required."),
        (
            r"Expected variable '\$(\w+)' provided to (?:non-null )?type '(.+)!' .*",
            r"Variable \1 is null or not given. \2 is required.",
        ),
        (
            r"Expected value of type '(\w+)' to include required field '(\w+)', found: .*",
            r"\2 is missing. \1 needs it.",
        ),
        (r"Expected value of type '(\w+)' not to include unknown field '([^']*)'[.,].*", r"\1 has no field \2."),
        (r"Expected value of type '(\w+)' to be an object, found: .*", r"The value is not an object. \1 is required."),
        (r"Int cannot represent non-integer value: .*", "The value is not a whole number."),
        (
            r"Int cannot represent non 32-bit signed integer value: .*",
            "The number is too large. A whole number is from -2,147,483,648 to 2,147,483,647.",
        ),
        (r"String cannot represent .*", "The value is not a string."),
        (r"ID cannot represent .*", "The value is not a string or a whole number."),
        (r"Boolean cannot represent .*", "The value is not true or false."),
        (r"Value '([^']*)' does not exist in '(\w+)' enum\..*", r"\1 is not a value of \2."),
        (r"Enum '(\w+)' cannot represent non-(?:enum|string) value: .*", r"The value is not a value of \1."),
    )
)


def plain_message(message: str) -> str:
    """*message* of graphql-core about a value in plain words; any other message as it is."""
    if (found := _PLACE.fullmatch(message)) is not None:
        given, name, default, path, fact = found.groups()
        steps = [int(index) if index else field for field, index in _STEP.findall(path or "")]
        return message_at(f"{f'Default of {given.lower()}' if default else given} {name}", steps, fact)
    for pattern, text in _MESSAGES:
        if (matched := pattern.fullmatch(message)) is not None:
            return matched.expand(text)
    return message


def message_at(given: str, path: Sequence[str | int], fact: str) -> str:
    """*fact* with its place: ``Variable input, field payments, entry 1, field amount.currency: ...``."""
    return f"{', '.join([given, *_steps(path)])}: {plain_message(fact)}"


def _steps(path: Sequence[str | int]) -> Iterable[str]:
    for is_name, steps in groupby(path, lambda step: isinstance(step, str)):
        if is_name:
            yield f"field {'.'.join(f'{step}' for step in steps)}"
        else:
            yield from (f"entry {int(step) + 1}" for step in steps)

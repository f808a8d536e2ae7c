"""Messages about invalid fields of a command line: which field it is, then what it must be.

The messages of msgspec show types of Python and paths such as ``$.lines[0].name``. People get these instead.
"""

import re

_KINDS = {
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object with fields",
    "null": "empty",
    "float": "a number with decimals",
}


def plain_message(message: str) -> str:
    """*message* of msgspec as a sentence; any other message as it is, with a full stop."""
    fact, _, path = message.partition(" - at `$")
    field = _field(path)
    if (missing := re.fullmatch(r"Object missing required field `(\w+)`", fact)) is not None:
        return f"The field {f'{field}.' if field else ''}{missing[1]} is missing."
    if (kinds := re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", fact)) is not None:
        wanted, given = (" or ".join(_KINDS.get(kind, kind) for kind in kinds[side].split(" | ")) for side in (1, 2))
        return f"{field or 'The value'} is {given}. It must be {wanted}."
    if (value := re.fullmatch(r"Invalid enum value '?(.*?)'?", fact, re.DOTALL)) is not None:
        return f'{field} is "{value[1]}", which is not one of its values.'
    if fact == "Invalid decimal string":
        return f"{field} is not a number in plain digits, such as 1250.00."
    return f"{field}: {fact}." if field else f"{fact.removesuffix('.')}."


def _field(path: str) -> str:
    """``.lines[0].name`` as ``lines, entry 1, name``."""
    steps = re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", path)
    words = (
        f".{name}" if name else f", entry {int(index) + 1}, " if index.isdigit() else ", " for name, index in steps
    )
    return "".join(words).replace(" .", " ").strip("., ")

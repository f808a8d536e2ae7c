"""Finding an organisation by its number in a register, however somebody spells the number."""

import re

from projections.register.mergers import whole_of

# A number without what people write differently: its spaces and signs, and the zeros before it.
_PLAIN = (
    "regexp_replace(regexp_replace(upper({}), '[^A-Z0-9]', '', 'g'), '(^|[A-Z])0+(?=[0-9])', '\\1', 'g')"  # {} is SQL
)
_NUMBER = _PLAIN.format("i.facts->>'value'")
_WHOLE = _PLAIN.format("(i.facts->>'register') || (i.facts->>'value')")
# The condition that an organisation, or one that is part of it, has one of the numbers in the array ``identifiers``,
# with or without its register.
IDENTIFIED = (
    "organisations.id IN (SELECT unnest(ARRAY[i.stream,"  # noqa: S608 - constants
    f" {whole_of('i.stream', '%(one_on)s::date', '%(up_to)s::bigint')}]) FROM parts i WHERE i.kind = 'identifier'"
    f" AND ({_NUMBER} = ANY (%(identifiers)s) OR {_WHOLE} = ANY (%(identifiers)s)))"
)
# Fewer signs than these are too short to be a number that somebody looks for, and no register has longer ones.
_SHORTEST, _LONGEST = 5, 64


def numbers_in(text: str) -> list[str]:
    """The numbers that *text* may mean, in the form that is compared: ``Charity no. 1 159 982`` means 1159982."""
    words = text.split()
    numbered = next((nth for nth, word in enumerate(words) if re.search("[0-9]", word)), len(words))
    found = [_signs("".join(part)) for part in (words, words[numbered:])]
    return [
        re.sub(r"(^|[A-Z])0+(?=[0-9])", r"\1", one) for one in dict.fromkeys(found) if _SHORTEST <= len(one) <= _LONGEST
    ]


def _signs(text: str) -> str:
    """The letters and digits of *text*, in capitals."""
    return "".join(one for one in text.upper() if one.isascii() and one.isalnum())

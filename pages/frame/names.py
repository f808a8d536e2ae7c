"""The names of the people whom a page shows, beside their ids: all of them are read in one statement.

A template writes ``{{ line.actor|who }}``. Where that is the id of a person, a mark stands in its place until the names
are known.
"""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

# Ids of people, as they are made and as the example has them.
_PERSON = re.compile(r"person-[0-9A-Za-z-]{1,100}")
# PostgreSQL stores no text with this sign, so nothing that people wrote looks like a mark.
_MARK = re.compile("\x00([^\x00]*)\x00")


def who(actor: object) -> object:
    """*actor* as it is, or the mark of a person."""
    return Markup(f"\x00{actor}\x00") if _PERSON.fullmatch(str(actor)) else actor  # noqa: S704 - checked above


def people_in(html: str) -> set[str]:
    """The ids of the people whose names *html* needs."""
    return set(_MARK.findall(html))


def with_names(html: str, names: Mapping[str, str]) -> str:
    """*html* with the name of each person before the id; the id alone where there is none."""

    def shown(mark: re.Match[str]) -> str:
        name = names.get(mark[1])
        return mark[1] if name is None else f'{escape(name)} <span class="s">{mark[1]}</span>'

    return _MARK.sub(shown, html)

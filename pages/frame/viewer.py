"""Who looks at a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page: the person called *name*, or the owner of the machine, who has none.

    *token* is that of the session, for forms.
    """

    name: str = ""
    token: str = ""


OWNER = Viewer()

"""The banner of every page: which installation this is, so that nobody takes training for production."""

from dataclasses import dataclass

PRODUCTION = "production"
# The kinds of installations. Each has its own colour in the style sheet.
KINDS = (PRODUCTION, "test", "training")


@dataclass(frozen=True, slots=True)
class Installation:
    """What this installation is called, and which of KINDS it is; an empty *kind* is none of them."""

    name: str
    kind: str = ""

    @property
    def words(self) -> str:
        """The name, with the kind where the name does not say it."""
        return self.name if self.kind in ("", self.name.lower()) else f"{self.name} ({self.kind})"

    @property
    def is_production(self) -> bool:
        """Whether what is lost here is lost."""
        return self.kind == PRODUCTION

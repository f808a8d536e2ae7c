"""How a rule says no: by the name of the fact that stands in the way."""


class Refused(Exception):
    """The programme said no.

    Each rule has a subclass whose name is stable enough to branch on and whose docstring is the sentence that a
    person reads; *why* holds the facts behind this one refusal, by name.
    """

    def __init__(self, **why: object) -> None:
        super().__init__(self.reason)
        self.why = why

    @property
    def rule(self) -> str:
        """The name of the rule, such as ``AboveApproved``."""
        return type(self).__name__

    @property
    def reason(self) -> str:
        """One sentence for people."""
        return (type(self).__doc__ or "").strip().splitlines()[0]

    @property
    def details(self) -> str | None:
        """The facts behind the refusal as ``name: value`` pairs; None when the rule needs none."""
        return "; ".join(f"{name}: {fact}" for name, fact in self.why.items()) or None

"""Refusals: each states the fact that prevents a command, then the rule."""

from inspect import cleandoc

from domain.values.portable import Portable
from domain.values.shown import shown


class Refused(Portable):
    """A rule of the programme refused a command.

    Each rule has a subclass. Its name never changes, so programs can branch on it. The first paragraph of its docstring
    is the sentence that a person reads: the fact, then the rule. It may name facts in braces, such as ``{number}``;
    every place that raises the rule must give those. *why* holds the facts behind this refusal, by name.
    """

    def __init__(self, **why: object) -> None:
        self.why = why
        super().__init__(self.reason)

    @property
    def rule(self) -> str:
        """The name of the rule, such as ``AboveApproved``."""
        return type(self).__name__

    @property
    def reason(self) -> str:
        """The fact and the rule, in one or two sentences for people."""
        return sentence_of(type(self)).format_map({name: shown(fact) for name, fact in self.why.items()})

    @property
    def details(self) -> str | None:
        """The facts behind the refusal as ``name: value`` pairs; None when the rule needs none."""
        return "; ".join(f"{name.replace('_', ' ')}: {shown(fact)}" for name, fact in self.why.items()) or None


def sentence_of(rule: type[Refused]) -> str:
    """The sentence of *rule*, with the names of its facts in braces."""
    return " ".join(cleandoc(rule.__doc__ or "").split("\n\n")[0].split())

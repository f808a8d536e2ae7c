"""Forms of pages: each gives one command. What is wrong with it appears at its field, and nothing is recorded."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from domain.history import Command
from domain.values.when import NotADate, When

# The fields that every form has: who gives the command, the day on which it took effect, and the id of the command.
ACTOR, ON, COMMAND = "as", "on", "command"
_NAME = re.compile(r"[\w.@+:' -]{1,100}")
_COMMAND_ID = re.compile(r"page-[0-9a-f]{32}")
# The longest text of a field, in characters.
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. *problem* says what is wrong with its *value*."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = True
    value: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that gives the command called *action*, such as approve. *problem* is the refusal of a rule."""

    action: str
    title: str
    fields: tuple[Field, ...]
    command_id: str = ""
    problem: str = ""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, each with the name of its field; an empty name for the whole form."""
        found = [(field.name, field.problem) for field in self.fields if field.problem]
        return [("", self.problem), *found] if self.problem else found


@dataclass(frozen=True, slots=True)
class Given:
    """A form that is filled in rightly: the *command*, who gives it, and under which id."""

    command: Command
    actor: str
    command_id: str


def form_of(action: str, title: str, *fields: Field, day: date) -> Form:
    """An empty form with *fields* and those of every form, for a new command."""
    every = (
        *fields,
        Field(ON, "Took effect on", "date", value=day.isoformat()),
        Field(ACTOR, "Your name or post", hint="It is kept with what is recorded."),
    )
    return Form(action, title, every, f"page-{uuid4().hex}")


def filled(form: Form, values: Mapping[str, str]) -> Form:
    """*form* with *values*, each checked for itself."""
    fields = tuple(replace(field, value=values.get(field.name, "").strip()) for field in form.fields)
    command_id = values.get(COMMAND, "")
    problem = "" if _COMMAND_ID.fullmatch(command_id) else "The form is incomplete. Open the page again."
    checked = tuple(replace(field, problem=_problem_of(field)) for field in fields)
    return replace(form, fields=checked, command_id=command_id, problem=problem)


def given(form: Form, command: Callable[[dict[str, Any]], Command]) -> Given | None:
    """What a filled *form* gives, made by *command* from its values; None where something is wrong with it."""
    if form.problems:
        return None
    values: dict[str, Any] = {field.name: field.value or None for field in form.fields}
    actor = str(values.pop(ACTOR))
    return Given(command(values | {ON: When(values[ON])}), actor, form.command_id)


def refused(form: Form, reason: str) -> Form:
    """*form* with the reason why a rule refused its command."""
    return replace(form, problem=reason)


def _problem_of(field: Field) -> str:
    if not field.value:
        return f"{field.label}: this is empty." if field.required else ""
    if len(field.value) > LONGEST or any(one < " " for one in field.value):
        return f"{field.label}: this is too long, or has characters that are not text."
    if field.kind == "date":
        try:
            day = When(field.value)
        except NotADate:
            return f"{field.label}: this is not a day. Write a year, a month and a day: 2005-03-31."
        return "" if day.earliest == day.latest and not day.approximate else f"{field.label}: give one day."
    if field.name == ACTOR and not (_NAME.fullmatch(field.value) and field.value.strip()):
        return f"{field.label}: a name has 1 to 100 letters, digits, spaces and the signs . @ + : ' _ and -."
    return ""

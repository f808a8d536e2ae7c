"""Forms of pages: each gives one command. What is wrong with it appears at its field, and nothing is recorded."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from domain.history import Command
from domain.values.when import NotADate, When
from pages.frame.amounts import amount_in

# The fields that every form has: who gives the command, the day on which it took effect, and the id of the command.
ACTOR, ON, COMMAND = "as", "on", "command"
# The field of a decision that names the authority for it.
AUTHORITY = "authority"
# The field with the token of the session in which the page was shown.
TOKEN = "form-token"  # noqa: S105 - it is the name of a field
_NAME = re.compile(r"[\w.@+:' -]{1,100}")
_COMMAND_ID = re.compile(r"page-[0-9a-f]{32}")
# The longest text of a field, in characters.
LONGEST = 2000
# Values that can be chosen, each with its words.
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. *problem* says what is wrong with its *value*.

    *kind* is text, date, amount, number, choice, or seen: the position of the log at which the page saw what its form
    decides, which nobody types. *choices* are the values that can be chosen, each with its words.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = True
    value: str = ""
    problem: str = ""
    choices: Choices = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A form that gives the command called *action*, such as approve. *problem* is the refusal of a rule.

    *token* shows that a page of this session sent it; the owner of the machine has no session.
    """

    action: str
    title: str
    fields: tuple[Field, ...]
    command_id: str = ""
    problem: str = ""
    token: str = ""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, each with the name of its field; an empty name for the whole form."""
        found = [(field.name, field.problem) for field in self.fields if field.problem]
        return [("", self.problem), *found] if self.problem else found


@dataclass(frozen=True, slots=True)
class Step:
    """A command that a page can give. *title* is what its button says, *fields* are its own.

    *command* makes it from what the page is about and the values of the form. *dated* says whether it takes the day on
    which it took effect, *decides* whether it is a decision for which authority is delegated.
    """

    title: str
    command: Callable[[Mapping[str, Any], dict[str, Any]], Command]
    fields: tuple[Field, ...] = ()
    dated: bool = True
    decides: bool = False

    def form(self, action: str, day: date, choices: Mapping[str, Choices] | None = None, **values: str) -> Form:
        """An empty form for a new command, with the fields of every form. *values* fill fields of the step.

        *choices* are those of the fields that they name.
        """
        dated = (Field(ON, "Took effect on", "date", value=day.isoformat()),) if self.dated else ()
        own = tuple(
            replace(
                field,
                value=values.get(field.name, field.value),
                choices=(choices or {}).get(field.name, field.choices),
            )
            for field in self.fields
        )
        if self.decides:
            hint = (
                "The code of the limit. If you leave it out, the narrowest that suffices is taken. Whether you hold one"
                " is checked when you send the form."
            )
            own += (Field(AUTHORITY, "Authority", hint=hint, required=False),)
        actor = Field(ACTOR, "Your name or post", hint="It is kept with what is recorded.")
        return Form(action, self.title, (*own, *dated, actor), _new_id())


@dataclass(frozen=True, slots=True)
class Given:
    """A form that is filled in rightly: the *command*, who gives it, under which id, and the *authority* it names."""

    command: Command
    actor: str
    command_id: str
    authority: str | None = None

    @property
    def said(self) -> str:
        """What the form says, in one form."""
        return repr(self.command) if self.authority is None else f"{self.command!r} under {self.authority}"


def filled(form: Form, values: Mapping[str, str]) -> Form:
    """*form* with *values*, each checked for itself."""
    fields = tuple(replace(field, value=values.get(field.name, "").strip()) for field in form.fields)
    command_id = values.get(COMMAND, "")
    problem = "" if _COMMAND_ID.fullmatch(command_id) else "The form is incomplete. Open the page again."
    checked = tuple(replace(field, problem=_problem_of(field)) for field in fields)
    return replace(form, fields=checked, command_id=command_id, problem=problem)


def of_person(form: Form, token: str) -> Form:
    """*form* for somebody who is signed in: their name is known, and *token* is that of their session."""
    return replace(form, fields=tuple(field for field in form.fields if field.name != ACTOR), token=token)


def given(form: Form, step: Step, about: Mapping[str, Any], person: str | None = None) -> Given | None:
    """What a filled *form* gives, made by *step* from what the page is about; None where something is wrong with it.

    *person* is the id of who is signed in; None for the owner of the machine, whose form gives a name.
    """
    if form.problems:
        return None
    values = {field.name: _value_of(field) for field in form.fields}
    actor = str(values.pop(ACTOR)) if person is None else person
    authority = values.pop(AUTHORITY, None) if step.decides else None
    return Given(step.command(about, values), actor, form.command_id, authority)


# What stands for a value that nobody has written yet, by the kind of its field.
_ANYTHING = {"text": "-", "number": "1", "amount": "1.00"}


def possible(form: Form, step: Step, about: Mapping[str, Any], person: str) -> Iterator[Command]:
    """Commands that *person* could give with an empty *form*: one for each of its choices.

    What people write stands for anything: only who may give such a command is asked of it. Raises Refused where *step*
    does.
    """
    values = {field.name: field.value or _any(field) for field in form.fields} | {COMMAND: form.command_id}
    chosen = next((field for field in form.fields if field.choices), None)
    for chosen_value in [value for value, _ in chosen.choices] if chosen is not None else [""]:
        tried = values | ({chosen.name: chosen_value} if chosen is not None else {})
        found = given(filled(form, tried), step, about, person)
        if found is not None:
            yield found.command


def _any(field: Field) -> str:
    if field.choices:
        return field.choices[0][0]
    return _ANYTHING.get(field.kind, "") if field.required else ""


def seen_again(form: Form, fresh: Form) -> Form:
    """*form* with what *fresh*, the same form of the page as it is shown now, has seen."""
    seen = {field.name: field.value for field in fresh.fields if field.kind == "seen"}
    return replace(form, fields=tuple(replace(one, value=seen.get(one.name, one.value)) for one in form.fields))


def refused(form: Form, reason: str) -> Form:
    """*form* with the reason why a rule refused its command. What is sent next is a new command."""
    return replace(form, problem=reason, command_id=_new_id())


def _new_id() -> str:
    return f"page-{uuid4().hex}"


def _value_of(field: Field) -> Any:
    match field.kind:
        case _ if not field.value:
            return None
        case "date":
            return When(field.value)
        case "amount":
            return amount_in(field.value)
        case "number" | "seen":
            return int(field.value)
    return field.value


def _problem_of(field: Field) -> str:
    said = ""
    if not field.value:
        said = "this is empty." if field.required else ""
    elif len(field.value) > LONGEST or any(one < " " for one in field.value):
        said = "this is too long, or has characters that are not text."
    elif field.kind == "date":
        said = _no_day(field.value)
    elif field.kind == "amount" and amount_in(field.value) is None:
        said = "this is not an amount. Write it so: 1,250.00."
    elif field.kind in _DIGITS and not _is_whole(field.value, _DIGITS[field.kind]):
        said = "this is not a whole number."
    elif field.choices and field.value not in dict(field.choices):
        said = "choose one of the list."
    elif field.name == ACTOR and not (_NAME.fullmatch(field.value) and field.value.strip()):
        said = "a name has 1 to 100 letters, digits, spaces and the signs . @ + : ' _ and -."
    return f"{field.label}: {said}" if said else ""


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

"""Forms of pages: each gives one command. What is wrong with it appears at its field, and nothing is recorded."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from domain.history import Command
from pages.frame.fields import ACTOR, EMPTY_ROWS, Choices, Field, Find

# The fields that every form has, beside who gives the command: the day on which it took effect, and its id.
ON, COMMAND = "on", "command"
# The field of a decision that names the authority for it.
AUTHORITY = "authority"
# The field with the token of the session in which the page was shown.
TOKEN = "form-token"  # noqa: S105 - it is the name of a field
# The button that asks for more rows of a list, whose name is its value.
MORE = "more"
# Names that every form uses, and no field of a command may have.
OF_FORMS = {"action", ACTOR, ON, COMMAND, AUTHORITY, TOKEN, MORE}
_COMMAND_ID = re.compile(r"page-[0-9a-f]{32}")
# The values of the rows of a list, by the columns.
Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that gives the command called *action*, such as approve. *problem* is the refusal of a rule.

    *token* shows that a page of this session sent it; the owner of the machine has no session. One that is *unsent* was
    sent to get more rows, not to give the command.
    """

    action: str
    title: str
    fields: tuple[Field, ...]
    command_id: str = ""
    problem: str = ""
    token: str = ""
    unsent: bool = False

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, each with the name of its field; an empty name for the whole form."""
        found = [one for field in self.fields for one in field.problems()]
        return [("", self.problem), *found] if self.problem else found

    @property
    def can_be_filled(self) -> bool:
        """Whether there is something to choose in each field that needs a choice."""
        return not any(one.kind == "chosen" and one.required and not one.choices for one in self.fields)


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

    def form(
        self,
        action: str,
        day: date,
        choices: Mapping[str, Choices] | None = None,
        values: Mapping[str, str] | None = None,
        rows: Mapping[str, Rows] | None = None,
        currency: str = "GBP",
    ) -> Form:
        """An empty form for a new command, with the fields of every form. *values* fill fields of the step.

        *choices* are those of the fields and columns that they name, *rows* the values of the lists that they name.
        *currency* is that of amounts which name none.
        """
        dated = (Field(ON, "Took effect on", "date", value=day.isoformat()),) if self.dated else ()
        values, rows = values or {}, rows or {}
        own = tuple(
            _laid_out(_choosing(one, choices or {}, currency), rows.get(one.name, ()), values.get(one.name))
            for one in self.fields
        )
        if self.decides:
            hint = (
                "The code of the limit. If you leave it out, the narrowest that suffices is taken. Whether you hold one"
                " is checked when you send the form."
            )
            own += (Field(AUTHORITY, "Authority", hint=hint, required=False),)
        actor = Field(ACTOR, "Your name or post", hint="It is kept with what is recorded.")
        return Form(action, self.title, (*own, *dated, actor), _new_id())


def forms_of(steps: Mapping[str, Step], day: date, choices: Mapping[str, Choices]) -> Iterator[Form]:
    """The empty forms of *steps*, by action, that can be filled in with these *choices*."""
    for action, step in steps.items():
        form = step.form(action, day, choices)
        if form.can_be_filled:
            yield form


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


def _choosing(field: Field, choices: Mapping[str, Choices], currency: str) -> Field:
    """*field*, or its columns, with the *choices* that name them, and the *currency*."""
    columns = tuple(_choosing(one, choices, currency) for one in field.columns)
    # What people write themselves, such as an outcome in words, takes no choices of a field of the same name.
    offered = {} if field.kind in ("text", "rows") else choices
    chosen = offered.get(field.name, field.choices)
    return replace(field, choices=chosen, columns=columns, currency=currency)


def _laid_out(field: Field, rows: Rows, value: str | None) -> Field:
    """*field* with its *value*, or with its *rows* and some empty ones."""
    if field.kind != "rows":
        return field if value is None else replace(field, value=value)
    values = {f"{field.name}.{nth}.{name}": text for nth, row in enumerate(rows, 1) for name, text in row.items()}
    return field.with_rows(len(rows) + EMPTY_ROWS, values)


def filled(form: Form, values: Mapping[str, str], find: Find) -> Form:
    """*form* with *values*, each checked for itself. *find* looks up the things that they name.

    If the values ask for more rows of a list, it has them, and nothing is checked.
    """
    more = values.get(MORE, "")
    fields = tuple(field.filled(values, EMPTY_ROWS if field.name == more else 0) for field in form.fields)
    command_id = values.get(COMMAND, "")
    problem = "" if _COMMAND_ID.fullmatch(command_id) else "The form is incomplete. Open the page again."
    form = replace(form, command_id=command_id, problem=problem)
    if more:
        return replace(form, fields=fields, unsent=True)
    return replace(form, fields=tuple(field.checked(find) for field in fields))


def of_person(form: Form, token: str) -> Form:
    """*form* for somebody who is signed in: their name is known, and *token* is that of their session."""
    return replace(form, fields=tuple(field for field in form.fields if field.name != ACTOR), token=token)


def given(form: Form, step: Step, about: Mapping[str, Any], find: Find, person: str | None = None) -> Given | None:
    """What a filled *form* gives, made by *step* from what the page is about; None where something is wrong with it.

    *person* is the id of who is signed in; None for the owner of the machine, whose form gives a name.
    """
    if form.problems or form.unsent:
        return None
    values = {field.name: field.given(find) for field in form.fields}
    actor = str(values.pop(ACTOR)) if person is None else person
    authority = values.pop(AUTHORITY, None) if step.decides else None
    return Given(step.command({**about, COMMAND: form.command_id}, values), actor, form.command_id, authority)


def possible(form: Form, step: Step, about: Mapping[str, Any], person: str) -> Iterator[Command]:
    """Commands that *person* could give with an empty *form*: one for each of its choices.

    What people write stands for anything: only who may give such a command is asked of it. Raises Refused where *step*
    does.
    """
    values = {name: value for field in form.fields for name, value in field.sent(anything=True)}
    values |= {COMMAND: form.command_id}
    chosen = next((field for field in form.fields if field.choices and field.kind != "thing"), None)
    for chosen_value in [value for value, _ in chosen.choices] if chosen is not None else [""]:
        tried = values | ({chosen.name: chosen_value} if chosen is not None else {})
        found = given(filled(form, tried, _itself), step, about, _itself, person)
        if found is not None:
            yield found.command


def _itself(_: str, text: str) -> str:
    return text


def seen_again(form: Form, fresh: Form) -> Form:
    """*form* with what *fresh*, the same form of the page as it is shown now, has seen."""
    seen = {field.name: field.value for field in fresh.fields if field.kind == "seen"}
    return replace(form, fields=tuple(replace(one, value=seen.get(one.name, one.value)) for one in form.fields))


def refused(form: Form, reason: str) -> Form:
    """*form* with the reason why a rule refused its command. What is sent next is a new command."""
    return replace(form, problem=reason, command_id=_new_id())


def _new_id() -> str:
    return f"page-{uuid4().hex}"

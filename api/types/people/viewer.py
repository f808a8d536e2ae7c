"""The caller in GraphQL: who it is, which roles it holds today, and what it may do, so that clients hide the rest."""

from typing import Annotated

import strawberry
from anyio.to_thread import run_sync
from strawberry.dataloader import DataLoader

from api.answering.fields import waiting, worked_out
from api.context import Context, Info
from api.contract.enums import enum_of
from api.contract.errors import Problem
from api.contract.inputs import not_text
from api.contract.values import When
from domain.across.permissions import Area, may_give
from domain.across.permitted import PERSON, place_of, roles_of
from domain.commands import COMMANDS, IDS
from domain.people.person import Held, Role
from domain.reading import Reading
from projections.register import reading as register

# The things by which a command has a place, by the first part of their ids.
PLACES = {
    "award": "award_id", "bid": "bid_id", "delivery": "delivery_id", "outcome": "outcome_id",
    "partnership": "partnership_id", "round": "round_id", "programme": "programme_id", "scheme": "scheme_id",
}  # fmt: skip
# Mutations are named as commands are, with a small first letter.
GIVEN = COMMANDS | {f"{name[:1].lower()}{name[1:]}": command for name, command in COMMANDS.items()}
# A kind of command, and the things that it names.
Asked = tuple[type, tuple[tuple[str, str], ...]]


@strawberry.type(description="A role that the caller holds today: in one place, or everywhere if none is named.")
class ViewerRole:
    role: enum_of(Role) = strawberry.field(description="The role.")  # type: ignore[valid-type]
    programme_id: strawberry.ID | None = strawberry.field(
        description="The id of the programme in which it holds. null if none is named."
    )
    scheme_id: strawberry.ID | None = strawberry.field(
        description="The id of the scheme in which it holds. null if none is named."
    )
    partnership_id: strawberry.ID | None = strawberry.field(
        description="The id of the partnership in which it holds. null if none is named."
    )
    since: When = strawberry.field(description="The day from which it holds.")
    until: When | None = strawberry.field(description="The last day on which it holds. null if none is named.")

    @classmethod
    def of(cls, held: Held) -> "ViewerRole":
        """The GraphQL object for *held*."""
        where = held.scope
        return cls(
            role=enum_of(Role)(held.role.value),
            programme_id=_id(where.programme_id),
            scheme_id=_id(where.scheme_id),
            partnership_id=_id(where.partnership_id),
            since=When.read(held.since.text),
            until=When.read(held.until.text) if held.until is not None else None,
        )


@strawberry.type(description="The caller: who it is, and what its roles let it do and read.")
class Viewer:
    person: strawberry.ID | None = strawberry.field(
        description="The id of the person who calls. null for the owner of the machine, who may do and read everything."
    )
    roles: list[ViewerRole] = strawberry.field(description="The roles that the person holds today.")
    areas: list[enum_of(Area)] = strawberry.field(  # type: ignore[valid-type]
        description="The areas that the caller may read. What belongs to another area is refused with FORBIDDEN."
    )
    answers: strawberry.Private[DataLoader[Asked, bool]]

    @strawberry.field(
        description="Whether the roles of the caller let it give a command, in a place. Rules about the state of a"
        " thing, duties that are kept apart and authorities may still refuse it."
    )
    async def may(
        self,
        info: Info,
        command: Annotated[
            str,
            strawberry.argument(
                description="The name of a command or of its mutation, such as ApprovePayment or approvePayment."
            ),
        ],
        place: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                name="in",
                description="The id of what the command is about, such as an award. Its place is that of its"
                " partnership. Without it only a role that holds everywhere counts.",
            ),
        ] = None,
    ) -> bool:
        if command not in GIVEN:
            raise Problem(f"There is no command {command[:80]}. docs/permissions.md lists them.")
        named = await _named(info.context, place) if place is not None else {}
        return await self.answers.load((GIVEN[command], tuple(named.items())))


async def _named(context: Context, place: str) -> dict[str, str]:
    """What the id *place* names, as a command would. Raises Problem for what is not an id."""
    if "\x00" in place:
        raise not_text("in")
    kind = place.partition("-")[0]
    if kind not in IDS.values():
        raise Problem(f"in is not the id of a thing that a command is about: {place[:80]}.")
    if kind != "scheme":
        return {PLACES[kind]: place} if kind in PLACES else {}
    line = await context.line(register.schemes_by, "id", place)
    return {"programme_id": line.programme_id, "scheme_id": place} if line is not None else {}


async def viewer_now(context: Context) -> Viewer:
    """Who calls now, with the roles of now. They are read from the log, as for a command."""
    is_person = context.actor.startswith(PERSON)

    def roles_now(reading: Reading) -> list[Held]:
        return (roles_of(reading, context.actor, context.log.today()) or []) if is_person else []

    async def answered(asked: list[Asked]) -> list[bool]:
        def decided() -> list[bool]:
            reading = Reading(context.log, context.log.states)
            held = roles_now(reading)
            return [not is_person or may_give(held, kind, place_of(reading, dict(named))) for kind, named in asked]

        return await run_sync(decided)

    held = await run_sync(lambda: roles_now(Reading(context.log, context.log.states))) if is_person else []
    return Viewer(
        person=_id(context.actor) if is_person else None,
        roles=[ViewerRole.of(one) for one in held],
        areas=[enum_of(Area)(one.value) for one in Area if one in context.sees],
        answers=DataLoader(load_fn=answered),
    )


def _id(text: str | None) -> strawberry.ID | None:
    return strawberry.ID(text) if text is not None else None


@strawberry.type
class ViewerQuery:
    viewer: Viewer = worked_out(
        waiting(viewer_now), "The caller: who it is, which roles it holds today, and what it may do."
    )

"""The command line's money: ``fundtrail funding``."""

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.cli import paper_money
from infra.cli.asking import NOT_FOUND, AsAt, KnownAt, ask, clocks, known_by
from infra.database.postgres import Database
from projections import awards, register
from projections.money import funding
from projections.money.funding import FIGURES, ContributionLine, FundingLine
from projections.tables.paging import Connection
from projections.tables.present import today


def add_money(app: typer.Typer, where: Callable[[], Database], out: Console, fail: Callable[[str, int], Any]) -> None:
    """Add the commands to *app*."""

    @app.command(name="funding")
    def funding_(
        code: Annotated[str, typer.Argument(help="The code of a partnership, scheme or programme, or an award's.")],
        as_at: AsAt = None,
        known_at: KnownAt = None,
        explain: Annotated[
            str | None, typer.Option(metavar="FIGURE", help=f"List the events behind it: {', '.join(FIGURES)}.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
    ) -> None:
        """Print the funding ladder, from requested to available, at any date, as known at any moment."""
        if explain is not None and explain not in FIGURES:
            fail(f"There is no figure {explain}. There are: {', '.join(FIGURES)}.", NOT_FOUND)
        day, instant = clocks(as_at, known_at, fail)
        found = ask(where(), lambda connection: _ladder(connection, code, day, instant, explain), fail)
        if found is None:
            fail(f"There is no partnership, award, scheme or programme {code}.", NOT_FOUND)
            return
        kind, name, line, beside, behind = found
        if as_json:
            told = as_plain(kind, code, name, line, beside, behind)
            sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        else:
            paper_money.print_funding(out, kind, code, name, line)
            paper_money.print_beside(out, beside)
            if explain is not None:
                paper_money.print_contributions(out, explain, line, behind)


Found = tuple[str, str, FundingLine, list[FundingLine], list[ContributionLine]]


async def _ladder(
    connection: Connection, code: str, day: date, instant: datetime | None, explain: str | None
) -> Found | None:
    scope = await _scope(connection, code)
    if scope is None:
        return None
    kind, column, scope_id, name = scope
    known = await known_by(connection, instant) if instant is not None else None
    lines = await funding.funding_by(connection, column, [scope_id], as_at=day, known=known, present=day >= today())
    if not lines:
        return None
    beside = await funding.funding_beside(connection, column, [scope_id], as_at=day, known=known)
    behind = await funding.contributions(connection, lines[0], explain) if explain is not None else []
    return kind, name, lines[0], beside, behind


async def _scope(connection: Connection, code: str) -> tuple[str, str, str, str] | None:
    for partnership in await register.partnerships_by(connection, "code", [code]):
        return "partnership", "partnership_id", partnership.id, partnership.name
    for award in await awards.awards_by(connection, "reference", [code]):
        return "award", "award_id", award.id, award.purpose or award.reference
    for programme in await register.programmes_by(connection, "code", [code]):
        return "programme", "programme_id", programme.id, programme.name
    for scheme in await register.schemes_by(connection, "code", [code]):
        return "scheme", "scheme_id", scheme.id, scheme.name
    return None


def as_plain(
    kind: str, code: str, name: str, line: FundingLine, beside: list[FundingLine], behind: list[ContributionLine]
) -> dict[str, Any]:
    """A ladder in plain types, for JSON; *beside* are those in further currencies. Amounts are texts in major units."""
    return {
        "kind": kind,
        "code": code,
        "name": name,
        "currency": line.currency,
        "as_at": line.as_at.isoformat(),
        "known_at": line.known_at.isoformat() if line.known_at else None,
        "position": line.position,
        "figures": _figures(line),
        "beside": [{"currency": one.currency, "figures": _figures(one)} for one in beside],
        "events": [
            {
                "position": one.position,
                "name": one.name,
                "effective": one.effective,
                "recorded_at": one.recorded_at.isoformat(),
                "actor": one.actor,
                "stream": one.stream,
                "amount": f"{paper_money.major(one.amount, line.currency):f}",
            }
            for one in behind
        ],
    }


def _figures(line: FundingLine) -> dict[str, dict[str, str]]:
    return {
        figure: {"amount": f"{told.amount:f}", "undated": f"{told.undated:f}"} for figure, told in line.figures.items()
    }

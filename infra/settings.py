"""Settings from environment variables, all in one place. Their values are never logged."""

import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from api.limits.weighing import Limits
from infra.database.home import home
from infra.exports.standards.publisher import BadPublisher, Publisher, publisher
from infra.identity.settings import BadIdentity, IdentitySettings, identity_settings
from infra.installed import BadName, installed_as
from infra.loopback import is_loopback
from infra.seals.settings import BadSeals, SealSettings, seal_settings
from infra.web.edge.access import ACCESS
from infra.web.edge.rates import SERVED, Rates
from infra.web.origins import NotAnOrigin, origins_of
from pages.frame.installation import Installation

NO = ("", "0", "no", "false")
# Far above any sensible limit.
MAX_LIMIT = 1_000_000_000


class BadSetting(Exception):
    """An environment variable has a value that is not allowed."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    *home* is the folder of the embedded database. The application is served on *host* and *port*.
    *limits* bound what one operation may ask for. *documents* is the folder of trusted documents; with
    *documents_only* no other document is answered. *publisher* is named in files in the formats of the standards. With
    *show_sql* each answer contains the SQL that made it. Pages of *origins* may read answers. *identity* says who
    requests come from. *rates* bound how many requests a caller may send in a minute; *proxies* may name the address of
    a caller, as addresses or networks. *access* says which requests get a line in the log. Traces are sent to *otlp*,
    an address without a path, if it is given. *seals* says where the key and the checkpoints of the log are.
    *installation* is what every page says that it is called.
    """

    home: Path
    host: str
    port: int
    serve: bool
    limits: Limits
    documents: Path | None
    documents_only: bool
    publisher: Publisher
    show_sql: bool
    origins: frozenset[str]
    identity: IdentitySettings
    rates: Rates
    proxies: frozenset[str]
    access: str
    otlp: str | None
    seals: SealSettings
    installation: Installation | None


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in *environ*, with defaults for those that are not set. Raises BadSetting."""
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise BadSetting(f'PORT is "{port}". A port is a whole number from 1 to 65535.')
    folder = Path(environ["FUNDTRAIL_DOCUMENTS"]) if environ.get("FUNDTRAIL_DOCUMENTS") else None
    only = environ.get("FUNDTRAIL_DOCUMENTS_ONLY", "0") not in NO
    if folder is not None and not folder.is_dir():
        raise BadSetting(f'FUNDTRAIL_DOCUMENTS is "{folder}", which is not a folder.')
    if only and folder is None:
        raise BadSetting(
            "FUNDTRAIL_DOCUMENTS_ONLY is set without FUNDTRAIL_DOCUMENTS. Give the folder of the documents to answer."
        )
    try:
        publishing_as = publisher(environ)
    except BadPublisher as error:
        raise BadSetting(str(error)) from error
    try:
        identity = identity_settings(environ)
    except BadIdentity as error:
        raise BadSetting(str(error)) from error
    try:
        seals = seal_settings(environ)
    except BadSeals as error:
        raise BadSetting(str(error)) from error
    host = environ.get("HOST") or "127.0.0.1"
    is_served = identity.behind_tls or identity.issuer is not None or not is_loopback(host)
    return Settings(
        home=home(environ),
        host=host,
        port=int(port),
        serve=environ.get("SERVE", "1") not in NO,
        limits=Limits(**dict(_limits(environ))),
        documents=folder,
        documents_only=only,
        publisher=publishing_as,
        show_sql=_shows_sql(environ),
        origins=_origins(environ),
        identity=identity,
        rates=_rates(environ, SERVED if is_served else Rates()),
        proxies=_proxies(environ),
        access=_access(environ),
        otlp=_otlp(environ),
        seals=seals,
        installation=_installation(environ),
    )


def _installation(environ: Mapping[str, str]) -> Installation | None:
    try:
        return installed_as(environ)
    except BadName as error:
        raise BadSetting(str(error)) from error


def _rates(environ: Mapping[str, str], default: Rates) -> Rates:
    """The rates that are set, and those of *default*; 0 sets no limit."""
    found = {}
    for field in fields(Rates):
        name = f"FUNDTRAIL_RATE_{field.name.upper()}"
        value = environ.get(name)
        if value and not (re.fullmatch("[0-9]{1,10}", value) and int(value) <= MAX_LIMIT):
            raise BadSetting(
                f'{name} is "{value}". A rate is a whole number up to {MAX_LIMIT}, for each minute; 0 sets no limit.'
            )
        found[field.name] = (int(value) or None) if value else getattr(default, field.name)
    return Rates(**found)


def _proxies(environ: Mapping[str, str]) -> frozenset[str]:
    named = [one for one in re.split(r"[,\s]+", environ.get("FUNDTRAIL_PROXIES") or "") if one]
    for one in named:
        try:
            ipaddress.ip_network(one)
        except ValueError as error:
            raise BadSetting(
                f'FUNDTRAIL_PROXIES contains "{one}". A proxy is an address such as 10.0.0.5, or a network such as'
                " 10.0.0.0/24."
            ) from error
    return frozenset(named)


def _access(environ: Mapping[str, str]) -> str:
    value = environ.get("FUNDTRAIL_ACCESS") or ACCESS[0]
    if value not in ACCESS:
        raise BadSetting(f'FUNDTRAIL_ACCESS is "{value}". It is one of: {", ".join(ACCESS)}.')
    return value


def _otlp(environ: Mapping[str, str]) -> str | None:
    value = environ.get("FUNDTRAIL_OTLP")
    if not value:
        return None
    found = re.fullmatch(r"(https?)://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?/?", value.lower())
    if found is None or (found[1] == "http" and not is_loopback(found[2].strip("[]"))):
        raise BadSetting(
            "FUNDTRAIL_OTLP is not the address of a collector, such as http://127.0.0.1:4318 or"
            " https://collector.example.org. It has no path, and http is allowed on loopback only."
        )
    return value.rstrip("/")


def _origins(environ: Mapping[str, str]) -> frozenset[str]:
    try:
        return origins_of(environ.get("FUNDTRAIL_ORIGINS") or "")
    except NotAnOrigin as error:
        raise BadSetting(
            f'FUNDTRAIL_ORIGINS contains "{error}". An origin is written as https://grants.example.org, without a path.'
        ) from error


def _shows_sql(environ: Mapping[str, str]) -> bool:
    shown = environ.get("FUNDTRAIL_SHOW_SQL", "0") not in NO
    if shown and not is_loopback(environ.get("HOST") or "127.0.0.1"):
        raise BadSetting("FUNDTRAIL_SHOW_SQL is set and HOST is not a loopback address. SQL is shown on loopback only.")
    return shown


def _limits(environ: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The name and value of each limit that is set; the setting of ``cost`` is FUNDTRAIL_MAX_COST."""
    for field in fields(Limits):
        name = f"FUNDTRAIL_MAX_{field.name.upper()}"
        value = environ.get(name)
        if value:
            if not (re.fullmatch("[0-9]{1,10}", value) and 0 < int(value) <= MAX_LIMIT):
                raise BadSetting(f'{name} is "{value}". A limit is a whole number from 1 to {MAX_LIMIT}.')
            yield field.name, int(value)

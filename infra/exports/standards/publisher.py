"""The publisher: the names under which our own awards are exported."""

import re
from collections.abc import Mapping
from dataclasses import dataclass


class BadPublisher(ValueError):
    """A setting of the publisher has a value that is not allowed."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher of the files.

    *prefix* is its prefix in 360Giving (``360G-abc``). *reference* and *kind* are its identifier and its type in IATI
    (``GB-GOV-1``, ``10``). *licence* is the address of the licence of the files.
    """

    name: str | None = None
    prefix: str | None = None
    reference: str | None = None
    kind: str | None = None
    licence: str | None = None


_FORMS = {
    "FUNDTRAIL_PUBLISHER": ("name", r"\S.{0,199}", "a name of at most 200 characters"),
    "FUNDTRAIL_360GIVING_PREFIX": ("prefix", r"360G-[A-Za-z0-9]{1,40}", "360G- and then letters or digits"),
    "FUNDTRAIL_IATI_REF": ("reference", r"[A-Z]{2,3}-[A-Z0-9_]+-[A-Za-z0-9._-]+", "an identifier such as GB-GOV-1"),
    "FUNDTRAIL_IATI_TYPE": ("kind", r"[0-9]{2}", "a code of two digits, such as 10 for a government"),
    "FUNDTRAIL_LICENCE": ("licence", r"https?://[A-Za-z0-9./_~%-]+", "an address that begins with https:// or http://"),
}


def publisher(environ: Mapping[str, str]) -> Publisher:
    """The publisher from the settings in *environ*. Raises BadPublisher."""
    given = {}
    for name, (field, form, words) in _FORMS.items():
        value = environ.get(name)
        if value:
            if not re.fullmatch(form, value):
                raise BadPublisher(f'{name} is "{value}". It must be {words}.')
            given[field] = value
    return Publisher(**given)

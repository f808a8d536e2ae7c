"""The origins of other sites whose pages may read our answers: a list, empty by default."""

import re

# How an origin is written by browsers: no path, no user, no default port.
_ORIGIN = re.compile(r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class NotAnOrigin(Exception):
    """A text is not an origin, such as https://grants.example.org."""


def origins_of(text: str) -> frozenset[str]:
    """The origins in *text*, with commas or spaces between them. Raises NotAnOrigin."""
    return frozenset(_origin(one) for one in re.split(r"[,\s]+", text) if one)


def _origin(text: str) -> str:
    origin = text.lower()
    found = _ORIGIN.fullmatch(origin)
    if found is None or int((found[4] or ":1")[1:]) > 65535:
        raise NotAnOrigin(text)
    return origin.removesuffix(found[4]) if found[4] == _DEFAULT_PORTS[found[1]] else origin

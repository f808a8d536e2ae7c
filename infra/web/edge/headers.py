"""Security headers: what every answer says to browsers and caches."""

from collections.abc import Sequence

# uvicorn sends these with every answer, also with those that it or the parser makes without the application.
ALWAYS = [
    # A browser must not guess another type than the one that is given.
    ("x-content-type-options", "nosniff"),
    # Addresses name awards and people: other sites do not see them.
    ("referrer-policy", "same-origin"),
    # No other site may frame a page, keep a window of ours, or load an answer into its own page.
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
]
# For a year, browsers use only https.
BEHIND_TLS = [("strict-transport-security", "max-age=31536000")]
# What an answer says unless it says something else itself: it is for one person, and nothing in it runs.
UNLESS_GIVEN = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
]


def complete(headers: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """*headers* of an answer, whose names are in lower case, with those of UNLESS_GIVEN that are missing."""
    given = {name for name, _ in headers}
    return [*headers, *[header for header in UNLESS_GIVEN if header[0] not in given]]

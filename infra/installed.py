"""What this installation is called: FUNDTRAIL_NAME and FUNDTRAIL_KIND."""

import os
import re
from collections.abc import Mapping

from pages.frame.installation import KINDS, Installation

# One line that fits above every page.
_NAME = re.compile(r"[^\W_][^\x00-\x1f\x7f-\x9f]{0,39}")


class BadName(Exception):
    """FUNDTRAIL_NAME or FUNDTRAIL_KIND has a value that is not allowed."""


def installed_as(environ: Mapping[str, str] = os.environ) -> Installation | None:
    """What the installation is called; None where it has no name. Raises BadName."""
    name, kind = (environ.get("FUNDTRAIL_NAME") or "").strip(), (environ.get("FUNDTRAIL_KIND") or "").strip().lower()
    if kind and kind not in KINDS:
        raise BadName(f'FUNDTRAIL_KIND is "{kind[:40]}". It is one of: {", ".join(KINDS)}.')
    if name and not _NAME.fullmatch(name):
        raise BadName(
            f'FUNDTRAIL_NAME is "{name[:50]}". Give one line of up to 40 characters that begins with a letter or digit.'
        )
    if not name and not kind:
        return None
    return Installation(name or kind.capitalize(), kind or (name.lower() if name.lower() in KINDS else ""))

"""The dependencies of Fundtrail, as locked: their versions, hashes and licences, also as a bill of materials."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

LOCK = Path(__file__).parents[1] / "requirements.lock"
NOT_INSTALLED = "not installed here"
UNKNOWN = "not stated"
# The name and version that a block of the lock begins with; hashes and comments follow, indented.
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_LONGEST_NAME = 100


@dataclass(frozen=True)
class Dependency:
    """A package that Fundtrail runs with. *hashes* are the SHA-256 of the files that may be installed.

    *only* is the condition under which it is installed, empty for always. *is_expression* says whether *licence* is an
    SPDX expression, rather than a name as its author wrote it.
    """

    name: str
    version: str
    licence: str
    is_expression: bool
    only: str
    hashes: tuple[str, ...]


def dependencies(lock: Path = LOCK) -> list[Dependency]:
    """Every package in *lock*, in its order. Raises OSError if there is no such file."""
    text = lock.read_text(encoding="utf-8")
    starts = list(_PACKAGE.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    found = []
    for start, end in zip(starts, ends, strict=True):
        name, version, only = start.groups()
        licence, is_expression = licence_of(name)
        hashes = tuple(_HASH.findall(text, start.end(), end))
        found.append(Dependency(name, version, licence, is_expression, only or "", hashes))
    return found


def licence_of(name: str) -> tuple[str, bool]:
    """The licence of the installed package *name*, and whether it is an SPDX expression."""
    try:
        stated = metadata(name)
    except PackageNotFoundError:
        return NOT_INSTALLED, False
    if "License-Expression" in stated:
        return stated["License-Expression"], True
    return _licence_in_words(stated), False


def _licence_in_words(stated: PackageMetadata) -> str:
    classifiers = [one.rpartition(" :: ")[2] for one in stated.get_all("Classifier") or () if one.startswith("License")]
    # Some packages put the whole text of their licence there.
    line = stated["License"].strip() if "License" in stated else ""
    is_name = line != "" and "\n" not in line and len(line) <= _LONGEST_NAME
    return " and ".join(classifiers) or (line if is_name else UNKNOWN)


def bill_of_materials(found: list[Dependency]) -> Mapping[str, Any]:
    """*found* as a bill of materials in CycloneDX 1.6 (ECMA-424). The same lock gives the same bill."""
    components = [
        {
            "type": "library",
            "bom-ref": purl(one),
            "name": one.name,
            "version": one.version,
            "purl": purl(one),
            "scope": "optional" if one.only else "required",
            "licenses": [{"expression": one.licence} if one.is_expression else {"license": {"name": one.licence}}],
            # The distribution of a package is any of several files, each with its own hash.
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": f"https://pypi.org/project/{one.name}/{one.version}/",
                    "hashes": [{"alg": "SHA-256", "content": content} for content in one.hashes],
                }
            ],
        }
        for one in found
    ]
    words = " ".join(f"{one.name}=={one.version}:{','.join(one.hashes)}" for one in found)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, words)}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": "fundtrail", "name": "fundtrail"}},
        "components": components,
        "dependencies": [{"ref": "fundtrail", "dependsOn": [purl(one) for one in found]}],
    }


def purl(one: Dependency) -> str:
    """The package URL of *one*."""
    return f"pkg:pypi/{one.name.lower().replace('_', '-')}@{one.version}"

"""What a document links to is there, and what it shows as printed is what is printed."""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.cli import main
from infra.database.postgres import Database
from tests.docs.pages import PAGES, inline_code, links, name_of
from tests.kit.paths import ROOT

Printed = Callable[[str], list[str]]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    targets = [target.partition("#")[0] for target in links(page.read_text(encoding="utf-8"))]
    files = [target for target in targets if target and "://" not in target]

    assert [] == [target for target in files if not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_make_target_that_a_document_names_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    lines = [*inline_code(text), *(line.strip() for line in text.splitlines() if line.startswith("    "))]

    assert [] == [line for line in lines if (found := re.match("make ([a-z]+)", line)) and found[1] not in targets]


def test_every_page_is_linked_from_the_readme_or_from_a_page_that_is() -> None:
    seen, left = set[Path](), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen:
            continue
        seen.add(page)
        for target in links(page.read_text(encoding="utf-8")) if page.suffix == ".md" else ():
            path = (page.parent / target.partition("#")[0]).resolve()
            left += [path] if path.is_file() else sorted(path.glob("*.md")) if path.is_dir() else []

    assert [] == [name_of(page) for page in PAGES if page not in seen]


def test_the_changelog_has_the_sections_of_keep_a_changelog_and_a_sentence_for_each_entry() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^### (.+)$", text, flags=re.MULTILINE)
    entries = [
        " ".join(entry.split()) for entry in re.findall(r"^- (.+?)(?=\n- |\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    ]

    assert "## [Unreleased]" in text
    assert set(sections) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert len(sections) == len(set(sections))
    assert [] == [entry for entry in entries if not entry.endswith(".")]


# --- Samples ----------------------------------------------------------------------------------------------------------


def samples() -> Iterator[tuple[str, str, list[str]]]:
    """Each page with a sample, the command that printed it, and its lines; a comment above it names the command."""
    for page in PAGES:
        for found in re.finditer(
            r"<!-- sample: fundtrail (.+?) -->\n\n((?:    .*\n|\n(?=    ))+)", page.read_text(encoding="utf-8")
        ):
            lines = [" ".join(line.split()) for line in found[2].splitlines()]
            yield name_of(page), found[1], [line for line in lines if line not in ("", "...")]


SAMPLES = list(samples())


@pytest.fixture
def printed(shared_programme: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """What a command prints of the loaded programme: its lines, with single spaces."""

    def printing(words: str) -> list[str]:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["fundtrail", *words.split()])
            patch.setenv("DATABASE_URL", shared_programme.url)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main.main()
        assert not ended.value.code
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    return printing


@pytest.mark.parametrize(("page", "words", "lines"), SAMPLES, ids=[f"{page}: {words}" for page, words, _ in SAMPLES])
def test_a_sample_of_output_is_printed_in_its_order(printed: Printed, page: str, words: str, lines: list[str]) -> None:
    left = printed(words)
    assert len(lines) > 2
    for line in lines:
        assert line in left, page
        left = left[left.index(line) + 1 :]


def test_the_readme_has_a_sample_of_the_timeline() -> None:
    assert ("README.md", "timeline worcestershire-partnership") in [(page, words) for page, words, _ in SAMPLES]

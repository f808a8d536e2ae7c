"""docs/architecture.md and the README name files, functions and folders that are there, and all the folders."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, inline_code
from tests.kit.paths import ROOT

PAGE = DOCS / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
LAYERS = ("domain", "projections", "api", "infra")
MOST = 16


def test_every_path_that_the_architecture_and_the_readme_name_is_there() -> None:
    missing = []
    for page in (PAGE, ROOT / "README.md"):
        named = [code for code in inline_code(page.read_text(encoding="utf-8")) if _is_path(code)]
        assert len(named) > 5
        missing += [code for code in named if not any((place / code).exists() for place in (ROOT, page.parent))]

    assert [] == missing


def _is_path(code: str) -> bool:
    """Whether *code* is written as a path of the repository; folders that a run makes are not in it."""
    begins = re.fullmatch(r"\.?[a-zA-Z_0-9-]+(/[\w.-]*)+|[\w-]+\.(md|toml|yml|py|graphql)", code)
    return begins is not None and not code.startswith((".fundtrail", ".venv"))


STEPS = re.findall(r"`([\w/.]+\.py)`:\s`(\w+)`(?:\sand\s`(\w+)`)?", TEXT)


def test_the_two_traces_have_their_steps() -> None:
    assert 25 < len(STEPS)


@pytest.mark.parametrize(("file", "names"), [(file, names) for file, *names in STEPS])
def test_every_step_of_a_trace_is_a_function_or_class_of_its_file(file: str, names: list[str]) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")

    defined = set(re.findall(r"^\s*(?:async def|def|class) (\w+)", text, flags=re.MULTILINE))

    assert set() == {name for name in names if name} - defined


# --- Folders ----------------------------------------------------------------------------------------------------------


def tree() -> set[str]:
    """The folders of the page's tree, as paths."""
    found: list[tuple[int, str]] = []
    path: list[str] = []
    for line in TEXT.splitlines():
        if (folder := re.match(r"    ( *)([\w]+)/ {2,}\S", line)) is not None:
            depth = len(folder[1]) // 2
            path = [*path[:depth], folder[2]]
            found.append((depth, "/".join(path)))
    return {each for _, each in found}


def folders(layer: str) -> set[str]:
    """The folders of *layer* with files of ours."""
    files = [path for path in (ROOT / layer).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return {str(path.parent.relative_to(ROOT)) for path in files}


@pytest.mark.parametrize("layer", LAYERS)
def test_the_tree_lists_the_folders_that_are_there_and_no_others(layer: str) -> None:
    listed = {path for path in tree() if Path(path).parts[0] == layer}

    assert folders(layer) == listed


def test_the_tree_lists_no_folder_of_tests_that_is_not_there() -> None:
    assert [] == [path for path in tree() if path.startswith("tests/") and not (ROOT / path).is_dir()]


def test_no_folder_has_more_files_than_a_reader_can_survey() -> None:
    crowded = {
        folder
        for layer in LAYERS
        for folder in folders(layer)
        if MOST < len([path for path in (ROOT / folder).iterdir() if path.is_file()])
    }

    assert set() == crowded

"""The subjects of the rules: the files of each, and the tests that must notice a change to any of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.kit.paths import ROOT


@dataclass(frozen=True, slots=True)
class Subject:
    """The *files*, each a file or a folder, and the tests: the *quick* ones run first, then those on a *database*."""

    files: tuple[str, ...]
    quick: tuple[str, ...]
    database: tuple[str, ...] = ()

    def sources(self, root: Path = ROOT) -> Iterator[Path]:
        """The files of the subject, by their paths within *root*."""
        for name in self.files:
            yield from (
                (one.relative_to(root) for one in sorted((root / name).rglob("*.py")))
                if (root / name).is_dir()
                else (Path(name),)
            )


SUBJECTS: dict[str, Subject] = {
    "award": Subject(
        ("domain/award",),
        (
            "tests/domain/award",
            "tests/domain/across",
            "tests/domain/bank",
            "tests/domain/test_order_of_dates.py",
            "tests/domain/test_discrepancy.py",
        ),
    ),
    "bid": Subject(("domain/bid",), ("tests/domain/bid", "tests/domain/across", "tests/domain/test_order_of_dates.py")),
    "across": Subject(
        ("domain/across",),
        (
            "tests/domain/across",
            "tests/domain/history/test_desk.py",
            "tests/domain/bank",
            "tests/domain/bid",
            "tests/domain/test_discrepancy.py",
            "tests/domain/test_books.py",
        ),
    ),
    "authority": Subject(
        ("domain/governance", "domain/people"),
        ("tests/domain/test_governance.py", "tests/domain/test_person.py", "tests/domain/across"),
    ),
    "bank": Subject(("domain/bank",), ("tests/domain/bank",)),
    "editions": Subject(("domain/editions", "domain/stated_grant.py"), ("tests/domain/editions",)),
    "programme": Subject(
        ("domain/programme.py", "domain/books.py", "domain/eligibility"),
        ("tests/domain/test_programme.py", "tests/domain/test_books.py", "tests/domain/bid"),
    ),
    "round": Subject(("domain/funding_round.py",), ("tests/domain/test_funding_round.py", "tests/domain/across")),
    "partners": Subject(
        ("domain/partnership.py", "domain/organisation.py", "domain/between", "domain/support"),
        (
            "tests/domain/test_partnership.py",
            "tests/domain/test_organisation.py",
            "tests/domain/between",
            "tests/domain/support",
        ),
    ),
    "delivery": Subject(
        ("domain/delivery", "domain/outcome", "domain/published"),
        (
            "tests/domain/test_delivery.py",
            "tests/domain/test_outcome.py",
            "tests/domain/test_framework.py",
            "tests/domain/test_consultation.py",
            "tests/domain/across",
        ),
    ),
    "joint": Subject(("domain/joint", "domain/entries.py"), ("tests/domain/joint", "tests/domain/across")),
    "discrepancy": Subject(
        ("domain/discrepancy.py",),
        ("tests/domain/test_discrepancy.py", "tests/projections/discrepancies/test_rules.py"),
    ),
    "values": Subject(
        ("domain/values",),
        (
            "tests/domain/values",
            "tests/domain/across/test_dates.py",
            "tests/domain/test_order_of_dates.py",
            "tests/domain/test_refusal.py",
            "tests/infra/test_exceptions.py",
        ),
    ),
    "desk": Subject(
        (
            "domain/commands.py",
            "domain/counters.py",
            "domain/desk.py",
            "domain/folded.py",
            "domain/history.py",
            "domain/reading.py",
        ),
        ("tests/domain/history", "tests/domain/across", "tests/domain/test_refusal.py"),
    ),
    "delays": Subject(
        ("projections/delays",),
        (
            "tests/projections/delays/test_clock.py",
            "tests/projections/delays/test_delivery_chain.py",
            "tests/projections/delays/test_waiting_now.py",
            "tests/projections/delays/test_survival.py",
            "tests/projections/delays/test_words.py",
        ),
        (
            "tests/projections/delays/test_delays_as_known.py",
            "tests/api/types/test_delays.py",
            "tests/api/types/test_delays_as_at.py",
            "tests/api/types/test_bid_clock.py",
            "tests/api/commands/test_date_corrections.py",
        ),
    ),
    "discrepancies": Subject(
        ("projections/discrepancies",),
        ("tests/projections/discrepancies/test_rules.py", "tests/projections/discrepancies/test_life.py"),
        (
            "tests/projections/discrepancies/test_discrepancies_as_known.py",
            "tests/api/types/test_discrepancies.py",
            "tests/infra/imports/test_discrepancies_of_registers.py",
            "tests/api/commands/test_date_corrections.py",
        ),
    ),
    "money": Subject(
        ("projections/money",),
        ("tests/projections/money/test_ledger_page.py", "tests/projections/money/test_award_machine.py"),
        (
            "tests/projections/parts/test_parts.py",
            "tests/projections/money/test_periods.py",
            "tests/projections/money/test_two_clocks.py",
            "tests/projections/money/test_worked_example.py",
            "tests/api/types/test_figure_parts.py",
            "tests/api/types/test_funding.py",
            "tests/api/types/test_periods.py",
            "tests/api/commands/test_date_corrections.py",
        ),
    ),
}

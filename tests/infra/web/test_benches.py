"""The benches over HTTP fill read models directly. The rows must fit the read models, and queries must find them."""

from types import ModuleType

import pytest

from infra.database.postgres import Database
from tests.bench import delays, funding, lists
from tests.kit.web.served import served

SMALL: list[tuple[ModuleType, dict[str, int]]] = [
    (funding, {"AWARDS": 10, "PAYMENTS": 10, "POSTINGS_OF_AWARD": 4}),
    (delays, {"BIDS": 10}),
    (lists, {"AWARDS": 600}),
]


@pytest.mark.parametrize(("bench", "sizes"), SMALL, ids=lambda value: getattr(value, "__name__", ""))
def test_the_rows_that_a_bench_fills_in_answer_its_queries(
    database: Database, monkeypatch: pytest.MonkeyPatch, bench: ModuleType, sizes: dict[str, int]
) -> None:
    for name, size in sizes.items():
        monkeypatch.setattr(bench, name, size)
    assert all(bench.fill(database, "full").values())
    with served(database, projector=False) as api:
        for question in bench.QUESTIONS.values():
            data = api.ask(question)
            assert all(data.values()), question


def test_the_figures_of_the_funding_bench_add_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in SMALL[0][1].items():
        monkeypatch.setattr(funding, name, size)
    funding.fill(database, "full")
    with served(database, projector=False) as api:
        ladder = api.ask(funding.QUESTIONS["award"])["award"]["funding"]
    assert "20.00" == ladder["paid"]["amount"], "20 postings of a pound each"

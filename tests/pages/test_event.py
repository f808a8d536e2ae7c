"""The page of an event: its cause, what it caused, what corrected it, and the import that it came from."""

import pytest

from domain import award
from domain.desk import submit
from domain.history import Order
from domain.values.correction import CorrectDate
from domain.values.when import When
from infra.log.postgres_log import PostgresLog
from tests.kit.database.feeding import caught_up
from tests.kit.money import desk, gbp
from tests.kit.web.served import Api
from tests.pages.test_addresses import words


def last(api: Api, name: str) -> dict[str, int | str]:
    """The last event with a name."""
    query = f'{{ auditLog(last: 1, filter: {{ names: ["{name}"] }}) {{ nodes {{ id position version }} }} }}'
    (found,) = api.ask(query)["auditLog"]["nodes"]
    return dict(found)


def shown(api: Api, position: int | str) -> str:
    return words(api.http.get(f"/events/{position}").text)


def test_an_event_shows_its_cause_and_the_cause_shows_what_it_caused(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("caused", "500.00")
        wanted = award.RequestPayment(award_id=award_id, number=1, amount=gbp("60.00"), on=When("2004-07-01"))
        at.do(wanted)
    caught_up(api.database)
    cause = last(api, "PaymentRequested")
    assert "What it caused" not in shown(api, cause["position"])
    approve = award.ApprovePayment(award_id=award_id, number=1, on=When("2004-07-02"))
    order = Order(command_id="caused", command=approve, said="", actor="robot", causation_id=str(cause["id"]))
    with PostgresLog(api.database) as log:
        position = submit(log, order).position
    caught_up(api.database)
    assert f"What it caused Payment approved , position {position:,}" in shown(api, cause["position"])
    assert "Caused by Payment requested" in shown(api, position)
    # What was caused later is not known then.
    assert "What it caused" not in words(api.http.get(f"/events/{cause['position']}?position={position - 1}").text)


def test_an_event_names_what_corrected_its_date(api: Api) -> None:
    with desk(api.database) as at:
        award_id = at.accepted_award("mistyped", "500.00")
        for number in (1, 2):
            wanted = award.RequestPayment(
                award_id=award_id, number=number, amount=gbp("60.00"), on=When(f"2004-07-0{number}")
            )
            at.do(wanted)
    caught_up(api.database)
    first = last(api, "PaymentRequested")
    with desk(api.database) as at:
        at.do(
            CorrectDate(
                award_id=award_id, step="PaymentRequested", number=2, date=When("2004-06-30"), because="Mistyped",
                on=When("2026-01-05"),
            )
        )  # fmt: skip
    caught_up(api.database)
    assert "Corrected by Date corrected" in shown(api, first["position"])
    assert "Corrected by" not in shown(api, int(first["position"]) - 1)


@pytest.mark.parametrize("position", [1, 600, 1200])
def test_what_was_imported_names_its_file_and_row(lives: Api, position: int) -> None:
    found = shown(lives, position)
    assert "The import it came from File" in found
    assert " Row " in found

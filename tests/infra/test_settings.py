"""Settings come from the environment. A value that is not allowed is refused, and the message names the setting."""

import pytest

from api.limits.weighing import Limits
from infra.settings import BadSetting, settings


def test_limits_of_operations_are_read_from_the_environment() -> None:
    given = {"FUNDTRAIL_MAX_COST": "77", "FUNDTRAIL_MAX_OPERATION_SECONDS": "3", "FUNDTRAIL_MAX_DEPTH": ""}
    assert Limits(cost=77, operation_seconds=3) == settings(given).limits
    assert Limits() == settings({}).limits


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "10 ", "\u0661", "1000000001", "9" * 5000])
def test_a_value_that_is_not_a_limit_is_refused_by_name(value: str) -> None:
    with pytest.raises(BadSetting, match="FUNDTRAIL_MAX_COST"):
        settings({"FUNDTRAIL_MAX_COST": value})


def test_sql_is_shown_on_loopback_only() -> None:
    assert settings({"FUNDTRAIL_SHOW_SQL": "1"}).show_sql
    assert settings({"FUNDTRAIL_SHOW_SQL": "1", "HOST": "::1"}).show_sql
    assert not settings({}).show_sql
    assert not settings({"FUNDTRAIL_SHOW_SQL": "0", "HOST": "0.0.0.0"}).show_sql  # noqa: S104 - nothing is served
    with pytest.raises(BadSetting, match="FUNDTRAIL_SHOW_SQL"):
        settings({"FUNDTRAIL_SHOW_SQL": "1", "HOST": "0.0.0.0"})  # noqa: S104 - nothing is served

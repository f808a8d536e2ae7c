"""How soon the service answers after its primary was killed under load and the standby promoted.

``python -m tests.bench.failing_over ROUNDS`` (10 by default). Not a test: a busy machine proves nothing about seconds.
"""

import statistics
import sys

from tests.bench.turns import write_down
from tests.infra.failover.test_failover import answers
from tests.kit.database.failover import Load, fail_over, lost
from tests.kit.database.standby import pair
from tests.kit.web.served import served


def seconds_of_a_failover() -> float:
    """The seconds from the promotion to the first answer of the same web process."""
    with pair() as failing:
        failing.wait_for_the_standby()
        with served(failing.either) as api, Load(api) as load:
            load.more(100)
            seconds = fail_over(failing, lambda: answers(api))
        assert {} == lost(failing, load.acknowledged)
    return seconds


def main(rounds: int) -> None:
    """Measure *rounds* failovers, and write the seconds down."""
    seconds = [seconds_of_a_failover() for _ in range(rounds)]
    write_down("failing_over", {"rounds": rounds, "median": statistics.median(seconds), "longest": max(seconds)})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)

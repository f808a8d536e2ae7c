"""Metrics for a monitor: the position of the log and of each read model, in the text format of Prometheus."""

from collections.abc import Iterable, Iterator

import psycopg
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from api.answering.roots import answered
from projections import progress


class Answers(Collector):
    """How many root fields of queries this process has answered, by way: in SQL, or by graphql-core."""

    def collect(self) -> Iterator[Metric]:
        """Yield the counter, with one value for each way."""
        counter = CounterMetricFamily(
            "fundtrail_root_fields_answered", "Root fields of queries answered by this process.", labels=["way"]
        )
        for way, number in sorted(answered.items()):
            counter.add_metric([way], number)
        yield counter


class DatabaseUp(Collector):
    """Whether the database answers. While it does not, the gauges of the log and the read models are missing."""

    def __init__(self, up: bool) -> None:
        self._up = up

    def collect(self) -> Iterator[Metric]:
        """Yield the gauge."""
        gauge = GaugeMetricFamily("fundtrail_database_up", "1 while the database answers, 0 while it does not.")
        gauge.add_metric([], float(self._up))
        yield gauge


class Gauges(Collector):
    """The gauges of the log and the read models at one moment."""

    def __init__(self, head: progress.Head, lines: Iterable[progress.ProgressLine]) -> None:
        self._head = head
        self._lines = list(lines)

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge, with one value for each read model."""
        log = GaugeMetricFamily("fundtrail_log_position", "Position of the last event of the log.")
        log.add_metric([], self._head.position)
        yield log
        for name, description, value in (
            ("position", "Last position that the read model has processed.", lambda line: line.position),
            ("lag_positions", "Positions between the read model and the end of the log.", self._lag),
            ("lag_seconds", "Age of the first event that the read model lacks.", lambda line: line.seconds_behind),
            ("running", "1 while the read model is kept up to date; 0 when it is stopped or outdated.", _running),
        ):
            gauge = GaugeMetricFamily(f"fundtrail_projection_{name}", description, labels=["projection"])
            for line in self._lines:
                gauge.add_metric([line.name], value(line))
            yield gauge

    def _lag(self, line: progress.ProgressLine) -> float:
        return max(0, self._head.position - line.position)


def _running(line: progress.ProgressLine) -> float:
    return float(line.state == "running")


def add_metrics(app: FastAPI) -> None:
    """Answer GET /metrics."""

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        registry = CollectorRegistry()
        try:
            async with request.app.state.reads.connection() as connection:
                gauges = Gauges(await progress.head(connection), await progress.progress(connection))
        except psycopg.OperationalError:
            # A monitor must learn that the database is away, not that the application is.
            registry.register(DatabaseUp(False))
        else:
            registry.register(DatabaseUp(True))
            registry.register(gauges)
        registry.register(Answers())
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

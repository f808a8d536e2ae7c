"""What a monitor asks for: how far the log and each read model are, in the text format of Prometheus."""

from collections.abc import Iterable, Iterator

from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from projections import progress


class Standing(Collector):
    """The gauges of one look at the log and the read models."""

    def __init__(self, head: progress.Head, lines: Iterable[progress.ProgressLine]) -> None:
        self._head = head
        self._lines = list(lines)

    def collect(self) -> Iterator[Metric]:
        """Give each gauge, one value for each read model."""
        log = GaugeMetricFamily("fundtrail_log_position", "Position of the last event of the log.")
        log.add_metric([], self._head.position)
        yield log
        for name, about, value in (
            ("position", "Last position that the read model has taken in.", lambda line: line.position),
            ("lag_positions", "Positions between it and the head of the log.", self._lag),
            ("lag_seconds", "For how long the first event that it lacks has waited.", lambda line: line.seconds_behind),
            ("running", "1 while it is fed; 0 when it stands still or is outdated.", _runs),
        ):
            gauge = GaugeMetricFamily(f"fundtrail_projection_{name}", about, labels=["projection"])
            for line in self._lines:
                gauge.add_metric([line.name], value(line))
            yield gauge

    def _lag(self, line: progress.ProgressLine) -> float:
        return max(0, self._head.position - line.position)


def _runs(line: progress.ProgressLine) -> float:
    return float(line.state == "running")


def add_metrics(app: FastAPI) -> None:
    """Answer GET /metrics."""

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        async with request.app.state.reads.connection() as connection:
            standing = Standing(await progress.head(connection), await progress.progress(connection))
        registry = CollectorRegistry()
        registry.register(standing)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

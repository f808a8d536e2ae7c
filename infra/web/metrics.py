"""Metrics for a monitor, in the text format of Prometheus: the log, the read models, the requests, and the pools."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping

import psycopg
from fastapi import FastAPI, Request, Response
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from api.answering.roots import answered
from api.commands.results import refusals
from domain.across.permissions import Area, Seen
from infra.seals.checkpoints import Lag, read_lag
from infra.web.areas import allowed, refuse_unseen
from infra.web.watching import MEASURED
from projections import progress
from projections.shortage import shortage_of
from projections.tables.paging import Connection

logger = logging.getLogger("fundtrail.web")

# Rows that do not fit into memory are written to a file, which needs no rights and leaves nothing behind.
_WRITES = "SELECT count(*) FROM generate_series(1, 50000)"


class Answers(Collector):
    """How many root fields of queries this process has answered, and how many commands it has refused."""

    def collect(self) -> Iterator[Metric]:
        """Yield a counter of root fields by way (SQL or graphql-core), and one of refusals by rule."""
        yield _counter(
            "fundtrail_root_fields_answered", "Root fields of queries answered by this process.", "way", answered
        )
        yield _counter("fundtrail_refusals", "Commands refused by this process, by rule.", "rule", refusals)


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
            (
                "running",
                "1 while it is kept up to date; else 0: stopped, paused or outdated.",
                _state_is("running"),
            ),
            ("paused", "1 while somebody keeps the read model paused.", _state_is("paused")),
        ):
            gauge = GaugeMetricFamily(f"fundtrail_projection_{name}", description, labels=["projection"])
            for line in self._lines:
                gauge.add_metric([line.name], value(line))
            yield gauge

    def _lag(self, line: progress.ProgressLine) -> float:
        return max(0, self._head.position - line.position)


class Sealing(Collector):
    """The gauges of the seals at one moment."""

    def __init__(self, lag: Lag) -> None:
        self._lag = lag

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge."""
        for name, description, value in (
            ("sealing", "1 while the log is sealed; 0 before the first checkpoint, or when the sealer has stopped.",
             float(self._lag.state == "sealing")),
            ("sealing_lag_seconds", "Age of the first event that is not sealed.", self._lag.seconds),
            ("sealing_lag_events", "Events that are not sealed, at most 100,001.", self._lag.events),
            ("sealed_position", "Position of the last event that is sealed.", self._lag.position),
            ("log_epoch", "Epoch of the log, which a restore or a promotion raises.", self._lag.epoch),
        ):  # fmt: skip
            gauge = GaugeMetricFamily(f"fundtrail_{name}", description)
            gauge.add_metric([], value)
            yield gauge


class Replication(Collector):
    """The standbys of this server, and how far it is behind if it is one itself."""

    def __init__(self, standbys: progress.Standbys, standby: progress.Standby | None) -> None:
        self._standbys = standbys
        self._standby = standby

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges whose value is known."""
        for name, description, value in (
            ("standbys", "Standbys that receive the log from this server.", self._standbys.connected),
            ("synchronous", "Receivers of the log that a commit waits for.", self._standbys.synchronous),
            ("in_recovery", "1 where this server is a standby, else 0.", float(self._standby is not None)),
            ("lag_seconds", "Age of the last moment that a standby knows.", self._lag("seconds_behind")),
            ("lag_bytes", "Bytes that a standby has received and not replayed.", self._lag("bytes_behind")),
        ):
            if value is not None:
                gauge = GaugeMetricFamily(f"fundtrail_replication_{name}", description)
                gauge.add_metric([], value)
                yield gauge

    def _lag(self, field: str) -> float | None:
        return getattr(self._standby, field, None)


class Connections(Collector):
    """Whether the database responds and can write, and the connections of each pool.

    *pools* are their statistics by name. Of a database that is not *up* it is not known whether it is *writable*.
    """

    def __init__(self, pools: Mapping[str, Mapping[str, int]], *, up: bool, writable: bool = True) -> None:
        self._pools = pools
        self._up = up
        self._writable = writable

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; those of pools with one value for each pool."""
        up = GaugeMetricFamily("fundtrail_database_up", "1 while the database responds, else 0.")
        up.add_metric([], float(self._up))
        yield up
        if self._up:
            writable = GaugeMetricFamily("fundtrail_database_writable", "1 while the database can write to its disk.")
            writable.add_metric([], float(self._writable))
            yield writable
        for name, description, key in (
            ("connections", "Open connections of the pool.", "pool_size"),
            ("idle", "Connections of the pool that nobody uses.", "pool_available"),
            ("waiting", "Callers that wait for a connection of the pool.", "requests_waiting"),
        ):
            gauge = GaugeMetricFamily(f"fundtrail_pool_{name}", description, labels=["pool"])
            for pool, statistics in self._pools.items():
                gauge.add_metric([pool], statistics.get(key, 0))
            yield gauge


def _counter(name: str, description: str, label: str, numbers: Mapping[str, int]) -> Metric:
    counter = CounterMetricFamily(name, description, labels=[label])
    for value, number in sorted(numbers.items()):
        counter.add_metric([value], number)
    return counter


def _state_is(state: str) -> Callable[[progress.ProgressLine], float]:
    return lambda line: float(line.state == state)


async def shortage_now(connection: Connection) -> str | None:
    """What the database lacks to write: a sentence; None while it can write to its disk."""
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL work_mem = '64kB'")
            await connection.execute(_WRITES)
    except psycopg.Error as error:
        sentence = shortage_of(error)
        if sentence is None:
            raise
        return sentence
    return None


def add_metrics(app: FastAPI) -> None:
    """Answer GET /metrics, also while the database does not respond."""

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        state = request.app.state
        registry, writable = CollectorRegistry(), True
        try:
            # They count the events of everybody.
            _, seen = await allowed(request)
            refuse_unseen(Seen(seen.everywhere), (Area.OFFICE,), "the metrics")
            async with state.reads.connection() as connection:
                registry.register(Gauges(await progress.head(connection), await progress.progress(connection)))
                registry.register(Sealing(await read_lag(connection)))
                writable = await shortage_now(connection) is None
                registry.register(Replication(await progress.standbys(connection), await progress.standby(connection)))
            up = True
        except (psycopg.OperationalError, PoolTimeout) as error:
            logger.warning("metrics without the database: %s", error)
            up = False
        pools = {"reads": state.reads.pool.get_stats(), "log": state.log.pool.get_stats()}
        registry.register(Connections(pools, up=up, writable=writable))
        registry.register(Answers())
        return Response(generate_latest(registry) + generate_latest(MEASURED), media_type=CONTENT_TYPE_LATEST)

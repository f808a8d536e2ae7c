"""Clients share the connections to the read models. Each waits for its turn, and no error keeps a connection."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.across.permissions import Area, Seen
from infra.database.pool import ClientReads, PooledReads
from infra.database.postgres import READER, Database
from tests.infra.database.test_sessions import end_sessions
from tests.kit.database.writing import ask, eventually

SOON_SECONDS = 10.0


def run(check: Coroutine[Any, Any, None]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(SOON_SECONDS):
            await check

    asyncio.run(in_time())


async def answers(client: ClientReads) -> bool:
    async with client.connection() as connection:
        found = await (await connection.execute("SELECT 1")).fetchone()
    return found == (1,)


async def waits(client: ClientReads) -> "asyncio.Task[bool]":
    """A query that waits for its turn."""
    waiting = asyncio.create_task(answers(client))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    return waiting


def test_one_client_waits_for_itself_while_another_is_answered(database: Database) -> None:
    async def check() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            async with reads.for_client("finance").connection():
                waiting = await waits(reads.for_client("finance"))
                assert await answers(reads.for_client("programme office"))
                assert not waiting.done()
            assert await waiting

    run(check())


def test_a_caller_that_stops_waiting_keeps_no_turn(database: Database) -> None:
    async def check() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            client = reads.for_client("finance")
            async with client.connection():
                waiting = await waits(client)
                waiting.cancel()
            assert await answers(client)

    run(check())


def test_a_query_that_fails_or_is_cancelled_keeps_no_connection(database: Database) -> None:
    async def check() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            client = reads.for_client("finance")

            async def long() -> None:
                async with client.connection() as connection:
                    await connection.execute("SELECT pg_sleep(60)")

            for _ in range(5):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    async with client.connection() as connection:
                        await connection.execute("SELECT 1 / 0")
                cancelled = asyncio.create_task(long())
                await asyncio.sleep(0.05)
                cancelled.cancel()
            assert await answers(client)

    run(check())


def test_the_next_caller_does_not_get_a_transaction_that_was_left_open(database: Database) -> None:
    async def check() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            client = reads.for_client("finance")
            async with client.connection() as connection:
                await connection.execute("BEGIN")
            async with client.connection() as connection:
                assert psycopg.pq.TransactionStatus.IDLE == connection.info.transaction_status

    run(check())


def test_a_turn_is_given_back_when_there_is_no_connection(database: Database) -> None:
    async def check() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            client = reads.for_client("finance")
            await reads.pool.close()
            for _ in range(3):
                with pytest.raises(psycopg.OperationalError):
                    await answers(client)

    run(check())


def test_a_reader_with_a_scope_has_statements_planned_once(database: Database) -> None:
    seen = Seen(frozenset(), {Area.CASES: frozenset({"partnership-1"})})

    async def planned(reads: PooledReads) -> list[str]:
        async with reads.for_places("bidder", seen).connection() as connection:
            found = await connection.execute("SELECT statement FROM pg_prepared_statements")
            return [statement for (statement,) in await found.fetchall()]

    async def check() -> None:
        async with PooledReads(database, pool_size=1) as reads:
            for _ in range(10):
                async with reads.for_places("bidder", seen).connection() as connection:
                    await connection.execute("SELECT count(*) FROM bids")
            assert "SELECT count(*) FROM bids" in await planned(reads)
            # The control: psycopg forgets them with a transaction that is rolled back.
            async with reads.for_places("bidder", seen).connection() as connection:
                await connection.rollback()
            assert [] == await planned(reads)

    run(check())


def test_a_reader_with_a_scope_that_fails_or_is_cancelled_keeps_no_connection(database: Database) -> None:
    seen = Seen(frozenset(), {Area.CASES: frozenset({"partnership-1"})})

    async def check() -> None:
        async with PooledReads(database, pool_size=1) as reads:
            client = reads.for_places("bidder", seen)

            async def long() -> None:
                async with client.connection() as connection:
                    await connection.execute("SELECT pg_sleep(60)")

            for _ in range(5):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    async with client.connection() as connection:
                        await connection.execute("SELECT 1 / 0")
                cancelled = asyncio.create_task(long())
                await asyncio.sleep(0.05)
                cancelled.cancel()
            async with client.connection() as connection:
                assert psycopg.pq.TransactionStatus.INTRANS == connection.info.transaction_status
                found = await (await connection.execute("SELECT current_setting('fundtrail.cases')")).fetchone()
                assert ('{"partnership-1"}',) == found

    run(check())


# --- A failover -------------------------------------------------------------------------------------------------------


async def _failures_after_every_session_was_ended(database: Database) -> int:
    """How many of four questions fail once the listener has connected again after the server ended all sessions."""
    async with PooledReads(database, pool_size=4) as reads, AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(reads.connection())
        await held.aclose()
        before = listeners(database)
        end_sessions(database)
        await asyncio.to_thread(eventually, lambda: listeners(database) not in ([], before), "the listener is back")
        questions = [answers(reads.for_client(f"client {number}")) for number in range(4)]
        return sum(isinstance(one, Exception) for one in await asyncio.gather(*questions, return_exceptions=True))


def listeners(database: Database) -> list[tuple[Any, ...]]:
    """The sessions of readers that listen."""
    return ask(
        database, "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()"
    )


def test_after_a_failover_no_connection_that_broke_fails_another_question(database: Database) -> None:
    async def check() -> None:
        assert 0 == await _failures_after_every_session_was_ended(database)

    run(check())


def test_without_a_look_at_them_connections_that_broke_would_fail_questions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""

    async def nothing(_: PooledReads) -> None:
        pass

    monkeypatch.setattr(PooledReads, "_renew", nothing)

    async def check() -> None:
        assert 0 < await _failures_after_every_session_was_ended(database)

    run(check())


def test_a_connection_string_of_several_hosts_keeps_them_and_waits_briefly_for_each() -> None:
    given = "postgresql://owner@one:5432,two:5433/fundtrail?target_session_attrs=read-write&connect_timeout=9"
    for database, role in (
        (Database(given), None),
        (Database(given), READER),
        (Database("", ((READER, given),)), READER),
    ):
        about = conninfo_to_dict(database.conninfo(role))
        assert ("one,two", "5432,5433", "read-write") == (about["host"], about["port"], about["target_session_attrs"])
        assert ("9", "2") == (str(about["connect_timeout"]), about["keepalives_idle"])
    assert "connect_timeout" not in conninfo_to_dict(Database("postgresql://owner@one/fundtrail").conninfo())

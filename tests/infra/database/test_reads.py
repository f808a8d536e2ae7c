"""Clients share the connections to the read models: each waits its turn, and nothing that goes wrong keeps one."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import psycopg
import pytest

from infra.database.postgres import Database
from infra.database.reads import PooledReads, Share

SOON_SECONDS = 10.0


def ask(question: Coroutine[Any, Any, None]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(SOON_SECONDS):
            await question

    asyncio.run(in_time())


async def answers(share: Share) -> bool:
    async with share.connection() as connection:
        found = await (await connection.execute("SELECT 1")).fetchone()
    return found == (1,)


async def waits(share: Share) -> "asyncio.Task[bool]":
    """A question that waits for its turn."""
    waiting = asyncio.create_task(answers(share))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    return waiting


def test_one_client_waits_for_itself_while_another_is_answered(database: Database) -> None:
    async def question() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            async with reads.of("finance").connection():
                waiting = await waits(reads.of("finance"))
                assert await answers(reads.of("programme office"))
                assert not waiting.done()
            assert await waiting

    ask(question())


def test_who_gives_up_waiting_keeps_no_turn(database: Database) -> None:
    async def question() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            share = reads.of("finance")
            async with share.connection():
                waiting = await waits(share)
                waiting.cancel()
            assert await answers(share)

    ask(question())


def test_a_question_that_fails_or_is_called_off_keeps_no_connection(database: Database) -> None:
    async def question() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            share = reads.of("finance")

            async def long() -> None:
                async with share.connection() as connection:
                    await connection.execute("SELECT pg_sleep(60)")

            for _ in range(5):
                with pytest.raises(psycopg.errors.DivisionByZero):
                    async with share.connection() as connection:
                        await connection.execute("SELECT 1 / 0")
                called_off = asyncio.create_task(long())
                await asyncio.sleep(0.05)
                called_off.cancel()
            assert await answers(share)

    ask(question())


def test_a_transaction_that_was_left_open_is_not_handed_to_the_next(database: Database) -> None:
    async def question() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            share = reads.of("finance")
            async with share.connection() as connection:
                await connection.execute("BEGIN")
            async with share.connection() as connection:
                assert psycopg.pq.TransactionStatus.IDLE == connection.info.transaction_status

    ask(question())


def test_a_turn_is_given_back_where_there_is_no_connection_to_be_had(database: Database) -> None:
    async def question() -> None:
        async with PooledReads(database, pool_size=2) as reads:
            share = reads.of("finance")
            await reads.pool.close()
            for _ in range(3):
                with pytest.raises(psycopg.OperationalError):
                    await answers(share)

    ask(question())

"""How long pages take over HTTP: home over 100,000 bids and 10,000 awards, and a partnership with 2,000 entries.

Run by ``make bench``. The smaller database has a tenth of each.
"""

from infra.database.postgres import Database
from tests.bench import delays, lists
from tests.bench.turns import in_turns

AWARDS, ENTRIES, ROUNDS = 10_000, 2_000, 12
ENTRY = """
INSERT INTO read.timeline
SELECT n, 'partnership-1', 'partnership-1', 'scheme-1', 'programme-1',
       (ARRAY['BID', 'AWARD', 'DISBURSEMENT', 'DELIVERY', 'OUTCOME'])[1 + n % 5], 'PaymentReleased',
       day::text, day, day, day, NULL, now(), 'Payment ' || n || ' released', 100 + n, 'GBP', 'releaser', 'event-' || n,
       n, 9223372036854775807
  FROM (SELECT n, date '2004-01-01' + (n * 7919 % 1800) AS day FROM generate_series(1, {entries}) n) d
"""
PAGES = {
    "home": "/",
    "a partnership": "/partnerships/c1",
    "partnerships": "/partnerships",
    "partnerships by name": "/partnerships?text=name%2017",
    "bids that wait": "/bids",
    "bids past a standard": "/bids?late=yes",
    "payments": "/payments",
}


def fill(database: Database, size: str) -> dict[str, int]:
    """Bids, awards and a long timeline in the read models, as the projector stores them."""
    part = 1 if size == "full" else 10
    found = delays.fill(database, size)
    with database.connect() as connection:
        connection.execute(lists.FILL)
        connection.execute(lists.MANY.format(awards=AWARDS // part))
        connection.execute(ENTRY.format(entries=ENTRIES // part))
        connection.execute("ANALYZE")
    return found | {"awards": AWARDS // part, "entries": ENTRIES // part}


if __name__ == "__main__":
    in_turns("pages", PAGES, fill, ROUNDS)

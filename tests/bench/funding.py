"""How long queries of funding take over HTTP, and how that grows: run by ``make bench``, not as a test.

One award with payments and one programme with awards are generated at full size and at a tenth, in one database
server. Requests to both sizes take turns in one run, so that a busy machine affects both alike.
"""

from infra.database.postgres import Database
from tests.bench.turns import in_turns

ROUNDS = 300
PAYMENTS, AWARDS = 1000, 10_000
POSTINGS_OF_AWARD = 100

FIGURES = "{ requested { amount } awarded { amount } payable { amount } paid { amount } available { amount } position }"
QUESTIONS = {
    "award": f'{{ award(reference: "BENCH-0") {{ funding {FIGURES} }} }}',
    "programme": f'{{ programme(code: "bench") {{ funding {FIGURES} }} }}',
    "programme, as at a past day": f'{{ programme(code: "bench") {{ funding(asAt: "2010-01-01") {FIGURES} }} }}',
}

# Rows as the projector writes them. Amounts are in pence; each posting has an opposite posting.
FILL = """
INSERT INTO read.programmes (id, code, name, currency, begun) VALUES ('programme-b', 'bench', 'Bench', 'GBP', '2004');
INSERT INTO read.ledger_places (thing, currency, programme_id) VALUES ('programme-b', 'GBP', 'programme-b');
INSERT INTO read.ledger_places (thing, currency, partnership_id, scheme_id, programme_id)
SELECT 'award-' || n, 'GBP', 'partnership-' || n % 500, 'scheme-b', 'programme-b' FROM generate_series(0, {awards}) n;
INSERT INTO read.awards (id, reference, status, partnership_id, amount, currency, "on", position, amount_stated, day)
SELECT 'award-' || n, 'BENCH-' || n, 'accepted', 'partnership-' || n % 500, 1000, 'GBP', '2004', n, true, '2004-01-01'
  FROM generate_series(0, {awards}) n;
"""
POST = """
INSERT INTO read.postings
SELECT {start} + p.nth, s.side, CASE s.side WHEN 1 THEN 'paid' ELSE 'payable' END,
       CASE s.side WHEN 1 THEN 100 ELSE -100 END, 'GBP', DATE '2004-01-01' + (p.nth %% 5000)::integer, true,
       'award-' || p.award, NULL, 'partnership-' || p.award %% 500, 'scheme-b', 'programme-b',
       NULL, true, 1
  FROM (SELECT nth, {award} AS award FROM generate_series(1, {count}) nth) p CROSS JOIN (VALUES (1), (2)) s (side)
"""


def fill(database: Database, size: str) -> dict[str, int]:
    """Fill the read models. Return the number of rows by kind."""
    awards, payments = (AWARDS, PAYMENTS) if size == "full" else (AWARDS // 10, PAYMENTS // 10)
    with database.connect() as connection:
        # The trigger writes balances to the schema in the search path, as in a rebuild.
        connection.execute("SET search_path = read")
        connection.execute(FILL.format(awards=awards))
        # The first award has *payments* of its own, each requested, approved and released: two postings for each step.
        connection.execute(POST.format(start=0, award="0", count=2 * payments).replace("%%", "%"))
        position, left = 2 * payments, awards * POSTINGS_OF_AWARD // 2
        while left > 0:
            count = min(left, 50_000)
            award = f"(1 + (({position} + nth) % {awards}))"
            connection.execute(POST.format(start=position, award=award, count=count).replace("%%", "%"))
            position, left = position + count, left - count
        connection.execute("UPDATE read.projections SET position = %s", (position,))
        connection.execute("VACUUM ANALYZE")
        row = connection.execute("SELECT count(*) FROM read.postings").fetchone()
    assert row is not None
    return {"awards": awards, "payments of the first": payments, "postings": int(row[0])}


if __name__ == "__main__":
    in_turns("funding", QUESTIONS, fill, ROUNDS)

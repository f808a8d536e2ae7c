"""How long pages of a list of 1,000,000 awards take over HTTP, with 100,000 and beside PostGraphile: ``make bench``."""

from infra.database.postgres import Database
from tests.bench.turns import in_turns

AWARDS, ROUNDS = 1_000_000, 30
NODES = "nodes { id reference state amount { amount currency } on { text } }"
# Half of the partnerships are of one scheme. One award in ten is closed; one in twenty is in euro.
FILL = """
INSERT INTO read.programmes (id, code, name, currency, funder_id, begun)
VALUES ('programme-1', 'p', 'P', 'GBP', 'organisation-1', '2004');
INSERT INTO read.schemes SELECT 'scheme-' || n, 'programme-1', 's' || n, 'S' || n, 'grant', NULL
  FROM generate_series(1, 2) n;
INSERT INTO read.organisations VALUES ('organisation-1', 'funder', 'Funder', 'council', NULL, NULL);
INSERT INTO read.partnerships
SELECT 'partnership-' || n, 'c' || n, 'Name ' || n, 'council', 'scheme-' || 1 + n % 2, 'programme-1', NULL, NULL, NULL
  FROM generate_series(1, 500) n;
"""
MANY = """
INSERT INTO read.awards (id, reference, status, partnership_id, amount, currency, purpose, "on", position,
                         amount_stated, day)
SELECT 'award-' || n, 'A-' || n, CASE WHEN n % 10 = 0 THEN 'closed' ELSE 'accepted' END,
       'partnership-' || 1 + n * 7919::bigint % 500, 1000 + (n * 104729::bigint) % 1000000 / 100.0,
       CASE WHEN n % 20 = 0 THEN 'EUR' ELSE 'GBP' END, 'Purpose ' || n, day::text, n, true, day
  FROM (SELECT n, date '2004-01-01' + (n * 31 % 3000)::integer AS day FROM generate_series(1, {awards}) n) d
"""
BY_AMOUNT = "orderBy: { field: AMOUNT, direction: DESC }"
QUESTIONS = {
    "the 20 largest": f"{{ awards(first: 20, {BY_AMOUNT}) {{ {NODES} pageInfo {{ endCursor }} }} }}",
    "the last page by amount": f"{{ awards(last: 20, {BY_AMOUNT}) {{ {NODES} }} }}",
    "the 20 largest that are closed": f"{{ awards(first: 20, {BY_AMOUNT}, filter: {{ state: [CLOSED] }}) {{ {NODES} }}"
    " }",
    "the first of a partnership": f'{{ awards(first: 20, filter: {{ partnership: "c7" }}) {{ {NODES} totalCount }} }}',
    "the 20 latest": f"{{ awards(first: 20, orderBy: {{ field: DATE, direction: DESC }}) {{ {NODES} }} }}",
    "the totals of a scheme": '{ awards(first: 1, filter: { scheme: "s1" }) { totals { amount currency } } }',
}
_ROW = "nodes { rowId reference status amount currency on }"
OF_TABLES = {
    "the 20 largest": f"{{ allAwards(first: 20, orderBy: [AMOUNT_DESC, POSITION_DESC]) {{ {_ROW}"
    " pageInfo { endCursor } } }",
    "the last page by amount": f"{{ allAwards(last: 20, orderBy: [AMOUNT_DESC, POSITION_DESC]) {{ {_ROW} }} }}",
    "the 20 largest that are closed": "{ allAwards(first: 20, orderBy: [AMOUNT_DESC, POSITION_DESC],"
    f' condition: {{ status: "closed" }}) {{ {_ROW} }} }}',
    "the first of a partnership": "{ allAwards(first: 20, orderBy: [POSITION_ASC],"
    f' condition: {{ partnershipId: "partnership-7" }}) {{ {_ROW} totalCount }} }}',
    "the 20 latest": f"{{ allAwards(first: 20, orderBy: [DAY_DESC, POSITION_DESC]) {{ {_ROW} }} }}",
}


def fill(database: Database, size: str) -> dict[str, int]:
    """Awards in the read models, as the projector stores them."""
    awards = AWARDS if size == "full" else AWARDS // 10
    with database.connect() as connection:
        connection.execute(FILL)
        connection.execute(MANY.format(awards=awards))
        connection.execute("VACUUM ANALYZE read.awards")
        connection.execute("ANALYZE")
    return {"awards": awards}


if __name__ == "__main__":
    in_turns("lists", QUESTIONS, fill, ROUNDS, beside=OF_TABLES)

"""A long log made from a short one: each copy is a programme of its own, with ids, codes and references of its own."""

from infra.database.postgres import Database

# In a body, ids and names that must be unique are followed by the number of the copy.
COPY = """
WITH copied AS (
    SELECT e.originator_id, e.originator_version, e.topic, e.schema_version, e.recorded_at, e.actor, e.authority,
           e.notification_id, c.n,
           regexp_replace(regexp_replace(convert_from(e.state, 'UTF8'),
               '"((?:programme|scheme|round|organisation|partnership|bid|award|delivery|outcome)-[^"]+)"',
               '"\\1.' || c.n || '"', 'g'),
               '"(code|reference|name)":"([^"]+)"', '"\\1":"\\2.' || c.n || '"', 'g') AS body
      FROM log.events e CROSS JOIN generate_series(%(first)s::int, %(last)s::int) c (n)
     WHERE e.notification_id <= %(length)s
)
INSERT INTO log.events (originator_id, originator_version, topic, state, notification_id, schema_version, event_id,
                        recorded_at, actor, authority, command_id, correlation_id)
SELECT originator_id || '.' || n, originator_version, topic, convert_to(body, 'UTF8'),
       n * %(length)s::bigint + notification_id, schema_version, gen_random_uuid(),
       (SELECT max(recorded_at) FROM log.events WHERE notification_id <= %(length)s) + n * interval '1 second'
           + notification_id * interval '1 microsecond',
       actor, authority, 'copy-' || n || '-' || notification_id, 'copy-' || n
  FROM copied ORDER BY n, notification_id
"""
AT_ONCE = 50


def grow(database: Database, length: int, wanted: int) -> int:
    """Let the log, which has *length* events, grow to about *wanted* by copies of itself; gives its new length."""
    copies = max(0, wanted // length - 1)
    with database.connect() as connection:
        for first in range(1, copies + 1, AT_ONCE):
            last = min(copies, first + AT_ONCE - 1)
            connection.execute(COPY, {"first": first, "last": last, "length": length})
        connection.execute("SELECT setval('log.positions', %s)", (length * (copies + 1),))
        connection.execute("VACUUM ANALYZE log.events")
    return length * (copies + 1)

"""A long log made from copies of a short one. Each copy is a separate programme with its own ids and references."""

from infra.database.postgres import Database

# Ids and names that must be unique get the number of the copy as a suffix.
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
    """Add copies of the *length* events of the log until it has about *wanted*. Return its new length."""
    copies = max(0, wanted // length - 1)
    with database.connect() as connection:
        for first in range(1, copies + 1, AT_ONCE):
            last = min(copies, first + AT_ONCE - 1)
            connection.execute(COPY, {"first": first, "last": last, "length": length})
        connection.execute("SELECT setval('log.positions', %s)", (length * (copies + 1),))
        connection.execute("VACUUM ANALYZE log.events")
    return length * (copies + 1)

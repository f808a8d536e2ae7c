"""The state of parts, which PostgreSQL makes from their steps."""

from projections.tables.corrections import NOW

# What is known of a part after its steps: the facts of a later step replace those of an earlier one. Each step adds
# when and by whom it was taken, under its own name.
_FACTS = """jsonb_object_agg(f.key, f.value ORDER BY position)"""


def folded(condition: str, as_at: str = "NULL::date", known: str = "NULL::bigint") -> str:
    """The SQL source ``parts`` of the parts whose state follows from the steps ``s`` that meet *condition*.

    Only steps count that were effective on the day *as_at* and are known at the position *known*. Both are SQL; NULL
    sets no limit. A part begins with the last step that begins it. If no such step counts, it does not exist yet.
    """
    at = f"coalesce({known}, {NOW - 1})"
    clocks = f"({as_at} IS NULL OR s.counts_from <= {as_at}) AND greatest(s.position, s.since) <= {at}"
    return f"""(SELECT id, kind, stream, number, part,
        CASE WHEN last_status = 'settled' AND remains > 0 THEN 'approved' ELSE last_status END AS status,
        amount, currency, remains, "on", day, by, position, events, facts, partnership_id,
        {as_at} AS as_at, {known} AS known
      FROM (SELECT id, kind, stream, number, part,
            (array_agg(s.status ORDER BY position DESC) FILTER (WHERE s.status IS NOT NULL))[1] AS last_status,
            (array_agg(s.amount ORDER BY position DESC) FILTER (WHERE s.amount IS NOT NULL))[1] AS amount,
            (array_agg(s.currency ORDER BY position DESC) FILTER (WHERE s.amount IS NOT NULL))[1] AS currency,
            min(s.left_over) AS remains, (array_agg(s."on" ORDER BY position))[1] AS "on",
            (array_agg(s.counts_from ORDER BY position))[1] AS day, (array_agg(s.actor ORDER BY position))[1] AS by,
            min(position) AS position, min(s.partnership_id) AS partnership_id,
            array_agg(DISTINCT position ORDER BY position) AS events, {_FACTS} AS facts
          FROM (SELECT b.*, sum(b.remains) FILTER (WHERE b.position >= b.begun) OVER (PARTITION BY b.id) AS left_over
                  FROM (SELECT s.*, max(s.position) FILTER (WHERE s.begins) OVER (PARTITION BY s.id) AS begun
                          FROM part_steps s WHERE {condition} AND {clocks} AND s.superseded > {at}) b) s
          CROSS JOIN LATERAL jsonb_each(
            jsonb_build_object(s.step, s."on", s.step || '_by', s.actor) || s.facts) f
         WHERE position >= begun GROUP BY id, kind, stream, number, part) state) parts"""  # noqa: S608


# Every part with one of the ids of an array, after all of its steps.
FOLDED = folded("s.id = ANY (%s::text[])")

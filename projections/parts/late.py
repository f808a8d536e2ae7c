"""What is late, short or about to be in a plan or a support case: one statement a kind, for what needs attention.

Each statement gives the columns of ``projections.attention.Kind``. It reads the parts as they are now.
"""

from projections.tables.corrections import NOW

# The last day of the text of a date: "2005-12" counts until 31 December. NULL for one that is not known.
LAST_DAY = """(SELECT CASE length(t) WHEN 10 THEN t::date
        WHEN 7 THEN ((t || '-01')::date + interval '1 month - 1 day')::date
        WHEN 4 THEN (t || '-12-31')::date END
   FROM (SELECT rtrim({}, '~') AS t) texts WHERE t ~ '^[0-9]{{4}}(-[0-9]{{2}}){{0,2}}$')"""

# What a delivery is called: its plan's title.
_TITLE = (
    "coalesce((SELECT t.facts->>'title' FROM parts t WHERE t.kind = 'planstep' AND t.stream = {row}.stream"
    " AND t.status = 'agreed' ORDER BY t.number DESC LIMIT 1), 'Plan')"
)
_ENDED = "EXISTS (SELECT FROM parts e WHERE e.kind = 'planstep' AND e.stream = {row}.stream AND e.status = 'ended')"
NO_MONEY = "NULL::numeric AS amount, NULL::text AS currency"

# The stages of the present plans and of the plans for the time after, each with its present due day. An earlier plan
# that a redesign with stages of its own replaced counts no more.
_STAGES = f"""
    SELECT g.id || '-' || nth AS thing, g.stream AS of_id, NULL::integer AS number,
           {_TITLE.format(row="g")} || ' / ' || (stage->>'name') AS reference, g.partnership_id, 'partner' AS who,
           g.day AS since, {LAST_DAY.format("coalesce(moved.due, stage->>'due')")} AS due, {NO_MONEY}
      FROM parts g CROSS JOIN LATERAL jsonb_array_elements(g.facts->'stages') WITH ORDINALITY of_plan (stage, nth)
      LEFT JOIN LATERAL (SELECT m.facts->>'due' AS due FROM parts m WHERE m.kind = 'planstep' AND m.stream = g.stream
                            AND m.status = 'moved' AND m.facts->>'milestone' = stage->>'name'
                            AND m.position > g.position ORDER BY m.position DESC LIMIT 1) moved ON true
     WHERE g.kind IN ('planstep', 'followon') AND g.status IN ('agreed', 'redesigned', 'filed')
       AND NOT EXISTS (SELECT FROM parts r WHERE g.kind = 'planstep' AND r.kind = 'planstep' AND r.stream = g.stream
                          AND r.status = 'redesigned' AND r.position > g.position
                          AND jsonb_array_length(r.facts->'milestones') > 0)
       AND NOT EXISTS (SELECT FROM parts r WHERE r.kind = 'planstep' AND r.stream = g.stream AND r.status = 'reached'
                          AND r.facts->>'milestone' = stage->>'name')
       AND NOT {_ENDED.format(row="g")}"""  # noqa: S608 - our own words
# A stage without a due day, or with one far ahead, is nothing to look at.
_SOON = f"SELECT * FROM ({_STAGES}) s WHERE s.due <= %(soon)s"  # noqa: S608 - our own words

_DELIVERABLES = f"""
    SELECT d.id AS thing, d.stream AS of_id, d.number, {_TITLE.format(row="d")} || ' / deliverable ' || d.number
           AS reference, d.partnership_id, CASE d.status WHEN 'rejected' THEN 'supplier' ELSE 'partner' END AS who,
           d.day AS since, {LAST_DAY.format("d.facts->>'due'")} AS due, {NO_MONEY}
      FROM parts d WHERE d.kind = 'deliverable' AND d.status <> 'accepted'"""  # noqa: S608 - our own words

# The last report of a strand counts: the latest by its day.
_RED = f"""
    SELECT s.id AS thing, s.stream AS of_id, NULL::integer AS number,
           {_TITLE.format(row="s")} || ' / ' || (s.facts->>'strand') AS reference, s.partnership_id, 'partner' AS who,
           s.day AS since, NULL::date AS due, {NO_MONEY}
      FROM (SELECT DISTINCT ON (p.stream, p.facts->>'strand') p.* FROM parts p WHERE p.kind = 'status'
             ORDER BY p.stream, p.facts->>'strand', p.day DESC, p.position DESC) s
     WHERE s.status = 'red' AND NOT {_ENDED.format(row="s")}"""  # noqa: S608 - our own words

_HELD_UP = f"""
    SELECT h.id AS thing, h.stream AS of_id, h.number, {_TITLE.format(row="h")} || ' / hold-up ' || h.number
           AS reference, h.partnership_id, CASE WHEN h.facts->>'cause' LIKE 'central%%' THEN 'funder'
           WHEN h.facts->>'cause' = 'supplier' THEN 'supplier' ELSE 'partner' END AS who,
           h.day AS since, NULL::date AS due, {NO_MONEY}
      FROM parts h WHERE h.kind = 'holdup' AND h.status = 'open'"""  # noqa: S608 - our own words

# A plan with an end needs a plan for the time after it, by that day. What the last redesign says of the end counts.
_NO_CONTINUATION = f"""
    SELECT g.id AS thing, g.stream AS of_id, NULL::integer AS number, {_TITLE.format(row="g")} AS reference,
           g.partnership_id, 'partner' AS who, g.day AS since, {LAST_DAY.format("g.facts->>'until'")} AS due,
           {NO_MONEY}
      FROM (SELECT DISTINCT ON (p.stream) p.* FROM parts p WHERE p.kind = 'planstep' AND p.facts ? 'until'
             ORDER BY p.stream, p.position DESC) g
     WHERE NOT EXISTS (SELECT FROM parts f WHERE f.kind = 'followon' AND f.stream = g.stream)
       AND NOT {_ENDED.format(row="g")}"""  # noqa: S608 - our own words
_PLAN_ENDS = f"SELECT * FROM ({_NO_CONTINUATION}) s WHERE s.due <= %(soon)s"  # noqa: S608 - our own words

_EXIT = f"""
    SELECT x.id AS thing, x.stream AS of_id, x.number, {_TITLE.format(row="x")} || ' / exit' AS reference,
           x.partnership_id, 'partner' AS who, x.day AS since, {LAST_DAY.format("x.facts->>'until'")} AS due,
           x.amount, x.currency
      FROM parts x WHERE x.kind = 'followon' AND x.facts->>'sort' = 'exit'
       AND NOT {_ENDED.format(row="x")}"""  # noqa: S608 - our own words

# A plan that the rules for a bid require, in their version of the day of the bid, is missing in the proposal, and none
# such was filed later. It is due when the round of a draft closes, or when the funded work of an award ends. A rule
# that only a source states requires nothing.
_PLAIN = r"lower(btrim(regexp_replace({}, '\s+', ' ', 'g')))"
_REQUIRED = f"""
    SELECT DISTINCT btrim(wanted.name) AS name FROM (
        SELECT DISTINCT ON (r.replaces) r.* FROM rules r
         WHERE r.scheme_id = p.scheme_id AND r.replaces LIKE 'eligibility/%%' AND NOT r.stated_only
           AND r.superseded = {NOW} AND coalesce({LAST_DAY.format("r.since")}, '-infinity')
               <= CASE b.status WHEN 'drafted' THEN %(day)s ELSE b.day END
         ORDER BY r.replaces, r.position DESC) v
     CROSS JOIN unnest(v.names) wanted (name)
     WHERE v.kind = 'required plans' AND (v.round_id IS NULL OR v.round_id = b.round_id)
       AND {_PLAIN.format("wanted.name")} <> ALL (b.plans)
       AND NOT EXISTS (SELECT FROM parts f WHERE f.kind = 'followon' AND f.partnership_id = b.partnership_id
                          AND CASE f.facts->>'sort' WHEN 'exit' THEN wanted.name ~* 'exit'
                              ELSE wanted.name ~* 'continu|sustain' END)"""  # noqa: S608 - our own words
_PLAN_REQUIRED = f"""
    SELECT b.id AS thing, b.id AS of_id, NULL::integer AS number, b.reference || ': ' || missing.names AS reference,
           b.partnership_id, 'bidder' AS who, CASE WHEN b.status <> 'drafted' THEN b.day END AS since,
           CASE b.status WHEN 'drafted' THEN {LAST_DAY.format("n.closes")}
                WHEN 'awarded' THEN {LAST_DAY.format("ends.until")} END AS due, {NO_MONEY}
      FROM bids b JOIN partnerships p ON p.id = b.partnership_id LEFT JOIN rounds n ON n.id = b.round_id
     CROSS JOIN LATERAL (SELECT string_agg(m.name, ', ' ORDER BY m.name) AS names FROM ({_REQUIRED}) m) missing
      LEFT JOIN LATERAL (SELECT g.facts->>'until' AS until FROM parts g WHERE g.kind = 'planstep' AND g.facts ? 'until'
                            AND g.partnership_id = b.partnership_id ORDER BY g.position DESC LIMIT 1) ends ON true
     WHERE b.status IN ('drafted', 'submitted', 'approved', 'awarded') AND missing.names IS NOT NULL"""  # noqa: S608
# A review of a support case that is due soon, or past its day, and was neither held nor missed.
_REVIEWS = f"""
    SELECT * FROM (SELECT v.id AS thing, v.stream AS of_id, v.number, o.code || ' / case ' || v.part || ' / '
           || replace(v.facts->>'sort', '_', ' ') || ' ' || v.number AS reference, v.partnership_id, 'authority' AS who,
           v.day AS since, {LAST_DAY.format("v.facts->>'due'")} AS due, {NO_MONEY}
      FROM parts v JOIN organisations o ON o.id = v.stream WHERE v.kind = 'review' AND v.status = 'planned') s
     WHERE s.due <= %(soon)s"""  # noqa: S608 - our own words
_UNANSWERED = f"""
    SELECT h.id AS thing, h.stream AS of_id, h.number, o.code || ' / case ' || h.part || ' / offer ' || h.number
           AS reference, h.partnership_id, 'authority' AS who, h.day AS since, NULL::date AS due, {NO_MONEY}
      FROM parts h JOIN organisations o ON o.id = h.stream
     WHERE h.kind = 'helpoffer' AND h.status = 'offered'"""  # noqa: S608 - our own words

# The name, the words and the rule of each kind, and its statement.
OF_PLANS: dict[tuple[str, str, str], str] = {
    ("STAGE_DUE", "a stage of a plan is not reached", "R037: stages with planned and actual dates"): _SOON,
    ("DELIVERABLE_OPEN", "a deliverable of a supplier is not accepted", "R041: acceptance of deliverables"): (
        _DELIVERABLES
    ),
    ("STRAND_RED", "a strand of the work is red", "R055: traffic lights by strand"): _RED,
    ("HELD_UP", "the work stands still", "R123: reasons for projects not progressing"): _HELD_UP,
    ("FOLLOW_ON_MISSING", "a plan ends and none is filed for the time after it", "R094: plans to continue"): (
        _PLAN_ENDS
    ),
    (
        "PLAN_REQUIRED",
        "a plan that a rule of the round or scheme requires is missing",
        "R013: plans as part of a bid",
    ): (_PLAN_REQUIRED),
    ("EXIT_DUE", "an exit was planned and the work has not ended", "R095: exits with an end date"): _EXIT,
    ("REVIEW_DUE", "a review of an authority is neither held nor missed", "R107: self-evaluation and challenge"): (
        _REVIEWS
    ),
    ("HELP_UNANSWERED", "an offer of help is neither accepted nor declined", "R100: offers of help"): _UNANSWERED,
}

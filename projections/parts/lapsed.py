"""What has lapsed or is missing in what partners do jointly: one statement a kind, for what needs attention.

Each statement gives the columns of ``projections.attention.Kind``. It reads the parts as they are now.
"""

from projections.parts.late import LAST_DAY, NO_MONEY

# The last word about the sponsor of a partner, where no sponsor of it stands: it lapsed, or its time is over or nearly.
_UNTIL = LAST_DAY.format("s.facts->>'until'")
_SPONSORS = f"""
    SELECT * FROM (SELECT DISTINCT ON (s.stream, s.facts->>'organisation_id') s.id AS thing, s.stream AS of_id,
           s.number, p.code || ' / ' || o.code || ' / ' || (s.facts->>'post') AS reference, s.partnership_id,
           'partner' AS who, s.day AS since,
           CASE s.status WHEN 'named' THEN {_UNTIL} ELSE {LAST_DAY.format("s.facts->>'lapsed'")} END AS due, {NO_MONEY}
      FROM parts s JOIN partnerships p ON p.id = s.stream JOIN organisations o ON o.id = s.facts->>'organisation_id'
     WHERE s.kind = 'sponsor'
     ORDER BY s.stream, s.facts->>'organisation_id', s.status = 'named' DESC, coalesce({_UNTIL}, 'infinity') DESC,
              s.position DESC) last WHERE last.due <= %(soon)s"""  # noqa: S608 - our own words
_COMMITMENTS = f"""
    SELECT * FROM (SELECT c.id AS thing, c.stream AS of_id, c.number, p.code || ' / ' || o.code || ' / '
           || (c.facts->>'text') AS reference, c.partnership_id, 'centre' AS who, c.day AS since,
           {LAST_DAY.format("c.facts->>'until'")} AS due, {NO_MONEY}
      FROM parts c JOIN partnerships p ON p.id = c.stream JOIN organisations o ON o.id = c.facts->>'organisation_id'
     WHERE c.kind = 'commitment' AND c.status = 'given') open WHERE open.due <= %(soon)s"""  # noqa: S608 - our own words
# A bid of several partners that waits for its decision, without an agreement that all of them signed on what each
# expects.
_PARTNERS = """(SELECT DISTINCT m.organisation_id FROM partners m
    WHERE m.partnership_id = b.partnership_id AND m."left" IS NULL)"""
_SIGNED = """(SELECT DISTINCT ON (s.part, s.facts->>'organisation_id') s.part, s.status,
           s.facts->>'organisation_id' AS organisation_id FROM parts s
     WHERE s.stream = b.partnership_id AND s.kind = 'agreementstep' AND s.status IN ('signed', 'left')
     ORDER BY s.part, s.facts->>'organisation_id', s.position DESC)"""
_EXPECTATIONS = f"""
    SELECT b.id AS thing, b.id AS of_id, NULL::integer AS number, b.reference, b.partnership_id, 'bidder' AS who,
           b.day AS since, NULL::date AS due, {NO_MONEY}
      FROM bids b WHERE b.status = 'submitted' AND (SELECT count(*) FROM {_PARTNERS} m) > 1
       AND NOT EXISTS (SELECT FROM parts a WHERE a.stream = b.partnership_id AND a.kind = 'agreement'
            AND a.facts->>'sort' = 'expectations' AND NOT EXISTS (SELECT FROM {_PARTNERS} m WHERE NOT EXISTS (
                SELECT FROM {_SIGNED} s WHERE s.part = a.number AND s.status = 'signed'
                   AND s.organisation_id = m.organisation_id)))"""  # noqa: S608 - our own words
# A provision on a theme in which fewer than half of the partners have a need.
_THEME = r"lower(btrim(regexp_replace({}.facts->>'theme', '\s+', ' ', 'g')))"
_FITS = f"""
    SELECT v.id AS thing, v.stream AS of_id, v.number, p.code || ' / ' || (v.facts->>'theme') AS reference,
           v.partnership_id, 'partner' AS who, v.day AS since, NULL::date AS due, v.amount, v.currency
      FROM parts v JOIN partnerships p ON p.id = v.stream
     CROSS JOIN LATERAL (SELECT count(*) AS all_of, count(*) FILTER (WHERE EXISTS (
            SELECT FROM parts n WHERE n.stream = v.stream AND n.kind = 'need'
               AND n.facts->>'organisation_id' = m.organisation_id
               AND {_THEME.format("n")} = {_THEME.format("v")})) AS with_need
            FROM (SELECT DISTINCT organisation_id FROM partners WHERE partnership_id = v.stream AND "left" IS NULL) m) f
     WHERE v.kind = 'provision' AND f.with_need * 2 < f.all_of"""  # noqa: S608 - our own words
_QUERIED = f"""
    SELECT r.id AS thing, r.stream AS of_id, r.number, a.reference || ' / ' || r.number AS reference, r.partnership_id,
           'partner' AS who, {LAST_DAY.format("r.facts->>'judged'")} AS since, NULL::date AS due, {NO_MONEY}
      FROM parts r JOIN awards a ON a.id = r.stream
     WHERE r.kind = 'return' AND r.facts->>'accepted' = 'false'"""  # noqa: S608 - our own words

# The name, the words and the rule of each kind, and its statement.
OF_PARTNERS: dict[tuple[str, str, str], str] = {
    ("SPONSOR_LAPSED", "a partner has no sponsor any more, or soon", "R113: commitment of senior sponsors"): _SPONSORS,
    ("COMMITMENT_OPEN", "a commitment to a partnership is not kept yet", "R061: commitments of central bodies"): (
        _COMMITMENTS
    ),
    (
        "EXPECTATIONS_MISSING",
        "the partners of a bid have not all signed what each expects",
        "R139: expectations of each partner before a joint bid",
    ): _EXPECTATIONS,
    ("FITS_FEW", "a provision fits fewer than half of the partners", "R151: projects that fit few"): _FITS,
    ("RETURN_QUERIED", "a return was queried and not filed again", "R062: one template for all returns"): _QUERIED,
}

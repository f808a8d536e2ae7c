"""Rows that are written otherwise than most: odd texts, sums, dates and instants, and odd currencies."""

CODE = "worcestershire-partnership"
# Texts, sums and instants that are written otherwise than most.
ODD = """
UPDATE read.timeline SET title = E'"quoted" \\\\ back\\u0001slash\\b\\f\\n\\r\\t/\\x7f' WHERE position % 5 = 0;
UPDATE read.timeline SET title = U&'Caf\\00E9 \\4E2D\\6587 \\+01F600 \\2028\\FEFF </script>' WHERE position % 5 = 1;
UPDATE read.timeline SET actor = U&'\\FFFD' || actor WHERE position % 5 = 1;
UPDATE read.timeline SET recorded_at = date_trunc('second', recorded_at) WHERE position % 3 = 0;
UPDATE read.timeline SET until = '2004-03/2005~' WHERE position % 3 = 0;
UPDATE read.timeline SET recorded_at = date_trunc('second', recorded_at) + interval '120 milliseconds'
 WHERE position % 3 = 1;
UPDATE read.timeline SET amount = 0, currency = 'GBP' WHERE position % 7 = 0;
UPDATE read.timeline SET amount = 1234567890123, currency = 'JPY' WHERE position % 7 = 1;
UPDATE read.timeline SET amount = -0.005, currency = 'BHD' WHERE position % 7 = 2;
UPDATE read.timeline SET amount = 12.50, currency = NULL WHERE position % 7 = 3;
UPDATE read.timeline SET amount = 12.50, currency = 'EUR' WHERE position % 7 = 4;
SET session_replication_role = replica;
UPDATE log.events SET authority = NULL, causation_id = 'cause "1"' WHERE notification_id % 2 = 0;
UPDATE log.events SET authority = '', actor = E'tab\\there' WHERE notification_id % 2 = 1;
UPDATE log.events SET recorded_at = date_trunc('second', recorded_at) + notification_id % 4 * interval '0.0401 s';
UPDATE log.events
   SET state = convert_to(replace(convert_from(state, 'UTF8'), '"target":null', '"target":"So \\"4\\""'), 'UTF8')
 WHERE topic = 'ProgrammeResultStated';
SET session_replication_role = DEFAULT;
UPDATE read.programmes SET until = '../2008-04~';
UPDATE read.awards SET ring_fence = E'a\ttab', round_id = (SELECT min(id) FROM read.rounds) WHERE position % 2 = 0;
UPDATE read.bids SET submitted_time = '16:45', admitted_because = 'So "it" be' WHERE position % 2 = 0;
UPDATE read.bank_entries SET kind = 'D"MCT' WHERE position % 2 = 0;
INSERT INTO read.part_steps
SELECT n, 'payment-' || a.id || '-' || n / 7 % 3, 'payment', a.id, n / 7 % 3, NULL, step,
       step IN ('requested', 'stated'),
       CASE step WHEN 'unsettled' THEN 'released' WHEN 'corrected' THEN NULL ELSE step END,
       n, (array['GBP', 'JPY', 'KWD'])[1 + n % 3], NULL, (array['2004-05', 'unknown'])[1 + n % 2], '2004-05-01',
       U&'\\00DF ' || n,
       CASE step WHEN 'unsettled' THEN '{"settled": null, "settled_by": null}'::jsonb
                 WHEN 'corrected' THEN '{"corrected_by": 2}' WHEN 'requested' THEN '{"corrects": 1}'
                 ELSE jsonb_build_object('bank_reference', E'tab\\there "x" ' || n, 'description', U&'\\4E2D') END,
       n, 9223372036854775807
  FROM generate_series(1, 400) n
 CROSS JOIN LATERAL (SELECT (array['requested', 'approved', 'released', 'settled', 'unsettled', 'reversed', 'stated',
                                   'withdrawn', 'corrected'])[1 + (n * 7919) % 9] AS step) steps
  JOIN (SELECT id, row_number() OVER (ORDER BY position) AS nth FROM read.awards) a ON a.nth = 1 + n / 21 % 9;
INSERT INTO read.part_steps
SELECT position, 'condition-' || id || '-9', 'condition', id, 9, NULL, 'set', true, 'open', NULL, NULL, NULL,
       '2004~', '2004-12-31', 'odd "by"', '{"text": "So \\"it\\" be", "precedent": true}', position,
       9223372036854775807
  FROM read.awards WHERE position % 2 = 0;
UPDATE read.part_steps SET facts = facts || '{"line": "Staff \\"1\\""}' WHERE kind = 'expenditure';
UPDATE read.part_steps SET facts = facts || '{"until": "2005-03/.."}' WHERE kind = 'variation' AND number = 1;
INSERT INTO read.part_steps
SELECT position + 1, id, kind, stream, number, part, 'undone', false, 'undone', NULL, NULL, NULL, '2004-12-01',
       '2004-12-01', 'clerk', '{"undone_because": "Another one"}', position + 1, superseded
  FROM read.part_steps WHERE kind = 'moneyback' AND number = 2;
INSERT INTO read.part_steps
SELECT position + n, 'profile-' || id || '-' || n, 'profile', id, n, NULL, step, true, step, 70, currency, NULL,
       '2004~', '2004-12-31', 'odd "by"', jsonb_build_object('because', because, 'lines', jsonb_build_array(
           jsonb_build_object('year', '2004-05', 'spending', 'capital',
                              'amount', jsonb_build_object('amount', '60.00', 'currency', 'GBP')),
           jsonb_build_object('year', '2005-06', 'spending', NULL,
                              'amount', jsonb_build_object('amount', '10', 'currency', 'JPY')))),
       position + n, 9223372036854775807
  FROM read.awards CROSS JOIN (VALUES (1, 'agreed', NULL), (2, 'changed', E'a\ttab')) v (n, step, because);
INSERT INTO read.part_steps
SELECT position, 'instalment-' || id || '-9', 'instalment', id, 9, NULL, 'scheduled', true, 'scheduled', 9999, currency,
       NULL, '2004~', '2004-12-31', 'odd "by"', '{"due": "2004-12"}', position, 9223372036854775807
  FROM read.awards WHERE position % 2 = 1;
INSERT INTO read.year_budgets
SELECT 10 + row_number() OVER (), 1, 9223372036854775807, s.programme_id, s.id, v.number, '2004-05', v.to_year,
       v.spending, 125050, 'GBP', '2004-05', '2004-05-31', 'odd "by"', 'A "letter"', U&'\\00DF'
  FROM read.schemes s
 CROSS JOIN (VALUES (NULL, NULL, NULL), (1, '2005-06', 'revenue'), (2, '2006-07', NULL)) v (number, to_year, spending);
UPDATE read.part_steps p SET partnership_id = a.partnership_id FROM read.awards a WHERE a.id = p.stream;
UPDATE read.awards SET purpose = NULL, basis = E'a\ttab', amount = 7 WHERE position % 3 = 0;
INSERT INTO read.bids (id, reference, title, status, partnership_id, currency, requested, approved, award_id, submitted,
                       position)
SELECT 'bid-odd-' || n, 'B' || n, (array['So "it" be', E'tab\\there', U&'\\00DF'])[1 + n % 3], 'submitted', p.id,
       (array['GBP', 'JPY', NULL])[1 + n % 3], n * 10, CASE n % 2 WHEN 0 THEN n END,
       CASE n % 3 WHEN 0 THEN (SELECT id FROM read.awards ORDER BY position OFFSET n % 9 LIMIT 1) END, '2004~',
       2000000 + n
  FROM generate_series(1, 40) n JOIN (SELECT id, row_number() OVER (ORDER BY code) AS nth FROM read.partnerships) p
    ON p.nth = n;
INSERT INTO read.spans (bid_id, attempt, nth, position, span, owner, outcome, started, sorts_on, ended, pauses, "limit",
                        days, deadline, calendar, partnership_id, kind, scheme_id, programme_id)
SELECT 'bid-odd-' || n, 1, nth, 2000000, (array['to_decision', 'to_award', 'to_money', 'eligibility', 'decision'])[nth],
       (array['funder', 'bidder'])[1 + n % 2], CASE (n + nth) % 3 WHEN 0 THEN 'reached' WHEN 1 THEN 'withdrawn' END,
       (array['2004-03-01', '2004-03', '2004~', 'unknown'])[1 + n % 4], '2004-03-01',
       CASE WHEN (n + nth) % 3 < 2 THEN (array['2004-07-15', '2004-07'])[1 + n % 2] END,
       (array['[]', '[["2004-03-20", "2004-04-02"], ["2004-05", null]]'])[1 + n % 2]::jsonb,
       CASE n % 3 WHEN 0 THEN 30 END, CASE n % 3 WHEN 0 THEN 'working' END,
       CASE n % 3 WHEN 0 THEN date '2004-06-20' END, 'scotland', '', '', '', ''
  FROM generate_series(1, 40) n CROSS JOIN generate_series(1, 5) nth;
INSERT INTO read.bid_steps (bid_id, position, kind, "on", since, superseded)
SELECT 'bid-odd-' || n, 2000000 + nth, (array['submitted', 'acknowledged', 'approved'])[nth], '2004-0' || nth + 3,
       2000000 + nth, 9223372036854775807
  FROM generate_series(1, 40) n CROSS JOIN generate_series(1, 3) nth;
"""
# The parts of one award, bid, partnership or delivery, given to others as well, so that chance meets them.
_STEP = (
    'p.step, p.begins, p.status, p.amount, p.currency, p.remains, p."on", p.counts_from, p.actor, p.facts, p.since,'
    " p.superseded"
)
SPREAD = "".join(
    f"""INSERT INTO read.part_steps
        SELECT p.position, replace(p.id, p.stream, {stream}), p.kind, {stream}, p.number, p.part, {_STEP}, {of}
          FROM read.part_steps p JOIN {others} ON {where}
         WHERE NOT EXISTS (SELECT FROM read.part_steps q WHERE q.id = replace(p.id, p.stream, {stream}));"""
    for stream, of, others, where in (
        ("o.id", "o.partnership_id", "read.awards o",
         "p.stream = 'award-beside' AND o.id <> p.stream AND p.kind IN ('pledge', 'contribution', 'strand', 'budget')"),
        ("o.id", "o.partnership_id", "read.bids o",
         "o.id <> p.stream AND (p.stream = 'bid-beside' AND p.kind = 'approval'"
         " OR p.stream = 'bid-pair-1' AND p.kind IN ('consent', 'contact', 'ruletest'))"),
        ("o.id", "o.id", "read.partnerships o", "p.kind IN ('charge', 'pooldivision') AND o.id <> p.stream"),
        ("'delivery-of-' || o.code", "o.id", "read.partnerships o",
         "p.stream = 'delivery-needs-three' AND o.id <> p.partnership_id"),
    )
)  # fmt: skip
# A twin with odd texts for each bank entry that waits.
BANK = """
UPDATE read.bank_entries SET end_to_end = 'TWINS'
 WHERE NOT EXISTS (SELECT FROM read.bank_decisions d WHERE d.entry_id = id);
INSERT INTO read.bank_entries
SELECT id || '-again', account_id, statement || ' "2"', reference, nth, amount, currency, booked, valued, end_to_end,
       U&'\\00DF "x"', E'tab\\there', kind, returned, position + 1000000, counts
  FROM read.bank_entries WHERE NOT EXISTS (SELECT FROM read.bank_decisions d WHERE d.entry_id = id);
"""
# Outcomes of which a share of the way can be worked out, some with odd texts.
OUTCOMES = """
UPDATE read.outcome_steps SET baseline = '0', target = (array['8', '7', '0'])[1 + position % 3], result = '2',
       unit = E'"per\\tcent"' WHERE position % 2 = 0;
"""
# Discrepancies that are closed or have a due day, partners that left, more help, and stages that all ended.
ENDED = """
UPDATE read.discrepancies SET due = '2004-05-01', closed_at = since + interval '3 days 0.5 s' WHERE opened % 2 = 0;
UPDATE read.discrepancies SET partnership_id = (SELECT id FROM read.partnerships WHERE code = 'dip')
 WHERE partnership_id IS NULL AND opened % 3 = 0;
UPDATE read.timeline SET lane = 'SUPPORT' WHERE position % 13 = 4;
INSERT INTO read.spans (bid_id, attempt, nth, position, span, owner, outcome, started, started_first, started_last,
                        sorts_on, ended, ended_first, ended_last, pauses, days_min, days_max, working_min, working_max,
                        partnership_id, kind, scheme_id, programme_id, calendar)
SELECT bid_id, attempt, 6, position, 'assessment', owner, 'reached', '2004-03-01', '2004-03-01', '2004-03-01', sorts_on,
       to_char(ended, 'YYYY-MM-DD'), ended, ended, '[]', ended - '2004-03-01', ended - '2004-03-01', 3, 3, '', '', '',
       '', calendar
  FROM (SELECT bid_id, attempt, position, owner, sorts_on, calendar,
               date '2004-03-05' + substr(bid_id, 9)::integer AS ended
          FROM read.spans WHERE bid_id LIKE 'bid-odd-%' AND nth = 1) s;
UPDATE read.partners SET "left" = '2005-02~', left_on = '2005-03-01' WHERE position % 4 = 0;
"""
# Figures of which the minor units have three decimal places, and none.
CURRENCIES = "".join(
    f"""UPDATE read.ledger_places SET currency = '{currency}' WHERE thing = {of};
        UPDATE read.balances SET currency = '{currency}' WHERE scope = {of};
        UPDATE read.postings SET currency = '{currency}' WHERE partnership_id = {of};"""
    for currency, of in (
        ("KWD", f"(SELECT id FROM read.partnerships WHERE code = '{CODE}')"),
        ("JPY", "(SELECT id FROM read.partnerships WHERE code = 'ace-cumbria')"),
    )
)
# A partnership that the ledger does not know yet.
NO_LADDER = "DELETE FROM read.ledger_places WHERE thing = (SELECT id FROM read.partnerships WHERE code = 'nwin')"

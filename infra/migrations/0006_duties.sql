-- The duties that people took before duties were kept apart: who requested, approved and released each payment, who
-- prepared and certified each return, and who decided each bid. From now on the log refuses a second duty of the same
-- actor in one matter. Where somebody took two, the first one is kept; the second one stays as it was recorded.

INSERT INTO log.references (kind, text, subject, stream)
SELECT DISTINCT ON (t.kind, t.actor) 'duty in ' || t.kind, t.actor, t.duty, t.stream
  FROM (
    SELECT e.originator_id AS stream, e.actor, e.notification_id,
           CASE WHEN d.matter = 'bid' THEN 'decision and payments of ' || coalesce(o.bid_id, e.originator_id)
                ELSE d.matter || ' ' || (convert_from(e.state, 'UTF8')::json ->> 'number') || ' of ' || e.originator_id
           END AS kind,
           CASE WHEN d.matter = 'bid' THEN d.duty
                ELSE d.duty || ' ' || d.matter || ' ' || (convert_from(e.state, 'UTF8')::json ->> 'number')
           END AS duty
      FROM log.events e
      JOIN (VALUES
             ('PaymentRequested', 'payment', 'request'), ('PaymentApproved', 'payment', 'approve'),
             ('PaymentReleased', 'payment', 'release'), ('ReturnPrepared', 'return', 'prepare'),
             ('ReturnCertified', 'return', 'certify'), ('PaymentApproved', 'bid', 'approve its payments'),
             ('BidApproved', 'bid', 'decide the bid'), ('BidDeclined', 'bid', 'decide the bid')
           ) AS d (name, matter, duty) ON d.name = e.topic
      LEFT JOIN LATERAL (
             SELECT convert_from(f.state, 'UTF8')::json ->> 'bid_id' AS bid_id
               FROM log.events f
              WHERE f.originator_id = e.originator_id AND f.originator_version = 1 AND f.topic = 'AwardOffered'
           ) o ON true
     WHERE (convert_from(e.state, 'UTF8')::json ->> 'source') IS NULL
       AND (d.matter <> 'bid' OR e.topic <> 'PaymentApproved' OR o.bid_id IS NOT NULL)
  ) t
 ORDER BY t.kind, t.actor, t.notification_id
ON CONFLICT DO NOTHING;

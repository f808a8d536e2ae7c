-- Readers whose roles hold in some places only log in as fundtrail_scoped. Each of their transactions says where they see
-- what, in a setting for each area: fundtrail.money has the ids of the programmes, schemes and partnerships, and '*' stands
-- for everywhere. Without the settings they see the register alone. `fundtrail migrate` gives each table of a read model
-- its policies, and a view in this schema.

-- The tables of read models are made after the migrations.
SET LOCAL check_function_bodies = off;

CREATE SCHEMA seen;

CREATE FUNCTION seen.places(area text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('fundtrail.' || area, true), ''), '{}')::text[]
$$;
CREATE FUNCTION seen.everywhere(area text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT '*' = ANY (seen.places(area))
$$;
-- Whether a place of the reader is wider than a partnership.
CREATE FUNCTION seen.wide(area text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM unnest(seen.places(area)) AS u (place) WHERE NOT starts_with(place, 'partnership-'))
$$;

-- The bodies of these functions are read when they are used, so that the tables of read models can be replaced.
-- PostgreSQL puts these into the statement that uses them. They find what the reader sees: the search path leads to the
-- views, and the policies hold in any case.
CREATE FUNCTION seen.partnership_places() RETURNS TABLE (id text, scheme_id text, programme_id text)
LANGUAGE sql STABLE AS $$ SELECT p.id, p.scheme_id, p.programme_id FROM partnerships p $$;
CREATE FUNCTION seen.round_places() RETURNS TABLE (id text, scheme_id text, programme_id text)
LANGUAGE sql STABLE AS $$ SELECT r.id, r.scheme_id, r.programme_id FROM rounds r $$;
CREATE FUNCTION seen.award_places() RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$ SELECT a.id FROM awards a $$;
CREATE FUNCTION seen.bid_places() RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$ SELECT b.id FROM bids b $$;
CREATE FUNCTION seen.body_places() RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$ SELECT b.id FROM bodies b $$;
CREATE FUNCTION seen.ledger_scopes() RETURNS TABLE (thing text)
LANGUAGE sql STABLE AS $$ SELECT l.thing FROM ledger_places l $$;
CREATE FUNCTION seen.audited() RETURNS TABLE ("position" bigint)
LANGUAGE sql STABLE AS $$ SELECT a."position" FROM read.audit a $$;
CREATE FUNCTION seen.office_positions() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY["position", ended_position]) FROM roles
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM members
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM delegations
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM bodies
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM lifted_separations
$$;

-- When each position was recorded. This shows nothing of the event.
CREATE VIEW log.moments AS SELECT notification_id AS position, recorded_at FROM log.events;

-- The last position at a moment is the same for everybody, whatever they see of the log.
CREATE OR REPLACE FUNCTION log.position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    RETURN coalesce((SELECT m.position FROM log.moments m WHERE m.recorded_at <= moment
                      ORDER BY m.recorded_at DESC, m.position DESC LIMIT 1), 0);
END $$;

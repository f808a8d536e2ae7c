-- Readers whose roles hold in some places only log in as fundtrail_scoped. Each of their transactions says where they see
-- what, in one setting for each area: fundtrail.money and others, arrays of the ids of programmes, schemes and
-- partnerships; '*' stands for everywhere. Without the settings they see the register alone.
-- `fundtrail migrate` gives each table of a read model its policies, and a view in this schema.

-- The tables of read models are made after the migrations.
SET LOCAL check_function_bodies = off;

CREATE SCHEMA seen;

CREATE FUNCTION seen.places(area text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('fundtrail.' || area, true), ''), '{}')::text[]
$$;

-- The bodies of these functions are read when they are used, so that the tables of read models can be replaced.
-- PostgreSQL puts these into the statement that uses them. They find what the reader sees: the search path leads to the
-- views, and the policies hold in any case.
CREATE FUNCTION seen.partnership_places() RETURNS TABLE (id text, scheme_id text, programme_id text)
LANGUAGE sql STABLE AS $$ SELECT p.id, p.scheme_id, p.programme_id FROM partnerships p $$;
CREATE FUNCTION seen.round_places() RETURNS TABLE (id text, scheme_id text, programme_id text)
LANGUAGE sql STABLE AS $$ SELECT r.id, r.scheme_id, r.programme_id FROM rounds r $$;
CREATE FUNCTION seen.award_places() RETURNS TABLE (id text, partnership_id text)
LANGUAGE sql STABLE AS $$ SELECT a.id, a.partnership_id FROM awards a $$;
CREATE FUNCTION seen.bid_places() RETURNS TABLE (id text, partnership_id text)
LANGUAGE sql STABLE AS $$ SELECT b.id, b.partnership_id FROM bids b $$;
CREATE FUNCTION seen.body_places() RETURNS TABLE (id text)
LANGUAGE sql STABLE AS $$ SELECT b.id FROM bodies b $$;
CREATE FUNCTION seen.office_positions() RETURNS TABLE ("position" bigint) LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY["position", ended_position]) FROM roles
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM members
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM delegations
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM bodies
     UNION ALL SELECT unnest(ARRAY["position", ended_position]) FROM lifted_separations
$$;
CREATE FUNCTION seen.ledger_scopes() RETURNS TABLE (thing text)
LANGUAGE sql STABLE AS $$ SELECT l.thing FROM ledger_places l $$;
CREATE FUNCTION seen.audited() RETURNS TABLE ("position" bigint)
LANGUAGE sql STABLE AS $$ SELECT a."position" FROM audit a $$;

-- These list the partnerships, awards and bids of the reader, by which rows are found through an index. They run once.
CREATE FUNCTION seen.in_places(places text[]) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    IF '*' = ANY (places) THEN
        RETURN QUERY SELECT p.id FROM read.partnerships p;
        RETURN;
    END IF;
    RETURN QUERY SELECT p.id FROM unnest(places) AS u (place) JOIN read.partnerships p ON p.id = u.place;
    RETURN QUERY SELECT p.id FROM unnest(places) AS u (place) JOIN read.partnerships p ON p.scheme_id = u.place;
    RETURN QUERY SELECT p.id FROM unnest(places) AS u (place) JOIN read.schemes s ON s.programme_id = u.place
                   JOIN read.partnerships p ON p.scheme_id = s.id;
END $$;
CREATE FUNCTION seen.partnerships(area text) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    RETURN QUERY SELECT seen.in_places(seen.places(area));
END $$;
CREATE FUNCTION seen.any_partnerships() RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    RETURN QUERY SELECT seen.in_places(
        seen.places('office') || seen.places('money') || seen.places('cases') || seen.places('assessment')
        || seen.places('people'));
END $$;
CREATE FUNCTION seen.streams() RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 20 AS $$
BEGIN
    RETURN QUERY SELECT a.id FROM seen.partnerships('money') AS p (id) JOIN read.awards a ON a.partnership_id = p.id;
    RETURN QUERY SELECT b.id FROM seen.partnerships('cases') AS p (id) JOIN read.bids b ON b.partnership_id = p.id;
END $$;

-- When each position was recorded. This shows nothing of the event.
CREATE VIEW log.moments AS SELECT notification_id AS position, recorded_at FROM log.events;

-- The last position at a moment is the same for everybody, whatever they see of the log.
CREATE OR REPLACE FUNCTION log.position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    RETURN coalesce((SELECT m.position FROM log.moments m WHERE m.recorded_at <= moment
                      ORDER BY m.recorded_at DESC, m.position DESC LIMIT 1), 0);
END $$;

-- What only those see whom it names, and lists of readers who see a few partnerships.

-- The bodies of these functions are read when they are used, so that the tables of read models can be replaced.
SET LOCAL check_function_bodies = off;

-- The concerns that name the caller: each transaction that may read them says who that is in fundtrail.caller.
CREATE FUNCTION seen.own_concerns() RETURNS TABLE (id text) LANGUAGE sql STABLE AS $$ SELECT c.id FROM concerns c $$;

-- Views for readers who see a few partnerships alone: they come before those of seen.
CREATE SCHEMA few;

-- The places of the reader, of which PostgreSQL expects few: it then finds rows by them instead of looking at every row.
CREATE FUNCTION seen.few(area text) RETURNS SETOF text LANGUAGE plpgsql STABLE ROWS 2 AS $$
BEGIN
    RETURN QUERY SELECT unnest(seen.places(area));
END $$;

-- The log as readers find it by their search path: everybody's is this view, and that of a reader with a scope is one of
-- the same name in the schema seen, which limits the events even where the policies do not.
CREATE VIEW read.events WITH (security_invoker = true) AS SELECT * FROM log.events;
-- The lines of the audit log that the view of the audit log shows.
CREATE FUNCTION seen.audited_in_view() RETURNS TABLE ("position" bigint)
LANGUAGE sql STABLE AS $$ SELECT a."position" FROM audit a $$;

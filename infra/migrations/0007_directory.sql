-- The directory: names and contacts of people, outside the log. The application adds to it through directory.keep alone.
-- Once the log says that a person was erased, the directory has nothing about that person, and takes nothing in.

CREATE SCHEMA directory;

CREATE TABLE directory.people (
    person_id  text        NOT NULL CONSTRAINT people_pkey PRIMARY KEY,
    name       text        NOT NULL,
    contact    text,
    kept_since timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

-- An erasure that is recorded, in whatever way, deletes in the same transaction.
CREATE FUNCTION directory.erase() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM directory.people p WHERE p.person_id = new.originator_id;
    RETURN NULL;
END $$;

CREATE TRIGGER erases_person AFTER INSERT ON log.events
    FOR EACH ROW WHEN (new.topic = 'PersonErased') EXECUTE FUNCTION directory.erase();

-- An older copy of the directory may be loaded again: rows of people who were erased since are left out. The lock lets
-- no erasure be recorded meanwhile.
CREATE FUNCTION directory.leave_out() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    IF EXISTS (SELECT FROM log.events e WHERE e.originator_id = new.person_id AND e.topic = 'PersonErased') THEN
        RETURN NULL;
    END IF;
    RETURN new;
END $$;

CREATE TRIGGER leaves_out_erased BEFORE INSERT OR UPDATE ON directory.people
    FOR EACH ROW EXECUTE FUNCTION directory.leave_out();

-- Keep the name of a person, and a contact if there is one, instead of what was kept before. Returns whether it is kept:
-- nothing is about somebody who is not registered, or was erased. No error shows what was given.
CREATE FUNCTION directory.keep(person text, known_as text, reached_at text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF coalesce(char_length(btrim(known_as)), 0) NOT BETWEEN 1 AND 200 OR char_length(reached_at) > 200 THEN
        RAISE EXCEPTION 'a name has 1 to 200 characters, and a contact at most 200' USING ERRCODE = '22023';
    END IF;
    INSERT INTO directory.people (person_id, name, contact)
    SELECT person, known_as, reached_at
     WHERE EXISTS (SELECT FROM log.events e
                    WHERE e.originator_id = person AND e.originator_version = 1 AND e.topic = 'PersonRegistered')
    ON CONFLICT ON CONSTRAINT people_pkey DO UPDATE
       SET name = excluded.name, contact = excluded.contact, kept_since = excluded.kept_since;
    RETURN FOUND;
END $$;

REVOKE ALL ON FUNCTION directory.keep FROM PUBLIC;
GRANT USAGE ON SCHEMA directory TO fundtrail_app, fundtrail_reader;
GRANT EXECUTE ON FUNCTION directory.keep TO fundtrail_app;
GRANT SELECT (person_id, name) ON directory.people TO fundtrail_reader;

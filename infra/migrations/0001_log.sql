-- The log: one table of events with a position over all streams, the commands that led to them, and the references
-- that they gave to things. Rows are added, through log.append alone, and never changed.

CREATE SCHEMA log;
CREATE SCHEMA read;

CREATE SEQUENCE log.positions;

-- The first five columns carry the names under which the eventsourcing library looks for them.
CREATE TABLE log.events (
    originator_id      text        NOT NULL,
    originator_version bigint      NOT NULL CHECK (originator_version > 0),
    topic              text        NOT NULL,
    state              bytea       NOT NULL,
    notification_id    bigint      NOT NULL DEFAULT nextval('log.positions'),
    schema_version     integer     NOT NULL,
    event_id           uuid        NOT NULL,
    recorded_at        timestamptz NOT NULL,
    actor              text        NOT NULL,
    authority          text,
    command_id         text        NOT NULL,
    correlation_id     text        NOT NULL,
    causation_id       text,
    CONSTRAINT events_pkey PRIMARY KEY (originator_id, originator_version),
    CONSTRAINT events_position UNIQUE (notification_id)
) WITH (autovacuum_vacuum_insert_threshold = 100000);

-- Positions by time: "what had been recorded by then" is one look at the end of this index.
CREATE INDEX events_recorded ON log.events (recorded_at, notification_id);

CREATE TABLE log.commands (
    command_id  text        NOT NULL CONSTRAINT commands_pkey PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    subject     text        NOT NULL,
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE log.references (
    kind    text NOT NULL,
    text    text NOT NULL,
    subject text NOT NULL,
    stream  text NOT NULL,
    CONSTRAINT references_pkey PRIMARY KEY (kind, text)
);

-- What is bound of what may be bound, in minor units. The domain decides on versions seen; these rows guard it once more,
-- in the same transaction: used never passes ceiling, whatever else goes wrong.
CREATE TABLE log.counters (
    name     text   NOT NULL CONSTRAINT counters_pkey PRIMARY KEY,
    ceiling  bigint NOT NULL,
    used     bigint NOT NULL,
    CONSTRAINT counters_within CHECK (used BETWEEN 0 AND ceiling)
);

CREATE FUNCTION log.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on %.%', tg_op, tg_table_schema, tg_table_name USING ERRCODE = '55000';
END $$;

CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON log.events
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON log.commands
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON log.commands
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON log.references
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON log.references
    FOR EACH STATEMENT EXECUTE FUNCTION log.refuse_change();

-- One number for the lock that every append holds from numbering to commit, so that commit order is position order.
CREATE FUNCTION log.append_lock() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 4611004752001 $$;

-- Append what one or more commands decided: all of it or nothing.
--
-- seen_*      every stream that the decisions read, with the version found; one that has moved refuses the append.
-- command_*   one entry per command; a command id that was used before refuses the append.
-- event_*     one entry per event in the order of recording; event_command is the place of its command, from 1.
-- reference_* the names given to things; one that another thing has refuses the append.
-- counter_*   by how much ceilings and use of counters grow; a use past its ceiling refuses the append.
--
-- Returns the position that shows each command. Runs with its owner's rights, so that the application's role needs none
-- on the tables and cannot write past the lock.
CREATE FUNCTION log.append(
    seen_streams text[], seen_versions bigint[],
    command_ids text[], fingerprints bytea[], subjects text[],
    actors text[], authorities text[], correlations text[], causations text[],
    event_commands integer[], event_streams text[], event_versions bigint[], event_names text[],
    event_schemas integer[], event_bodies bytea[], event_ids uuid[],
    reference_kinds text[], reference_texts text[], reference_subjects text[], reference_streams text[],
    counter_names text[], counter_ceilings bigint[], counter_uses bigint[]
) RETURNS TABLE (place integer, "position" bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moment timestamptz;
    before bigint;
    clash text;
BEGIN
    PERFORM pg_advisory_xact_lock(log.append_lock());

    SELECT c.command_id INTO clash FROM log.commands c WHERE c.command_id = ANY (command_ids) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'command % was answered before', clash USING ERRCODE = '23505', CONSTRAINT = 'commands_pkey';
    END IF;

    SELECT s.stream INTO clash FROM unnest(seen_streams, seen_versions) AS s (stream, version)
     WHERE s.version <> coalesce(
         (SELECT max(e.originator_version) FROM log.events e WHERE e.originator_id = s.stream), 0)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stream % has moved', clash
            USING ERRCODE = '23505', CONSTRAINT = 'versions_seen', HINT = clash;
    END IF;

    INSERT INTO log.counters AS c (name, ceiling, used)
    SELECT n.name, 0, 0 FROM unnest(counter_names) AS n (name) ON CONFLICT (name) DO NOTHING;
    UPDATE log.counters c SET ceiling = c.ceiling + n.ceiling, used = c.used + n.used
      FROM unnest(counter_names, counter_ceilings, counter_uses) AS n (name, ceiling, used) WHERE c.name = n.name;

    -- The clock of the machine may stand still or step back; the log's never does, so that the time of an event
    -- always stands for the same events.
    SELECT e.notification_id, e.recorded_at INTO before, moment
      FROM log.events e ORDER BY e.notification_id DESC LIMIT 1;
    moment := greatest(clock_timestamp(), moment + interval '1 microsecond');

    RETURN QUERY
    WITH added AS (
        INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id, recorded_at,
                                actor, authority, command_id, correlation_id, causation_id)
        SELECT e.stream, e.version, e.name, e.body, e.schema, e.id, moment,
               actors[e.command], authorities[e.command], command_ids[e.command],
               correlations[e.command], causations[e.command]
          FROM unnest(event_commands, event_streams, event_versions, event_names, event_schemas, event_bodies,
                      event_ids) WITH ORDINALITY AS e (command, stream, version, name, schema, body, id, nth)
         ORDER BY e.nth
        RETURNING log.events.command_id, notification_id
    ), answered AS (
        -- A command that led to no events was decided upon those before it.
        INSERT INTO log.commands (command_id, fingerprint, subject, position, recorded_at)
        SELECT c.id, c.fingerprint, c.subject, coalesce(max(a.position) OVER (ORDER BY c.nth), before, 0), moment
          FROM unnest(command_ids, fingerprints, subjects) WITH ORDINALITY AS c (id, fingerprint, subject, nth)
          LEFT JOIN (SELECT added.command_id, max(notification_id) FROM added GROUP BY added.command_id)
            AS a (command_id, position) ON a.command_id = c.id
        RETURNING log.commands.command_id, log.commands.position
    ), named AS (
        -- A thing may give its name again: a bid drafted under a reference is submitted under it.
        INSERT INTO log.references (kind, text, subject, stream)
        SELECT DISTINCT ON (r.kind, r.text, r.subject) r.kind, r.text, r.subject, r.stream
          FROM unnest(reference_kinds, reference_texts, reference_subjects, reference_streams)
            AS r (kind, text, subject, stream)
         WHERE NOT EXISTS (SELECT FROM log.references n
                            WHERE n.kind = r.kind AND n.text = r.text AND n.subject = r.subject)
    )
    SELECT c.nth::integer, a.position
      FROM unnest(command_ids) WITH ORDINALITY AS c (id, nth) JOIN answered a ON a.command_id = c.id
     ORDER BY c.nth;

    PERFORM pg_notify('fundtrail_log', '');
END $$;

-- The last position recorded at or before a moment; 0 when nothing had been. An append that is under way has its time
-- already, so this waits until it is through: the answer for a moment that has passed never changes.
CREATE FUNCTION log.position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    RETURN coalesce((SELECT e.notification_id FROM log.events e WHERE e.recorded_at <= moment
                      ORDER BY e.recorded_at DESC, e.notification_id DESC LIMIT 1), 0);
END $$;

-- How far each read model has come. state is 'running', or 'stopped' with the position and error that stopped it.
CREATE TABLE read.projections (
    name            text        NOT NULL PRIMARY KEY,
    definition      text        NOT NULL,
    position        bigint      NOT NULL DEFAULT 0,
    state           text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'stopped')),
    failed_position bigint,
    error           text,
    rebuild_asked   boolean     NOT NULL DEFAULT false,
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['fundtrail_app', 'fundtrail_projector'] LOOP
        -- Roles belong to the server: another database of ours, or its keeper, may have made it.
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            -- Since PostgreSQL 16 not even who made a role may take it without this.
            BEGIN
                EXECUTE format('GRANT %I TO %I', wanted, current_user);
            EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
                IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
                    RAISE;
                END IF;
            END;
        END IF;
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION log.append FROM PUBLIC;
GRANT USAGE ON SCHEMA log, read TO fundtrail_app, fundtrail_projector;
GRANT SELECT ON log.events, log.commands, log.references TO fundtrail_app;
GRANT EXECUTE ON FUNCTION log.append TO fundtrail_app;
GRANT SELECT ON log.events TO fundtrail_projector;
GRANT SELECT ON read.projections TO fundtrail_app;
GRANT SELECT, UPDATE ON read.projections TO fundtrail_projector;

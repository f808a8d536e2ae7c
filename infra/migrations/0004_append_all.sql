-- Almost always nothing stands in the way of an append. log.append_all goes by that: it takes everything or, where
-- anything is refused, nothing, and leaves it to log.append to judge each group by itself. Writers that know log.append
-- alone go on as before.

-- Append what commands decided: all of it or nothing.
--
-- seen_*      every stream that the decisions read, with the version found; one that has moved refuses the append.
-- command_*   one entry per command; command_lasts is how many events there are up to its last one, from the first.
-- event_*     one entry per event in the order of recording, at least one; event_command is the place of its command.
-- reference_* the names given to things; one that another thing has refuses the append.
-- counter_*   by how much ceilings and use of counters grow; a use past its ceiling refuses the append.
--
-- Returns the position that the first event follows; the others follow it without a gap.
-- Runs with its owner's rights, so that the application's role needs none on the tables and cannot write past the lock.
CREATE FUNCTION log.append_all(
    seen_streams text[], seen_versions bigint[],
    command_ids text[], fingerprints bytea[], subjects text[],
    actors text[], authorities text[], correlations text[], causations text[],
    event_commands integer[], event_streams text[], event_versions bigint[], event_names text[],
    event_schemas integer[], event_bodies bytea[], event_ids uuid[],
    reference_kinds text[], reference_texts text[], reference_subjects text[], reference_streams text[],
    counter_names text[], counter_ceilings bigint[], counter_uses bigint[],
    command_lasts integer[]
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Planned once for a connection, by the keys: planning anew for each array costs more than the append.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    moment timestamptz;
    before bigint;
    clash text;
BEGIN
    PERFORM pg_advisory_xact_lock(log.append_lock());

    SELECT s.stream INTO clash FROM unnest(seen_streams, seen_versions) AS s (stream, version)
     WHERE s.version <> coalesce(
         (SELECT max(e.originator_version) FROM log.events e WHERE e.originator_id = s.stream), 0)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'stream % has moved', clash
            USING ERRCODE = '23505', CONSTRAINT = 'versions_seen', HINT = clash;
    END IF;

    IF reference_kinds <> '{}' THEN
        -- A thing may give its name again: a bid drafted under a reference is submitted under it.
        INSERT INTO log.references (kind, text, subject, stream)
        SELECT DISTINCT ON (r.kind, r.text, r.subject) r.kind, r.text, r.subject, r.stream
          FROM unnest(reference_kinds, reference_texts, reference_subjects, reference_streams)
            AS r (kind, text, subject, stream)
         WHERE NOT EXISTS (SELECT FROM log.references n
                            WHERE n.kind = r.kind AND n.text = r.text AND n.subject = r.subject);
    END IF;

    IF counter_names <> '{}' THEN
        INSERT INTO log.counters AS c (name, ceiling, used)
        SELECT n.name, 0, 0 FROM unnest(counter_names) AS n (name) ON CONFLICT (name) DO NOTHING;
        UPDATE log.counters c SET ceiling = c.ceiling + n.ceiling, used = c.used + n.used
          FROM unnest(counter_names, counter_ceilings, counter_uses) AS n (name, ceiling, used) WHERE c.name = n.name;
    END IF;

    -- The clock of the machine may stand still or step back; the log's never does, so that the time of an event
    -- always stands for the same events.
    SELECT e.recorded_at INTO moment FROM log.events e ORDER BY e.notification_id DESC LIMIT 1;
    moment := greatest(clock_timestamp(), moment + interval '1 microsecond');

    INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id, recorded_at,
                            actor, authority, command_id, correlation_id, causation_id)
    SELECT e.stream, e.version, e.name, e.body, e.schema, e.id, moment,
           actors[e.command], authorities[e.command], command_ids[e.command],
           correlations[e.command], causations[e.command]
      FROM unnest(event_commands, event_streams, event_versions, event_names, event_schemas, event_bodies,
                  event_ids) WITH ORDINALITY AS e (command, stream, version, name, schema, body, id, nth)
     ORDER BY e.nth;
    -- Numbered one after the other under the lock.
    before := currval('log.positions') - cardinality(event_commands);

    -- A command id that was used before is refused by its key. A command that led to no events was decided upon those
    -- before it.
    INSERT INTO log.commands (command_id, fingerprint, subject, position, recorded_at)
    SELECT c.id, c.fingerprint, c.subject, before + c.last, moment
      FROM unnest(command_ids, fingerprints, subjects, command_lasts) AS c (id, fingerprint, subject, last);

    PERFORM pg_notify('fundtrail_log', '');
    RETURN before;
END $$;

REVOKE ALL ON FUNCTION log.append_all FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_all TO fundtrail_app;

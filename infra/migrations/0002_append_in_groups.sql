-- Commands that come together are appended together, each still judged by itself: one lock, one round trip, one commit.

DROP FUNCTION log.append;

-- Append what commands decided, in groups: each group all of it or nothing, and judged by itself.
--
-- seen_*      every stream that the decisions of a group read, with the version found; one that has moved refuses it.
-- command_*   one entry per command with its group, from 1; a command id that was used before refuses its group.
-- event_*     one entry per event in the order of recording; event_command is the place of its command, from 1.
-- reference_* the names given to things; one that another thing has refuses its group.
-- counter_*   by how much ceilings and use of counters grow; a use past its ceiling refuses the whole append.
--
-- Groups of one append must not touch each other: no stream, command id, name or counter of one may be in another.
-- Returns, for each command, its group and the position that shows it; or why its group is refused, and on what.
-- Runs with its owner's rights, so that the application's role needs none on the tables and cannot write past the lock.
CREATE FUNCTION log.append(
    seen_groups integer[], seen_streams text[], seen_versions bigint[],
    command_groups integer[], command_ids text[], fingerprints bytea[], subjects text[],
    actors text[], authorities text[], correlations text[], causations text[],
    event_commands integer[], event_streams text[], event_versions bigint[], event_names text[],
    event_schemas integer[], event_bodies bytea[], event_ids uuid[],
    reference_groups integer[], reference_kinds text[], reference_texts text[], reference_subjects text[],
    reference_streams text[],
    counter_groups integer[], counter_names text[], counter_ceilings bigint[], counter_uses bigint[]
) RETURNS TABLE ("group" integer, "position" bigint, refusal text, hint text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Planned once for a connection, by the keys: planning anew for each array costs more than the append.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    moment timestamptz;
    before bigint;
    clash record;
    refusals text[] := '{}';
    hints text[] := '{}';
    positions bigint[] := '{}';
    written bigint := 0;
    nth integer;
BEGIN
    PERFORM pg_advisory_xact_lock(log.append_lock());

    FOR clash IN
        SELECT g.part, c.command_id FROM unnest(command_groups, command_ids) AS g (part, id)
          JOIN log.commands c ON c.command_id = g.id
    LOOP
        refusals[clash.part] := 'commands_pkey';
        hints[clash.part] := clash.command_id;
    END LOOP;

    FOR clash IN
        SELECT s.part, s.stream FROM unnest(seen_groups, seen_streams, seen_versions) AS s (part, stream, version)
         WHERE s.version <> coalesce(
             (SELECT max(e.originator_version) FROM log.events e WHERE e.originator_id = s.stream), 0)
    LOOP
        IF refusals[clash.part] IS NULL THEN
            refusals[clash.part] := 'versions_seen';
            hints[clash.part] := clash.stream;
        END IF;
    END LOOP;

    IF reference_groups <> '{}' THEN
        FOR clash IN
            SELECT r.part, r.text FROM unnest(reference_groups, reference_kinds, reference_texts, reference_subjects)
                AS r (part, kind, text, subject)
              JOIN log.references t ON t.kind = r.kind AND t.text = r.text AND t.subject <> r.subject
        LOOP
            IF refusals[clash.part] IS NULL THEN
                refusals[clash.part] := 'references_pkey';
                hints[clash.part] := clash.text;
            END IF;
        END LOOP;
        -- A thing may give its name again: a bid drafted under a reference is submitted under it.
        INSERT INTO log.references (kind, text, subject, stream)
        SELECT DISTINCT ON (r.kind, r.text, r.subject) r.kind, r.text, r.subject, r.stream
          FROM unnest(reference_groups, reference_kinds, reference_texts, reference_subjects, reference_streams)
            AS r (part, kind, text, subject, stream)
         WHERE refusals[r.part] IS NULL
           AND NOT EXISTS (SELECT FROM log.references n
                            WHERE n.kind = r.kind AND n.text = r.text AND n.subject = r.subject);
    END IF;

    IF counter_groups <> '{}' THEN
        INSERT INTO log.counters AS c (name, ceiling, used)
        SELECT n.name, 0, 0 FROM unnest(counter_groups, counter_names) AS n (part, name)
         WHERE refusals[n.part] IS NULL ON CONFLICT (name) DO NOTHING;
        UPDATE log.counters c SET ceiling = c.ceiling + n.ceiling, used = c.used + n.used
          FROM unnest(counter_groups, counter_names, counter_ceilings, counter_uses) AS n (part, name, ceiling, used)
         WHERE c.name = n.name AND refusals[n.part] IS NULL;
    END IF;

    -- The clock of the machine may stand still or step back; the log's never does, so that the time of an event
    -- always stands for the same events.
    SELECT e.notification_id, e.recorded_at INTO before, moment
      FROM log.events e ORDER BY e.notification_id DESC LIMIT 1;
    moment := greatest(clock_timestamp(), moment + interval '1 microsecond');

    INSERT INTO log.events (originator_id, originator_version, topic, state, schema_version, event_id, recorded_at,
                            actor, authority, command_id, correlation_id, causation_id)
    SELECT e.stream, e.version, e.name, e.body, e.schema, e.id, moment,
           actors[e.command], authorities[e.command], command_ids[e.command],
           correlations[e.command], causations[e.command]
      FROM unnest(event_commands, event_streams, event_versions, event_names, event_schemas, event_bodies,
                  event_ids) WITH ORDINALITY AS e (command, stream, version, name, schema, body, id, nth)
     WHERE refusals[command_groups[e.command]] IS NULL
     ORDER BY e.nth;

    -- Numbered one after the other under the lock: the position of a command is that of its last event. One that led to
    -- no events was decided upon those before it.
    FOREACH nth IN ARRAY event_commands LOOP
        IF refusals[command_groups[nth]] IS NULL THEN
            written := written + 1;
            positions[nth] := written;
        END IF;
    END LOOP;
    IF written > 0 THEN
        before := currval('log.positions') - written;
    END IF;
    written := 0;
    FOR nth IN 1 .. cardinality(command_ids) LOOP
        written := coalesce(positions[nth], written);
        positions[nth] := coalesce(before, 0) + written;
    END LOOP;

    INSERT INTO log.commands (command_id, fingerprint, subject, position, recorded_at)
    SELECT c.id, c.fingerprint, c.subject, c.position, moment
      FROM unnest(command_groups, command_ids, fingerprints, subjects, positions)
        AS c (part, id, fingerprint, subject, position)
     WHERE refusals[c.part] IS NULL;

    RETURN QUERY SELECT c.part, c.position, refusals[c.part], hints[c.part]
      FROM unnest(command_groups, positions) AS c (part, position);

    PERFORM pg_notify('fundtrail_log', '');
END $$;

REVOKE ALL ON FUNCTION log.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append TO fundtrail_app;

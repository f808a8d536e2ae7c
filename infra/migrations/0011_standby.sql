-- A server in recovery (a standby, or one that is restored) answers for a past moment only when it has replayed all that
-- was recorded by that moment. The lock of appends is local to a server, so it says nothing there.
--
-- The rule, and why it holds:
--
-- 1. Appends take their time under the lock and commit before they release it. So their commits are in the write-ahead
--    log in the order of their times, and these times differ. A server in recovery shows what a beginning of the
--    write-ahead log has committed: where it shows an event of time T, it shows every event up to T.
-- 2. A programme that records nothing has no such event. So the primary states the time: log.state_time takes the lock,
--    reads the clock, and commits. An append that took its time before has released the lock, so its commit is earlier in
--    the write-ahead log. An append that takes the lock later takes a later time. So where the statement of time T is
--    shown, every event before T is shown: what is answered then for an earlier moment is what the primary itself would
--    have answered when it made the statement.
-- 3. The time of the last commit that was replayed (pg_last_xact_replay_timestamp) is no such statement. An append may
--    take its time, another transaction may commit at a later time, and the append may commit after that.
--
-- As on the primary, this is about moments that have passed: a clock that is set back makes them moments to come.

CREATE TABLE log.clock (
    is_only   boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only),
    stated_at timestamptz NOT NULL
);
INSERT INTO log.clock (stated_at) VALUES ('-infinity');

-- State the time, at most once a second, and only while a server receives the write-ahead log. Where an append has the
-- lock it states nothing: the projector that calls this must not wait for a commit that waits for a standby.
CREATE FUNCTION log.state_time() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_stat_replication)
       AND NOT EXISTS (SELECT FROM log.clock c
                        WHERE c.stated_at BETWEEN clock_timestamp() - interval '1 second' AND clock_timestamp())
       AND pg_try_advisory_xact_lock_shared(log.append_lock()) THEN
        UPDATE log.clock SET stated_at = clock_timestamp();
    END IF;
END $$;
REVOKE ALL ON FUNCTION log.state_time FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.state_time TO fundtrail_projector;

-- Up to which moment a server in recovery knows all that was recorded. An event or a statement of the same microsecond as
-- the statement may come after it, so the statement counts up to the microsecond before.
CREATE FUNCTION log.known_until() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(greatest(
        (SELECT e.recorded_at FROM log.events e ORDER BY e.notification_id DESC LIMIT 1),
        (SELECT c.stated_at - interval '1 microsecond' FROM log.clock c)), '-infinity')
$$;

-- The last position at a moment. In recovery a moment that has passed is refused until it is known (moment_replayed). The
-- clocks of two servers differ, so a moment within the next minute counts as one that may have passed at the primary.
-- What is known is read before the position: later statements show more of the log, never less.
CREATE OR REPLACE FUNCTION log.position_at(moment timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE known_until timestamptz;
BEGIN
    IF pg_is_in_recovery() THEN
        known_until := log.known_until();
        IF moment > known_until AND moment <= clock_timestamp() + interval '1 minute' THEN
            RAISE EXCEPTION 'the log is known up to %, not yet up to %', known_until, moment
                USING ERRCODE = '55000', CONSTRAINT = 'moment_replayed', HINT = known_until::text;
        END IF;
    ELSE
        PERFORM pg_advisory_xact_lock_shared(log.append_lock());
    END IF;
    RETURN coalesce((SELECT m.position FROM log.moments m WHERE m.recorded_at <= moment
                      ORDER BY m.recorded_at DESC, m.position DESC LIMIT 1), 0);
END $$;

-- How many standbys receive the write-ahead log, and for how many of its receivers a commit waits. A standby says how far
-- it has replayed; a base backup or an archive that is being written does not. NULL where the database's owner may not
-- see it (pg_read_all_stats).
CREATE FUNCTION log.standbys(OUT connected integer, OUT synchronous integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN every(r.sync_state IS NOT NULL) IS NOT FALSE THEN count(r.replay_lsn) END,
           CASE WHEN every(r.sync_state IS NOT NULL) IS NOT FALSE
                THEN count(*) FILTER (WHERE r.sync_state IN ('sync', 'quorum')) END
      FROM pg_stat_replication r
$$;

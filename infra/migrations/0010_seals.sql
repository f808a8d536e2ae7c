-- Seals: a Merkle tree over the stored events and its signed checkpoints (docs/seals.md). The sealer keeps them here so
-- that receipts can be made; whom to believe is decided by the copies of the checkpoints outside this database.

CREATE SCHEMA seals;

-- An epoch of the log begins when its database begins: when it is made, copied, restored, or promoted from a standby, and
-- when the log is sealed anew with another key. Positions after position_before may have meant other events in the epoch
-- before. system, timeline and database are PostgreSQL's own.
CREATE TABLE seals.epochs (
    epoch           integer     NOT NULL CONSTRAINT epochs_pkey PRIMARY KEY CHECK (epoch > 0),
    system          bigint      NOT NULL,
    timeline        bigint      NOT NULL,
    database        bigint      NOT NULL,
    size_before     bigint      NOT NULL,
    position_before bigint      NOT NULL,
    began_at        timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The tree in tiles of up to 256 hashes, as c2sp.org/tlog-tiles cuts it. Those of level 0 also have the positions of
-- their events.
CREATE TABLE seals.tiles (
    level     smallint NOT NULL,
    number    bigint   NOT NULL,
    hashes    bytea    NOT NULL,
    positions bigint[],
    CONSTRAINT tiles_pkey PRIMARY KEY (level, number)
) WITH (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);
-- Hashes cannot be compressed.
ALTER TABLE seals.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE INDEX tiles_positions ON seals.tiles ((positions[1])) WHERE level = 0;

-- The newest checkpoint, and of earlier ones the last of each hour. note is the signed note, with its cosignatures.
CREATE TABLE seals.checkpoints (
    epoch     integer     NOT NULL CONSTRAINT checkpoints_epoch REFERENCES seals.epochs,
    size      bigint      NOT NULL,
    position  bigint      NOT NULL,
    root      bytea       NOT NULL,
    note      text        NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT checkpoints_pkey PRIMARY KEY (epoch, size)
) WITH (autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- Whether the sealer works, and if not, why.
CREATE TABLE seals.sealer (
    one        boolean     NOT NULL DEFAULT true CONSTRAINT sealer_pkey PRIMARY KEY CHECK (one),
    state      text        NOT NULL CHECK (state IN ('sealing', 'stopped')),
    error      text,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The epochs of the log, with the last position that each one continues. The last row is the present one: also before
-- the sealer has seen that this database was restored or promoted. Cursors say in which epoch they were made.
CREATE FUNCTION log.epochs() RETURNS TABLE (epoch integer, position_before bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place_system bigint := (SELECT system_identifier FROM pg_control_system());
    place_timeline bigint;
BEGIN
    RETURN QUERY SELECT e.epoch, e.position_before FROM seals.epochs e ORDER BY e.epoch;
    IF pg_is_in_recovery() THEN
        RETURN; -- A standby is in the epoch of its primary.
    END IF;
    place_timeline := ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint;
    IF (place_system, place_timeline, (SELECT d.oid::bigint FROM pg_database d WHERE d.datname = current_database()))
       IS DISTINCT FROM
       (SELECT (e.system, e.timeline, e.database) FROM seals.epochs e ORDER BY e.epoch DESC LIMIT 1) THEN
        RETURN QUERY SELECT coalesce((SELECT max(e.epoch) FROM seals.epochs e), 0) + 1,
                            coalesce((SELECT c.position FROM seals.checkpoints c ORDER BY c.epoch DESC, c.size DESC LIMIT 1),
                                     0::bigint);
    END IF;
END $$;

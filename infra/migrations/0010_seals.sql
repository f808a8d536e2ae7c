-- Seals: a Merkle tree over the stored events and its signed checkpoints (docs/seals.md). The sealer keeps them here so
-- that receipts can be made; whom to believe is decided by the copies of the checkpoints outside this database.

CREATE SCHEMA seals;

-- An epoch of the log begins when its database begins: when it is made, restored, or promoted from a standby. Positions
-- after position_before may have meant other events in the epoch before. system and timeline are PostgreSQL's own.
CREATE TABLE seals.epochs (
    epoch           integer     NOT NULL CONSTRAINT epochs_pkey PRIMARY KEY CHECK (epoch > 0),
    system          bigint      NOT NULL,
    timeline        bigint      NOT NULL,
    size_before     bigint      NOT NULL,
    position_before bigint      NOT NULL,
    began_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT epochs_place UNIQUE (system, timeline)
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

-- For operators: a read model can be paused, and an auditor reads the log as a view.

ALTER TABLE read.projections DROP CONSTRAINT projections_state_check;
ALTER TABLE read.projections
    ADD CONSTRAINT projections_state_check CHECK (state IN ('running', 'stopped', 'paused'));

-- Who paused a read model, when, why and at which position, and who started it again.
CREATE TABLE read.pauses (
    number     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL,
    position   bigint      NOT NULL,
    paused_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    paused_by  text        NOT NULL,
    reason     text        NOT NULL,
    started_at timestamptz,
    started_by text
);
-- A read model has at most one pause that has not ended.
CREATE UNIQUE INDEX pauses_under_way ON read.pauses (name) WHERE started_at IS NULL;

-- `fundtrail migrate` makes the view `audit.events` and gives it to fundtrail_auditor.
CREATE SCHEMA audit;

-- A read model is rebuilt beside the live one by whoever asks for it, no longer by whoever feeds it. Which tables the
-- live version has is kept, so that a version with others takes their place whole.

ALTER TABLE read.projections DROP COLUMN rebuild_asked;
ALTER TABLE read.projections ADD COLUMN tables text[] NOT NULL DEFAULT '{}';

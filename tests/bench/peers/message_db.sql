-- Message DB's way of writing a message, in our own code: take a lock for the category, read and check the version
-- of the stream, insert one row. Used only for comparison in a benchmark.
CREATE SCHEMA message_store;
CREATE TABLE message_store.messages (
    global_position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, position bigint NOT NULL,
    time timestamptz NOT NULL DEFAULT clock_timestamp(), stream_name text NOT NULL, type text NOT NULL,
    data jsonb, metadata jsonb, id uuid NOT NULL UNIQUE
);
CREATE UNIQUE INDEX messages_stream ON message_store.messages (stream_name, position);
CREATE INDEX messages_category ON message_store.messages (split_part(stream_name, '-', 1), global_position);

CREATE FUNCTION message_store.write_message(
    new_id uuid, stream text, kind text, body jsonb, about jsonb, expected bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE last bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(split_part(stream, '-', 1), 0));
    SELECT coalesce(max(m.position), -1) INTO last FROM message_store.messages m WHERE m.stream_name = stream;
    IF expected IS NOT NULL AND expected <> last THEN
        RAISE EXCEPTION 'wrong expected version: % (stream %, at %)', expected, stream, last;
    END IF;
    INSERT INTO message_store.messages (position, stream_name, type, data, metadata, id)
    VALUES (last + 1, stream, kind, body, about, new_id);
    RETURN last + 1;
END $$;

-- The events that an event caused are found by the index. Most events have no cause, and are not in it.

CREATE INDEX events_of_cause ON log.events (causation_id) WHERE causation_id IS NOT NULL;

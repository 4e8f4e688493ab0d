-- The topics heard of last, which the board shows, without sorting all there are.
DROP INDEX topic_merged;
CREATE INDEX topic_merged ON topic (merged_into, last_seen_at DESC, id);

-- The topics heard of last, which the board shows, without sorting all there are.
CREATE INDEX topic_last_seen ON topic (last_seen_at DESC, id) WHERE merged_into IS NULL;

-- Which merge took a topic away is asked for every ticket that came with it.
CREATE INDEX decision_other_topic ON decision (other_topic_id);

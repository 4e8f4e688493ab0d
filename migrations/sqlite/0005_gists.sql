-- What a start needs of a decision of the machine, beside its reasons, so that these need not be read again. Empty where an
-- earlier version decided.
ALTER TABLE decision ADD COLUMN belief REAL;
ALTER TABLE decision ADD COLUMN likely_topic_id BLOB REFERENCES topic (id);
ALTER TABLE decision ADD COLUMN kind TEXT;

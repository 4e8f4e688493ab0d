-- How many vectors there are of a model, without reading them.
CREATE INDEX embedding_model ON embedding (model);

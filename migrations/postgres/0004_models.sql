-- Vectors of different models say nothing about each other, so each is kept with the name of its own.
ALTER TABLE embedding ADD COLUMN model TEXT NOT NULL DEFAULT 'builtin';

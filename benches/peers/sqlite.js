// Express and node:sqlite. Each commit waits for the disk, as Heard's do. The table is Heard's.
"use strict";

const { DatabaseSync } = require("node:sqlite");
const { receive } = require("./receiver.js");

const database = new DatabaseSync(process.env.DATABASE);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS delivery (
    id BLOB NOT NULL PRIMARY KEY, connection TEXT NOT NULL, key TEXT, signed BLOB, headers TEXT NOT NULL, body BLOB NOT NULL,
    received_at INTEGER NOT NULL, state TEXT NOT NULL, error TEXT, settled_at INTEGER, about TEXT
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS delivery_key ON delivery (connection, key) WHERE key IS NOT NULL;
  CREATE UNIQUE INDEX IF NOT EXISTS delivery_signed ON delivery (connection, signed) WHERE signed IS NOT NULL;
  CREATE INDEX IF NOT EXISTS delivery_state ON delivery (state, id);
  CREATE INDEX IF NOT EXISTS delivery_about ON delivery (connection, about);
`);
const add = database.prepare(
  `INSERT INTO delivery (id, connection, key, signed, headers, body, received_at, state)
   VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
);

receive((row) =>
  add.run(
    row.id, row.connection, row.key, row.signed, row.headers, row.body, row.receivedAt.getTime() * 1000, row.state,
  ),
);

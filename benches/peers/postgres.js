// Express and pg, with as many connections as Heard has. The server waits for the disk at every commit. The table is Heard's.
"use strict";

const { Pool } = require("pg");
const { receive } = require("./receiver.js");

const pool = new Pool({ connectionString: process.env.DATABASE, max: 16 });

async function main() {
  await pool.query(`
    CREATE TABLE IF NOT EXISTS delivery (
      id UUID NOT NULL PRIMARY KEY, connection TEXT NOT NULL, key TEXT, signed BYTEA, headers JSONB NOT NULL,
      body BYTEA NOT NULL, received_at TIMESTAMPTZ NOT NULL, state TEXT NOT NULL, error TEXT, settled_at TIMESTAMPTZ, about TEXT
    );
    CREATE UNIQUE INDEX IF NOT EXISTS delivery_key ON delivery (connection, key) WHERE key IS NOT NULL;
    CREATE UNIQUE INDEX IF NOT EXISTS delivery_signed ON delivery (connection, signed) WHERE signed IS NOT NULL;
    CREATE INDEX IF NOT EXISTS delivery_state ON delivery (state, id);
    CREATE INDEX IF NOT EXISTS delivery_about ON delivery (connection, about);
  `);
  receive((row) =>
    pool.query({
      name: "add",
      text: `INSERT INTO delivery (id, connection, key, signed, headers, body, received_at, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
      values: [
        row.id.toString("hex"), row.connection, row.key, row.signed, row.headers, row.body, row.receivedAt, row.state,
      ],
    }),
  );
}

main();

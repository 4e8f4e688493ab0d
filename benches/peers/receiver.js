// What both receivers share: they verify what Zendesk signs, read the JSON, and answer 200 only once the row is stored, as
// Heard does (src/helpdesk/zendesk/webhook.rs, src/store/deliveries.rs).
"use strict";

const crypto = require("node:crypto");
const express = require("express");

const SIGNATURE = "x-zendesk-webhook-signature";
const SIGNED_AT = "x-zendesk-webhook-signature-timestamp";
const REPLAY_WINDOW_MS = 5 * 60 * 1000;

/** The row of a delivery, or null if nobody we know signed it. */
function verified(request) {
  const signature = request.get(SIGNATURE);
  const signedAt = request.get(SIGNED_AT);
  if (!signature || !signedAt || !Buffer.isBuffer(request.body)) return null;
  const given = Buffer.from(signature, "base64");
  const made = crypto.createHmac("sha256", process.env.SECRET).update(signedAt).update(request.body).digest();
  if (given.length !== made.length || !crypto.timingSafeEqual(given, made)) return null;
  if (!(Math.abs(Date.now() - Date.parse(signedAt)) <= REPLAY_WINDOW_MS)) return null;
  const event = JSON.parse(request.body);
  return {
    id: sortedId(),
    connection: "acme",
    key: event.id,
    signed: crypto.createHash("sha256").update(signedAt).update(request.body).digest(),
    headers: "[]",
    body: request.body,
    receivedAt: new Date(),
    state: "received",
  };
}

/** An id that sorts by time (UUIDv7). */
function sortedId() {
  const id = crypto.randomBytes(16);
  id.writeUIntBE(Date.now(), 0, 6);
  id[6] = (id[6] & 0x0f) | 0x70;
  id[8] = (id[8] & 0x3f) | 0x80;
  return id;
}

/** Receives until it is killed. `store` returns once a row is on disk. */
exports.receive = (store) => {
  const app = express();
  app.get("/readyz", (_, response) => response.sendStatus(200));
  app.post("/hooks/acme", express.raw({ type: () => true, limit: "1mb" }), async (request, response) => {
    let row = null;
    try {
      row = verified(request);
    } catch {
      return response.sendStatus(400);
    }
    if (row === null) return response.sendStatus(401);
    try {
      await store(row);
    } catch {
      return response.set("retry-after", "10").sendStatus(503);
    }
    return response.sendStatus(200);
  });
  app.listen({ port: Number(process.env.PORT), host: "127.0.0.1", backlog: 4096 });
};

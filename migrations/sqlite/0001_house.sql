-- What Heard keeps. The same tables and columns stand in migrations/postgres; a test compares them.

-- Keys of our own, made at first start: for markers, tokens, sessions.
CREATE TABLE own_key (
    name       TEXT    NOT NULL PRIMARY KEY,
    value      BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Numbers that only grow, one row each; the row's lock puts writers in order.
CREATE TABLE counter (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counter (name, value) VALUES ('decision', 0);

-- What must be done by one process at a time.
CREATE TABLE lease (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder BLOB    NOT NULL,
    until  INTEGER NOT NULL
) STRICT;

-- Who must not be called before when: a helpdesk or GitHub asked us to wait.
CREATE TABLE gate (
    name         TEXT    NOT NULL PRIMARY KEY,
    paused_until INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    state        TEXT    NOT NULL
) STRICT;

-- One webhook request as received (G1, G2).
CREATE TABLE delivery (
    id          BLOB    NOT NULL PRIMARY KEY,
    connection  TEXT    NOT NULL,
    key         TEXT,
    signed      BLOB,
    headers     TEXT    NOT NULL,
    body        BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    state       TEXT    NOT NULL,
    error       TEXT,
    settled_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX delivery_key ON delivery (connection, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX delivery_signed ON delivery (connection, signed) WHERE signed IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id);

CREATE TABLE customer (
    id           BLOB    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    email        TEXT    UNIQUE,
    locale       TEXT,
    opted_out_at INTEGER,
    created_at   INTEGER NOT NULL
) STRICT;

-- The helpdesk's record of a person.
CREATE TABLE requester (
    connection  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    customer_id BLOB NOT NULL REFERENCES customer (id),
    PRIMARY KEY (connection, external_id)
) STRICT;
CREATE INDEX requester_customer ON requester (customer_id);

CREATE TABLE organization (
    id            BLOB    NOT NULL PRIMARY KEY,
    connection    TEXT    NOT NULL,
    external_id   TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    plan          TEXT,
    revenue_cents INTEGER,
    renewal_at    INTEGER,
    segment       TEXT,
    set_by_person INTEGER NOT NULL,
    UNIQUE (connection, external_id)
) STRICT;

CREATE TABLE ticket (
    id                BLOB    NOT NULL PRIMARY KEY,
    connection        TEXT    NOT NULL,
    external_id       TEXT    NOT NULL,
    url               TEXT,
    brand             TEXT,
    subject           TEXT    NOT NULL,
    status            TEXT    NOT NULL,
    tags              TEXT    NOT NULL,
    customer_id       BLOB    NOT NULL REFERENCES customer (id),
    organization_id   BLOB    REFERENCES organization (id),
    agent_external_id TEXT,
    agent_name        TEXT,
    created_at        INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    merged_into       TEXT,
    UNIQUE (connection, external_id)
) STRICT;
CREATE INDEX ticket_customer ON ticket (customer_id);

CREATE TABLE message (
    id          BLOB    NOT NULL PRIMARY KEY,
    ticket_id   BLOB    NOT NULL REFERENCES ticket (id),
    external_id TEXT    NOT NULL,
    author      TEXT    NOT NULL,
    public      INTEGER NOT NULL,
    body        TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (ticket_id, external_id)
) STRICT;

-- The sentence model's vector of a ticket, so that a start need not read every ticket again.
CREATE TABLE embedding (
    ticket_id BLOB NOT NULL PRIMARY KEY REFERENCES ticket (id),
    vector    BLOB NOT NULL
) STRICT;

CREATE TABLE topic (
    id            BLOB    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    kind_by       TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    title_by      TEXT    NOT NULL,
    summary       TEXT,
    brand         TEXT,
    state         TEXT    NOT NULL,
    cycle         INTEGER NOT NULL,
    merged_into   BLOB    REFERENCES topic (id),
    repository    TEXT,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL,
    wanted        INTEGER NOT NULL,
    filed         INTEGER NOT NULL
) STRICT;
CREATE INDEX topic_state ON topic (state);
CREATE INDEX topic_merged ON topic (merged_into);

-- A ticket's membership of a topic: exactly one.
CREATE TABLE link (
    ticket_id   BLOB    NOT NULL PRIMARY KEY REFERENCES ticket (id),
    topic_id    BLOB    NOT NULL REFERENCES topic (id),
    maker       TEXT    NOT NULL,
    decision_id BLOB    NOT NULL,
    linked_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX link_topic ON link (topic_id);

-- Why, and who said so. Only ever added to (G8); seq is the order in which the grouping learns from them.
CREATE TABLE decision (
    id             BLOB    NOT NULL PRIMARY KEY,
    seq            INTEGER NOT NULL UNIQUE,
    verdict        TEXT    NOT NULL,
    ticket_id      BLOB    REFERENCES ticket (id),
    topic_id       BLOB    REFERENCES topic (id),
    other_topic_id BLOB    REFERENCES topic (id),
    maker          TEXT    NOT NULL,
    actor          TEXT    NOT NULL,
    score          REAL,
    detail         TEXT    NOT NULL,
    made_at        INTEGER NOT NULL,
    undone_by      BLOB
) STRICT;
CREATE INDEX decision_ticket ON decision (ticket_id);
CREATE INDEX decision_topic ON decision (topic_id);

-- An open question of the grouping: which of these is it?
CREATE TABLE question (
    ticket_id   BLOB    NOT NULL PRIMARY KEY REFERENCES ticket (id),
    candidates  TEXT    NOT NULL,
    asked_at    INTEGER NOT NULL,
    answered_at INTEGER
) STRICT;

CREATE TABLE escalation (
    topic_id     BLOB    NOT NULL REFERENCES topic (id),
    ticket_id    BLOB    NOT NULL REFERENCES ticket (id),
    actor        TEXT    NOT NULL,
    via          TEXT    NOT NULL,
    escalated_at INTEGER NOT NULL,
    PRIMARY KEY (topic_id, ticket_id)
) STRICT;

-- One per topic, written before GitHub is called (G3).
CREATE TABLE issue (
    topic_id     BLOB    NOT NULL PRIMARY KEY REFERENCES topic (id),
    repository   TEXT    NOT NULL,
    filing       TEXT    NOT NULL,
    attempted_at INTEGER,
    number       INTEGER,
    github_id    INTEGER,
    url          TEXT,
    title        TEXT,
    state        TEXT,
    state_reason TEXT,
    section_hash BLOB,
    adopted      INTEGER NOT NULL,
    quiet        INTEGER NOT NULL,
    error        TEXT,
    changed_at   INTEGER,
    checked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX issue_number ON issue (repository, number) WHERE number IS NOT NULL;

-- The commits that fix a topic's issue.
CREATE TABLE fix (
    topic_id     BLOB    NOT NULL REFERENCES topic (id),
    repository   TEXT    NOT NULL,
    sha          TEXT    NOT NULL,
    pull_request INTEGER,
    how          TEXT    NOT NULL,
    sure         INTEGER NOT NULL,
    merged_at    INTEGER,
    stands_for   TEXT,
    reverted_by  TEXT,
    PRIMARY KEY (topic_id, repository, sha)
) STRICT;

CREATE TABLE release (
    id           BLOB    NOT NULL PRIMARY KEY,
    repository   TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    external_id  TEXT    NOT NULL,
    version      TEXT    NOT NULL,
    sha          TEXT    NOT NULL,
    url          TEXT,
    component    TEXT,
    environment  TEXT,
    prerelease   INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    UNIQUE (repository, source, external_id)
) STRICT;

-- What GitHub once answered: does this tip contain that commit? Neither can change.
CREATE TABLE containment (
    repository TEXT    NOT NULL,
    sha        TEXT    NOT NULL,
    tip        TEXT    NOT NULL,
    contained  INTEGER NOT NULL,
    PRIMARY KEY (repository, sha, tip)
) STRICT;

CREATE TABLE milestone (
    id         BLOB    NOT NULL PRIMARY KEY,
    topic_id   BLOB    NOT NULL REFERENCES topic (id),
    kind       TEXT    NOT NULL,
    cycle      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    release_id BLOB    REFERENCES release (id),
    confidence TEXT,
    words      TEXT,
    by_whom    TEXT    NOT NULL,
    UNIQUE (topic_id, kind, cycle)
) STRICT;

-- What one customer is told about one milestone of one topic (G4). origin_topic_id survives a merge of topics.
CREATE TABLE "update" (
    id              BLOB    NOT NULL PRIMARY KEY,
    customer_id     BLOB    NOT NULL REFERENCES customer (id),
    topic_id        BLOB    NOT NULL REFERENCES topic (id),
    origin_topic_id BLOB    NOT NULL REFERENCES topic (id),
    milestone_id    BLOB    NOT NULL REFERENCES milestone (id),
    kind            TEXT    NOT NULL,
    cycle           INTEGER NOT NULL,
    ticket_id       BLOB    NOT NULL REFERENCES ticket (id),
    state           TEXT    NOT NULL,
    due_at          INTEGER,
    text            TEXT    NOT NULL,
    html            TEXT    NOT NULL,
    reason          TEXT,
    approved_by     TEXT,
    attempted_at    INTEGER,
    sent_at         INTEGER,
    external_id     TEXT,
    created_at      INTEGER NOT NULL,
    UNIQUE (customer_id, topic_id, kind, cycle)
) STRICT;
CREATE INDEX update_due ON "update" (state, due_at);
CREATE INDEX update_topic ON "update" (topic_id);

-- The customer's own page: only the hash of what the link carries.
CREATE TABLE page_token (
    hash        BLOB    NOT NULL PRIMARY KEY,
    customer_id BLOB    NOT NULL REFERENCES customer (id),
    update_id   BLOB    REFERENCES "update" (id),
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE confirmation (
    id           BLOB    NOT NULL PRIMARY KEY,
    customer_id  BLOB    NOT NULL REFERENCES customer (id),
    topic_id     BLOB    NOT NULL REFERENCES topic (id),
    cycle        INTEGER NOT NULL,
    update_id    BLOB    REFERENCES "update" (id),
    verdict      TEXT    NOT NULL,
    via          TEXT    NOT NULL,
    feeling      INTEGER,
    words        TEXT,
    confirmed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX confirmation_once ON confirmation (customer_id, topic_id, cycle, verdict);
CREATE INDEX confirmation_topic ON confirmation (topic_id);

-- Notes, tags, comments: written before the call is made, so that none is done twice.
CREATE TABLE effect (
    id           BLOB    NOT NULL PRIMARY KEY,
    key          TEXT    NOT NULL UNIQUE,
    kind         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    detail       TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    attempted_at INTEGER,
    done_at      INTEGER,
    external_id  TEXT,
    created_at   INTEGER NOT NULL
) STRICT;

-- The ids of what we wrote: coming back, they change nothing (G7).
CREATE TABLE own_write (
    connection  TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    written_at  INTEGER NOT NULL,
    PRIMARY KEY (connection, external_id)
) STRICT;

-- What does not work just now or was given up, with its reason (G11).
CREATE TABLE failure (
    id       BLOB    NOT NULL PRIMARY KEY,
    work     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    sentence TEXT    NOT NULL,
    given_up INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    next_at  INTEGER,
    UNIQUE (work, subject)
) STRICT;

-- How far each sweep got (G10).
CREATE TABLE sweep (
    source   TEXT    NOT NULL PRIMARY KEY,
    cursor   TEXT,
    since    INTEGER NOT NULL,
    swept_at INTEGER,
    error    TEXT
) STRICT;

CREATE TABLE session (
    hash       BLOB    NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

-- Who did what; ids, never personal text.
CREATE TABLE audit (
    id      BLOB    NOT NULL PRIMARY KEY,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;

-- An answer that is owed to somebody.
CREATE TABLE promise (
    id        BLOB    NOT NULL PRIMARY KEY,
    topic_id  BLOB    NOT NULL REFERENCES topic (id),
    ticket_id BLOB    REFERENCES ticket (id),
    what      TEXT    NOT NULL,
    due_at    INTEGER NOT NULL,
    kept_at   INTEGER,
    made_by   TEXT    NOT NULL,
    UNIQUE (topic_id, what)
) STRICT;

-- What Heard keeps. The same tables and columns stand in migrations/sqlite; a test compares them.

-- Keys of our own, made at first start: for markers, tokens, sessions.
CREATE TABLE own_key (
    name       TEXT        NOT NULL PRIMARY KEY,
    value      BYTEA       NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Numbers that only grow, one row each; the row's lock puts writers in order.
CREATE TABLE counter (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('decision', 0);

-- What must be done by one process at a time.
CREATE TABLE lease (
    name   TEXT        NOT NULL PRIMARY KEY,
    holder UUID        NOT NULL,
    until  TIMESTAMPTZ NOT NULL
);

-- Who must not be called before when: a helpdesk or GitHub asked us to wait.
CREATE TABLE gate (
    name         TEXT        NOT NULL PRIMARY KEY,
    paused_until TIMESTAMPTZ NOT NULL,
    reason       TEXT        NOT NULL,
    state        JSONB       NOT NULL
);

-- One webhook request as received (G1, G2).
CREATE TABLE delivery (
    id          UUID        NOT NULL PRIMARY KEY,
    connection  TEXT        NOT NULL,
    key         TEXT,
    signed      BYTEA,
    headers     JSONB       NOT NULL,
    body        BYTEA       NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    state       TEXT        NOT NULL,
    error       TEXT,
    settled_at  TIMESTAMPTZ
);
CREATE UNIQUE INDEX delivery_key ON delivery (connection, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX delivery_signed ON delivery (connection, signed) WHERE signed IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id);

CREATE TABLE customer (
    id           UUID        NOT NULL PRIMARY KEY,
    name         TEXT        NOT NULL,
    email        TEXT        UNIQUE,
    locale       TEXT,
    opted_out_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL
);

-- The helpdesk's record of a person.
CREATE TABLE requester (
    connection  TEXT NOT NULL,
    external_id TEXT NOT NULL,
    customer_id UUID NOT NULL REFERENCES customer (id),
    PRIMARY KEY (connection, external_id)
);
CREATE INDEX requester_customer ON requester (customer_id);

CREATE TABLE organization (
    id            UUID    NOT NULL PRIMARY KEY,
    connection    TEXT    NOT NULL,
    external_id   TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    plan          TEXT,
    revenue_cents BIGINT,
    renewal_at    TIMESTAMPTZ,
    segment       TEXT,
    set_by_person BOOLEAN NOT NULL,
    UNIQUE (connection, external_id)
);

CREATE TABLE ticket (
    id                UUID        NOT NULL PRIMARY KEY,
    connection        TEXT        NOT NULL,
    external_id       TEXT        NOT NULL,
    url               TEXT,
    brand             TEXT,
    subject           TEXT        NOT NULL,
    status            TEXT        NOT NULL,
    tags              JSONB       NOT NULL,
    customer_id       UUID        NOT NULL REFERENCES customer (id),
    organization_id   UUID        REFERENCES organization (id),
    agent_external_id TEXT,
    agent_name        TEXT,
    created_at        TIMESTAMPTZ NOT NULL,
    changed_at        TIMESTAMPTZ NOT NULL,
    merged_into       TEXT,
    UNIQUE (connection, external_id)
);
CREATE INDEX ticket_customer ON ticket (customer_id);

CREATE TABLE message (
    id          UUID        NOT NULL PRIMARY KEY,
    ticket_id   UUID        NOT NULL REFERENCES ticket (id),
    external_id TEXT        NOT NULL,
    author      TEXT        NOT NULL,
    public      BOOLEAN     NOT NULL,
    body        TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (ticket_id, external_id)
);

-- The sentence model's vector of a ticket, so that a start need not read every ticket again.
CREATE TABLE embedding (
    ticket_id UUID NOT NULL PRIMARY KEY REFERENCES ticket (id),
    vector    BYTEA NOT NULL
);

CREATE TABLE topic (
    id            UUID        NOT NULL PRIMARY KEY,
    kind          TEXT        NOT NULL,
    kind_by       TEXT        NOT NULL,
    title         TEXT        NOT NULL,
    title_by      TEXT        NOT NULL,
    summary       TEXT,
    brand         TEXT,
    state         TEXT        NOT NULL,
    cycle         BIGINT      NOT NULL,
    merged_into   UUID        REFERENCES topic (id),
    repository    TEXT,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at  TIMESTAMPTZ NOT NULL,
    wanted        BIGINT      NOT NULL,
    filed         BIGINT      NOT NULL
);
CREATE INDEX topic_state ON topic (state);
CREATE INDEX topic_merged ON topic (merged_into);

-- A ticket's membership of a topic: exactly one.
CREATE TABLE link (
    ticket_id   UUID        NOT NULL PRIMARY KEY REFERENCES ticket (id),
    topic_id    UUID        NOT NULL REFERENCES topic (id),
    maker       TEXT        NOT NULL,
    decision_id UUID        NOT NULL,
    linked_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX link_topic ON link (topic_id);

-- Why, and who said so. Only ever added to (G8); seq is the order in which the grouping learns from them.
CREATE TABLE decision (
    id             UUID             NOT NULL PRIMARY KEY,
    seq            BIGINT           NOT NULL UNIQUE,
    verdict        TEXT             NOT NULL,
    ticket_id      UUID             REFERENCES ticket (id),
    topic_id       UUID             REFERENCES topic (id),
    other_topic_id UUID             REFERENCES topic (id),
    maker          TEXT             NOT NULL,
    actor          TEXT             NOT NULL,
    score          DOUBLE PRECISION,
    detail         JSONB            NOT NULL,
    made_at        TIMESTAMPTZ      NOT NULL,
    undone_by      UUID
);
CREATE INDEX decision_ticket ON decision (ticket_id);
CREATE INDEX decision_topic ON decision (topic_id);

-- An open question of the grouping: which of these is it?
CREATE TABLE question (
    ticket_id   UUID        NOT NULL PRIMARY KEY REFERENCES ticket (id),
    candidates  JSONB       NOT NULL,
    asked_at    TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ
);

CREATE TABLE escalation (
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    ticket_id    UUID        NOT NULL REFERENCES ticket (id),
    actor        TEXT        NOT NULL,
    via          TEXT        NOT NULL,
    escalated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (topic_id, ticket_id)
);

-- One per topic, written before GitHub is called (G3).
CREATE TABLE issue (
    topic_id     UUID        NOT NULL PRIMARY KEY REFERENCES topic (id),
    repository   TEXT        NOT NULL,
    filing       TEXT        NOT NULL,
    attempted_at TIMESTAMPTZ,
    number       BIGINT,
    github_id    BIGINT,
    url          TEXT,
    title        TEXT,
    state        TEXT,
    state_reason TEXT,
    section_hash BYTEA,
    adopted      BOOLEAN     NOT NULL,
    quiet        BOOLEAN     NOT NULL,
    error        TEXT,
    changed_at   TIMESTAMPTZ,
    checked_at   TIMESTAMPTZ
);
CREATE UNIQUE INDEX issue_number ON issue (repository, number) WHERE number IS NOT NULL;

-- The commits that fix a topic's issue.
CREATE TABLE fix (
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    repository   TEXT        NOT NULL,
    sha          TEXT        NOT NULL,
    pull_request BIGINT,
    how          TEXT        NOT NULL,
    sure         BOOLEAN     NOT NULL,
    merged_at    TIMESTAMPTZ,
    stands_for   TEXT,
    reverted_by  TEXT,
    PRIMARY KEY (topic_id, repository, sha)
);

CREATE TABLE release (
    id           UUID        NOT NULL PRIMARY KEY,
    repository   TEXT        NOT NULL,
    source       TEXT        NOT NULL,
    external_id  TEXT        NOT NULL,
    version      TEXT        NOT NULL,
    sha          TEXT        NOT NULL,
    url          TEXT,
    component    TEXT,
    environment  TEXT,
    prerelease   BOOLEAN     NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    UNIQUE (repository, source, external_id)
);

-- What GitHub once answered: does this tip contain that commit? Neither can change.
CREATE TABLE containment (
    repository TEXT    NOT NULL,
    sha        TEXT    NOT NULL,
    tip        TEXT    NOT NULL,
    contained  BOOLEAN NOT NULL,
    PRIMARY KEY (repository, sha, tip)
);

CREATE TABLE milestone (
    id         UUID        NOT NULL PRIMARY KEY,
    topic_id   UUID        NOT NULL REFERENCES topic (id),
    kind       TEXT        NOT NULL,
    cycle      BIGINT      NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    release_id UUID        REFERENCES release (id),
    confidence TEXT,
    words      TEXT,
    by_whom    TEXT        NOT NULL,
    UNIQUE (topic_id, kind, cycle)
);

-- What one customer is told about one milestone of one topic (G4). origin_topic_id survives a merge of topics.
CREATE TABLE "update" (
    id              UUID        NOT NULL PRIMARY KEY,
    customer_id     UUID        NOT NULL REFERENCES customer (id),
    topic_id        UUID        NOT NULL REFERENCES topic (id),
    origin_topic_id UUID        NOT NULL REFERENCES topic (id),
    milestone_id    UUID        NOT NULL REFERENCES milestone (id),
    kind            TEXT        NOT NULL,
    cycle           BIGINT      NOT NULL,
    ticket_id       UUID        NOT NULL REFERENCES ticket (id),
    state           TEXT        NOT NULL,
    due_at          TIMESTAMPTZ,
    text            TEXT        NOT NULL,
    html            TEXT        NOT NULL,
    reason          TEXT,
    approved_by     TEXT,
    attempted_at    TIMESTAMPTZ,
    sent_at         TIMESTAMPTZ,
    external_id     TEXT,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (customer_id, topic_id, kind, cycle)
);
CREATE INDEX update_due ON "update" (state, due_at);
CREATE INDEX update_topic ON "update" (topic_id);

-- The customer's own page: only the hash of what the link carries.
CREATE TABLE page_token (
    hash        BYTEA       NOT NULL PRIMARY KEY,
    customer_id UUID        NOT NULL REFERENCES customer (id),
    update_id   UUID        REFERENCES "update" (id),
    expires_at  TIMESTAMPTZ NOT NULL
);

CREATE TABLE confirmation (
    id           UUID        NOT NULL PRIMARY KEY,
    customer_id  UUID        NOT NULL REFERENCES customer (id),
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    cycle        BIGINT      NOT NULL,
    update_id    UUID        REFERENCES "update" (id),
    verdict      TEXT        NOT NULL,
    via          TEXT        NOT NULL,
    feeling      BIGINT,
    words        TEXT,
    confirmed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX confirmation_once ON confirmation (customer_id, topic_id, cycle, verdict);
CREATE INDEX confirmation_topic ON confirmation (topic_id);

-- Notes, tags, comments: written before the call is made, so that none is done twice.
CREATE TABLE effect (
    id           UUID        NOT NULL PRIMARY KEY,
    key          TEXT        NOT NULL UNIQUE,
    kind         TEXT        NOT NULL,
    subject      TEXT        NOT NULL,
    detail       JSONB       NOT NULL,
    state        TEXT        NOT NULL,
    attempted_at TIMESTAMPTZ,
    done_at      TIMESTAMPTZ,
    external_id  TEXT,
    created_at   TIMESTAMPTZ NOT NULL
);

-- The ids of what we wrote: coming back, they change nothing (G7).
CREATE TABLE own_write (
    connection  TEXT        NOT NULL,
    external_id TEXT        NOT NULL,
    written_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (connection, external_id)
);

-- What does not work just now or was given up, with its reason (G11).
CREATE TABLE failure (
    id        UUID        NOT NULL PRIMARY KEY,
    work      TEXT        NOT NULL,
    subject   TEXT        NOT NULL,
    sentence  TEXT        NOT NULL,
    given_up  BOOLEAN     NOT NULL,
    times     BIGINT      NOT NULL,
    first_at  TIMESTAMPTZ NOT NULL,
    last_at   TIMESTAMPTZ NOT NULL,
    next_at   TIMESTAMPTZ,
    UNIQUE (work, subject)
);

-- How far each sweep got (G10).
CREATE TABLE sweep (
    source   TEXT        NOT NULL PRIMARY KEY,
    cursor   TEXT,
    since    TIMESTAMPTZ NOT NULL,
    swept_at TIMESTAMPTZ,
    error    TEXT
);

CREATE TABLE session (
    hash       BYTEA       NOT NULL PRIMARY KEY,
    expires_at TIMESTAMPTZ NOT NULL
);

-- Who did what; ids, never personal text.
CREATE TABLE audit (
    id      UUID        NOT NULL PRIMARY KEY,
    actor   TEXT        NOT NULL,
    action  TEXT        NOT NULL,
    subject TEXT        NOT NULL,
    at      TIMESTAMPTZ NOT NULL
);

-- An answer that is owed to somebody.
CREATE TABLE promise (
    id        UUID        NOT NULL PRIMARY KEY,
    topic_id  UUID        NOT NULL REFERENCES topic (id),
    ticket_id UUID        REFERENCES ticket (id),
    what      TEXT        NOT NULL,
    due_at    TIMESTAMPTZ NOT NULL,
    kept_at   TIMESTAMPTZ,
    made_by   TEXT        NOT NULL,
    UNIQUE (topic_id, what)
);

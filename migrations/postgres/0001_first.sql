-- Everything Heard keeps. migrations/sqlite holds the same tables, columns and keys; a test compares the two.
-- What later migrations add stands in files of its own: a migration that has landed is never edited.

-- == Intake ==

-- A webhook request as it was received. The two unique keys hold G2 (a delivery that arrives twice changes nothing):
-- the sender's own id of it, and the SHA-256 of what was signed. about is the ticket or the person that it speaks of.
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
    settled_at  TIMESTAMPTZ,
    about       TEXT
);
CREATE UNIQUE INDEX delivery_key ON delivery (connection, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX delivery_signed ON delivery (connection, signed) WHERE signed IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id);
-- What came in lately is counted without reading it.
CREATE INDEX delivery_received ON delivery (received_at, connection, state);
CREATE INDEX delivery_about ON delivery (connection, about);

-- How far the sweep of each helpdesk and each repository has come (G10, webhooks are hints).
CREATE TABLE sweep (
    source   TEXT        NOT NULL PRIMARY KEY,
    cursor   TEXT,
    since    TIMESTAMPTZ NOT NULL,
    swept_at TIMESTAMPTZ,
    error    TEXT
);

-- == Customers ==

-- A person who writes to a helpdesk, across all helpdesks. opted_out_at is when support noted that they want to be told
-- nothing more, by any helpdesk.
CREATE TABLE customer (
    id           UUID        NOT NULL PRIMARY KEY,
    name         TEXT        NOT NULL,
    email        TEXT,
    locale       TEXT,
    time_zone    TEXT,
    opted_out_at TIMESTAMPTZ,
    created_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX customer_email ON customer (email);

-- One helpdesk's record of a customer. verified says whether the helpdesk calls the address theirs, company_id is the
-- company's own id of the person, and standing whether the helpdesk delivers to them. opted_out_at is when they said on
-- their page that this helpdesk should tell them nothing more.
CREATE TABLE requester (
    connection  TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    customer_id UUID    NOT NULL REFERENCES customer (id),
    email       TEXT,
    verified    BOOLEAN NOT NULL,
    company_id  TEXT,
    standing    TEXT    NOT NULL,
    opted_out_at TIMESTAMPTZ,
    PRIMARY KEY (connection, external_id)
);
CREATE INDEX requester_email ON requester (email);
CREATE INDEX requester_company_id ON requester (company_id) WHERE company_id IS NOT NULL;
CREATE INDEX requester_customer ON requester (customer_id);

-- A customer's company. Once a person has set its plan, revenue, renewal and segment, the helpdesk no longer does.
CREATE TABLE organization (
    id            UUID        NOT NULL PRIMARY KEY,
    connection    TEXT        NOT NULL,
    external_id   TEXT        NOT NULL,
    name          TEXT        NOT NULL,
    plan          TEXT,
    revenue_cents BIGINT,
    renewal_at    TIMESTAMPTZ,
    segment       TEXT,
    set_by_person BOOLEAN     NOT NULL,
    UNIQUE (connection, external_id)
);

-- == Tickets ==

-- A customer's request, as the helpdesk last showed it. merged_into is the helpdesk's id of the ticket that carries on,
-- and read_until the time of the newest message that was forgotten: if they come back, they are no new answers. read_at is
-- when we last read it, by our clock. unquoted says that a person keeps its words out of issues. name_trace is a keyed hash of the
-- customer's name that it last came with, and name_stayed says that the name stood there before the ticket was given to its customer.
-- unremembered says that a reply of ours stands in it which this database does not know, as after a backup was restored.
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
    channel           TEXT    NOT NULL,
    created_at        TIMESTAMPTZ NOT NULL,
    changed_at        TIMESTAMPTZ NOT NULL,
    read_at           TIMESTAMPTZ NOT NULL,
    merged_into       TEXT,
    requester_external_id TEXT NOT NULL,
    read_until        TIMESTAMPTZ,
    follow_up_of      TEXT,
    internal          BOOLEAN NOT NULL DEFAULT false,
    unquoted          BOOLEAN NOT NULL DEFAULT false,
    reaches_others    BOOLEAN NOT NULL DEFAULT false,
    unremembered      BOOLEAN NOT NULL DEFAULT false,
    name_trace        BYTEA,
    name_stayed       BOOLEAN NOT NULL DEFAULT false,
    UNIQUE (connection, external_id)
);
-- Somebody may have written very many tickets, and their newest is looked up.
CREATE INDEX ticket_customer ON ticket (customer_id, created_at);
-- What was written lately is looked at for spikes.
CREATE INDEX ticket_created ON ticket (created_at);
-- Tickets are listed by organization and by connection, newest first, and found by their number.
CREATE INDEX ticket_organization ON ticket (organization_id, created_at);
CREATE INDEX ticket_connection ON ticket (connection, created_at);
CREATE INDEX ticket_number ON ticket (external_id);

-- The tickets that were merged into one are looked up.
CREATE INDEX ticket_merged_into ON ticket (merged_into) WHERE merged_into IS NOT NULL;
-- Hardly anybody has such a ticket. Whether they do is asked before each reply, also of somebody who wrote very many.
CREATE INDEX ticket_unremembered ON ticket (customer_id) WHERE unremembered;

-- What an agent did in the helpdesk that ties a ticket to others: it is an incident of the problem ticket whose number there is the
-- key, or its notes point to the issue that the key names. That it was merged into another stands in merged_into.
CREATE TABLE tie (
    ticket_id UUID NOT NULL REFERENCES ticket (id),
    tie       TEXT NOT NULL,
    key       TEXT NOT NULL,
    PRIMARY KEY (ticket_id, tie)
);
CREATE INDEX tie_key ON tie (tie, key);

-- What agents put on a ticket that may say what it is about: a tag, or the hash of an answer. Whether it says something is counted on
-- the tickets that have it.
CREATE TABLE mark (
    ticket_id UUID NOT NULL REFERENCES ticket (id),
    mark      TEXT NOT NULL,
    PRIMARY KEY (ticket_id, mark)
);
CREATE INDEX mark_mark ON mark (mark);

-- A public or internal entry in a ticket. reading is what it meant as an answer to an update, once it was read,
-- trust whether it is its author's, as far as the helpdesk knows, and as_of when
-- the helpdesk had it so: what is older changes nothing.
CREATE TABLE message (
    id          UUID        NOT NULL PRIMARY KEY,
    ticket_id   UUID        NOT NULL REFERENCES ticket (id),
    external_id TEXT        NOT NULL,
    author      TEXT        NOT NULL,
    author_external_id TEXT,
    public      BOOLEAN     NOT NULL,
    trust       TEXT    NOT NULL,
    body        TEXT        NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL,
    as_of       TIMESTAMPTZ NOT NULL,
    reading     TEXT,
    UNIQUE (ticket_id, external_id)
);

-- The vector that a sentence model made of a ticket, so that a start need not compute it again. The name of the model
-- stands beside it, because vectors of different models cannot be compared.
CREATE TABLE embedding (
    ticket_id UUID  NOT NULL PRIMARY KEY REFERENCES ticket (id),
    model     TEXT  NOT NULL,
    vector    BYTEA NOT NULL
);
CREATE INDEX embedding_model ON embedding (model);

-- A word of no list that a customer wrote in a ticket. used_by is their organization, or themselves where they have none: an
-- issue may hold what three of them say. The key is in the order in which they are counted, without reading on.
CREATE TABLE used_word (
    word      TEXT NOT NULL,
    used_by   UUID NOT NULL,
    ticket_id UUID NOT NULL REFERENCES ticket (id),
    PRIMARY KEY (word, used_by, ticket_id)
);
CREATE INDEX used_word_ticket ON used_word (ticket_id);

-- A part of the name of a ticket's customer or agent, or all of it as one word, without case and accents: no issue calls anybody
-- so. Names are looked up by their first two letters where a text may hold them in any spelling.
CREATE TABLE used_name (
    name      TEXT NOT NULL,
    ticket_id UUID NOT NULL REFERENCES ticket (id),
    PRIMARY KEY (name, ticket_id)
);
CREATE INDEX used_name_ticket ON used_name (ticket_id);
CREATE INDEX used_name_begins ON used_name (substr(name, 1, 2), name);

-- A word by which something is found: of a topic's title, a customer's name and addresses, or an organization's name, without
-- case and accents. noun says which of the three id is. It goes with the text it was read in. The index is in the order in which
-- words are looked through: by their beginning, and what is newest first.
-- Both engines compare words byte by byte.
CREATE TABLE search_word (
    id   UUID NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    noun TEXT NOT NULL,
    PRIMARY KEY (id, word)
);
CREATE INDEX search_word_found ON search_word (noun, word, id DESC);

-- The words by which a ticket is found, each once with a space between them, without case and accents: of its subject and of what its
-- customer wrote in public. It goes with the text it was read in.
CREATE TABLE ticket_text (
    ticket_id UUID NOT NULL PRIMARY KEY REFERENCES ticket (id),
    words     TEXT COLLATE "C" NOT NULL
);

-- The words were taken apart by us: no parser, dictionary or locale of the server has a say. What waits to be put into the index is
-- read by every search, so little may wait.
CREATE INDEX ticket_text_words ON ticket_text USING gin (array_to_tsvector(string_to_array(words, ' ')))
    WITH (gin_pending_list_limit = 256);

-- The tickets with all of these words, so many at most, in no order. Where the planner takes a word for a common one, it would rather
-- read the table than the index; for one that is not, that reads all of it.
CREATE FUNCTION tickets_with_words(asked TSQUERY, most BIGINT) RETURNS TABLE (id UUID, words TEXT) LANGUAGE sql STABLE
    SET enable_seqscan = off SET jit = off AS $$
    SELECT ticket_text.ticket_id, ticket_text.words FROM ticket_text
    WHERE array_to_tsvector(string_to_array(ticket_text.words, ' ')) @@ asked LIMIT most
$$;

-- == Topics ==

-- A recurring bug, feature request or question. Its issue is up to date when observed_version has reached
-- desired_version. A merged topic stays as a redirect to the one that carries on. likely_in is the topic of which all of its
-- tickets are likely members; it is derived from the decisions and the open questions, and kept up in the transactions that
-- change those.
CREATE TABLE topic (
    id               UUID        NOT NULL PRIMARY KEY,
    kind             TEXT        NOT NULL,
    kind_by          TEXT        NOT NULL,
    kind_is_sure     BOOLEAN NOT NULL,
    title            TEXT        NOT NULL,
    title_by         TEXT        NOT NULL,
    summary          TEXT,
    brand            TEXT,
    state            TEXT        NOT NULL,
    cycle            BIGINT      NOT NULL,
    merged_into      UUID        REFERENCES topic (id),
    repository       TEXT,
    first_seen_at    TIMESTAMPTZ NOT NULL,
    last_seen_at     TIMESTAMPTZ NOT NULL,
    desired_version  BIGINT      NOT NULL,
    observed_version BIGINT      NOT NULL,
    looked           BIGINT NOT NULL,
    likely_in        UUID    REFERENCES topic (id)
);
CREATE INDEX topic_likely ON topic (likely_in) WHERE likely_in IS NOT NULL;
CREATE INDEX topic_state ON topic (state);
CREATE INDEX topic_merged ON topic (merged_into) WHERE merged_into IS NOT NULL;
-- Topics are looked through from those heard of last, without sorting all there are.
CREATE INDEX topic_last_seen ON topic (last_seen_at DESC, id) WHERE merged_into IS NULL;

-- The last time that far more customers than usual raised a topic: from its first complaint to its newest, how many customers,
-- and how many a week there were before.
CREATE TABLE spike (
    topic_id  UUID NOT NULL PRIMARY KEY REFERENCES topic (id),
    began_at  TIMESTAMPTZ NOT NULL,
    last_at   TIMESTAMPTZ NOT NULL,
    customers BIGINT NOT NULL,
    usual     DOUBLE PRECISION NOT NULL
);

-- Which topic a ticket belongs to: exactly one.
CREATE TABLE link (
    ticket_id   UUID        NOT NULL PRIMARY KEY REFERENCES ticket (id),
    topic_id    UUID        NOT NULL REFERENCES topic (id),
    maker       TEXT        NOT NULL,
    decision_id UUID        NOT NULL,
    linked_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX link_topic ON link (topic_id);

-- The decision log: what was decided about a ticket or a topic, by whom and why. It is only ever added to, so that every
-- decision of a person can be undone (G8). seq is the order in which the grouping learns from it. The columns from
-- match_log_odds on hold what a start needs of a decision of the machine, so that it need not read the reasons in detail.
CREATE TABLE decision (
    id              UUID             NOT NULL PRIMARY KEY,
    seq             BIGINT           NOT NULL UNIQUE,
    verdict         TEXT             NOT NULL,
    ticket_id       UUID             REFERENCES ticket (id),
    topic_id        UUID             REFERENCES topic (id),
    other_topic_id  UUID             REFERENCES topic (id),
    maker           TEXT             NOT NULL,
    actor           TEXT             NOT NULL,
    score           DOUBLE PRECISION,
    detail          JSONB            NOT NULL,
    made_at         TIMESTAMPTZ      NOT NULL,
    undone_by       UUID,
    match_log_odds  REAL,
    likely_topic_id UUID             REFERENCES topic (id),
    ticket_kind     TEXT
);
CREATE INDEX decision_ticket ON decision (ticket_id);
CREATE INDEX decision_likely ON decision (likely_topic_id);
CREATE INDEX decision_topic ON decision (topic_id);
CREATE INDEX decision_other_topic ON decision (other_topic_id) WHERE other_topic_id IS NOT NULL;
-- What people decided is shown by itself, among however many decisions of the machine.
CREATE INDEX decision_of_people ON decision (topic_id) WHERE maker <> 'machine';
CREATE INDEX decision_of_people_elsewhere ON decision (other_topic_id) WHERE maker <> 'machine';
CREATE INDEX decision_of_people_ticket ON decision (ticket_id) WHERE maker <> 'machine';

-- A question of the grouping to a person: which of these topics is the ticket about?
CREATE TABLE question (
    ticket_id   UUID        NOT NULL PRIMARY KEY REFERENCES ticket (id),
    candidates  JSONB       NOT NULL,
    asked_at    TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ
);
-- How many were answered today is counted.
CREATE INDEX question_answered ON question (answered_at);

-- Which ticket of a topic an agent escalated, and by which button, tag or command.
CREATE TABLE escalation (
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    ticket_id    UUID        NOT NULL REFERENCES ticket (id),
    actor        TEXT        NOT NULL,
    via          TEXT        NOT NULL,
    escalated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (topic_id, ticket_id)
);

-- An answer that is owed to a topic's customers, with the time it is due.
CREATE TABLE promise (
    id       UUID        NOT NULL PRIMARY KEY,
    topic_id UUID        NOT NULL REFERENCES topic (id),
    what     TEXT        NOT NULL,
    due_at   TIMESTAMPTZ NOT NULL,
    kept_at  TIMESTAMPTZ,
    made_by  TEXT        NOT NULL,
    UNIQUE (topic_id, what)
);
CREATE INDEX promise_open ON promise (due_at, id) WHERE kept_at IS NULL;

-- == What topics weigh ==

-- What stands in these three tables follows from topics, links, tickets and organizations. It is kept up as a transaction that changed
-- one of those ends (store/impacts.rs), and `heard database rebuild` finds it anew.

-- Where a ticket counts: in the topic that it is linked to (sure is 1), and, where that one stands in another, as a likely member there
-- (sure is 0). customer_id and organization_id are there if it counts for them: if it was not deleted and something in it is public.
-- speaks says whether somebody raises the topic in it, and in_public whether whoever may read no customers may know of it. asked is 1
-- where a question about it is open: whether it belongs here, or, where its topic stands in no other, anywhere at all.
CREATE TABLE impact_ticket (
    ticket_id       UUID    NOT NULL REFERENCES ticket (id),
    sure            BIGINT NOT NULL,
    topic_id        UUID    NOT NULL REFERENCES topic (id),
    customer_id     UUID,
    organization_id UUID,
    created_at      TIMESTAMPTZ NOT NULL,
    speaks          BIGINT NOT NULL,
    in_public       BIGINT NOT NULL,
    asked           BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, sure)
);
CREATE INDEX impact_ticket_written ON impact_ticket (topic_id, created_at, ticket_id, sure, customer_id);
CREATE INDEX impact_ticket_asked ON impact_ticket (topic_id, sure, created_at, ticket_id) WHERE asked = 1;
CREATE INDEX impact_ticket_customer ON impact_ticket (topic_id, customer_id, sure, created_at, ticket_id);

-- An organization behind a topic: by how many of its tickets, and what it counts as. Both stay what they are there until the
-- organization's record changes, so that as much is taken away as was added.
CREATE TABLE impact_organization (
    topic_id        UUID    NOT NULL REFERENCES topic (id),
    organization_id UUID    NOT NULL,
    sure_tickets    BIGINT NOT NULL,
    likely_tickets  BIGINT NOT NULL,
    revenue_cents   BIGINT NOT NULL,
    renewal_at      TIMESTAMPTZ,
    PRIMARY KEY (topic_id, organization_id)
);
CREATE INDEX impact_organization_topics ON impact_organization (organization_id, topic_id);
CREATE INDEX impact_organization_renewal ON impact_organization (topic_id, renewal_at);

-- What a topic weighs, and what it is listed by. What begins with all_ counts its likely members too. listed is 1 if the board shows it.
-- The scores are as of the last look at them: time alone changes them, next at rescore_at. plain_score is for whoever may not know
-- what customers pay. asked is how many likely members a person is asked about, likely_customers who wrote those that stand here, whether
-- they are among the sure ones or not, and asked_alone how many of its own tickets are asked about.
CREATE TABLE impact (
    topic_id          UUID    NOT NULL PRIMARY KEY REFERENCES topic (id),
    listed            BIGINT NOT NULL DEFAULT 0,
    kind              TEXT    NOT NULL,
    state             TEXT    NOT NULL,
    first_seen_at     TIMESTAMPTZ NOT NULL,
    last_seen_at      TIMESTAMPTZ NOT NULL,
    tickets           BIGINT NOT NULL DEFAULT 0,
    customers         BIGINT NOT NULL DEFAULT 0,
    organizations     BIGINT NOT NULL DEFAULT 0,
    revenue_cents     BIGINT NOT NULL DEFAULT 0,
    all_tickets       BIGINT NOT NULL DEFAULT 0,
    all_customers     BIGINT NOT NULL DEFAULT 0,
    all_organizations BIGINT NOT NULL DEFAULT 0,
    all_revenue_cents BIGINT NOT NULL DEFAULT 0,
    speaking          BIGINT NOT NULL DEFAULT 0,
    in_public         BIGINT NOT NULL DEFAULT 0,
    asked             BIGINT NOT NULL DEFAULT 0,
    asked_alone       BIGINT NOT NULL DEFAULT 0,
    likely_customers  BIGINT NOT NULL DEFAULT 0,
    likely_revenue_cents BIGINT NOT NULL DEFAULT 0,
    score             BIGINT NOT NULL DEFAULT 0,
    plain_score       BIGINT NOT NULL DEFAULT 0,
    rescore_at        TIMESTAMPTZ
);
-- One for each order of the board. Kind and state stand at the end, so that what is not shown is passed over in the index.
CREATE INDEX impact_by_customers ON impact (listed, all_customers DESC, score DESC, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_customers_plain ON impact (listed, all_customers DESC, plain_score DESC, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_score ON impact (listed, score DESC, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_score_plain ON impact (listed, plain_score DESC, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_revenue ON impact (listed, all_revenue_cents DESC, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_last_seen ON impact (listed, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_by_first_seen ON impact (listed, first_seen_at, last_seen_at DESC, topic_id, kind, state);
CREATE INDEX impact_kinds ON impact (listed, kind, state);
-- Triage asks about these.
CREATE INDEX impact_asked ON impact (state, likely_customers, likely_revenue_cents, asked, last_seen_at, topic_id) WHERE asked > 0;
CREATE INDEX impact_asked_alone ON impact (state, last_seen_at, topic_id) WHERE asked_alone > 0;
CREATE INDEX impact_to_rescore ON impact (rescore_at);

-- How many topics are listed of each kind in each state, as of the last look. It is read only where they are many.
CREATE TABLE impact_count (
    kind   TEXT NOT NULL,
    state  TEXT NOT NULL,
    topics BIGINT NOT NULL,
    PRIMARY KEY (kind, state)
);

-- == Issues, fixes and releases ==

-- A topic's issue in the tracker. The row is written before the tracker is called, and there is one row for a topic: that is G3
-- (one issue per topic). approved is the SHA-256 of the words that a person let go, and introduction what they wrote above
-- them, until the issue is filed. external_id and repository_id are the tracker's ids of the issue and of its repository: they say
-- which issue it is when another repository has the name.
CREATE TABLE issue (
    topic_id     UUID        NOT NULL PRIMARY KEY REFERENCES topic (id),
    repository   TEXT        NOT NULL,
    filing       TEXT        NOT NULL,
    attempted_at TIMESTAMPTZ,
    number       BIGINT,
    external_id  BIGINT,
    repository_id BIGINT,
    url          TEXT,
    title        TEXT,
    state        TEXT,
    state_reason TEXT,
    section_hash BYTEA,
    adopted      BOOLEAN     NOT NULL,
    quiet        BOOLEAN     NOT NULL,
    error        TEXT,
    changed_at   TIMESTAMPTZ,
    checked_at   TIMESTAMPTZ,
    approved     BYTEA,
    introduction TEXT
);
CREATE UNIQUE INDEX issue_number ON issue (repository, number) WHERE number IS NOT NULL;
CREATE INDEX issue_in_review ON issue (filing) WHERE filing = 'in_review';
CREATE INDEX issue_by_number ON issue (number);

-- A commit that belongs to the fix of a topic's issue.
CREATE TABLE fix (
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    repository   TEXT        NOT NULL,
    sha          TEXT        NOT NULL,
    pull_request BIGINT,
    title        TEXT,
    source       TEXT        NOT NULL,
    sure         BOOLEAN     NOT NULL,
    doubt        TEXT,
    merged_at    TIMESTAMPTZ,
    stands_for   TEXT,
    reverted_by  TEXT,
    PRIMARY KEY (topic_id, repository, sha)
);

-- A release, tag or deployment. external_id is the id that its source gave it. marked is what the source itself says of
-- its being a prerelease; moved says that its name stood at another commit before; bare, that it has no files as those before it do. learned is the place of this news among
-- all news of releases: topic.looked says up to which of them its fix set was read again since.
CREATE TABLE release (
    id           UUID        NOT NULL PRIMARY KEY,
    repository   TEXT        NOT NULL,
    source       TEXT        NOT NULL,
    external_id  TEXT        NOT NULL,
    version      TEXT        NOT NULL,
    sha          TEXT,
    url          TEXT,
    component    TEXT,
    environment  TEXT,
    prerelease   BOOLEAN     NOT NULL,
    marked       BOOLEAN NOT NULL,
    moved        BOOLEAN NOT NULL,
    bare         BOOLEAN NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    learned      BIGINT NOT NULL,
    UNIQUE (repository, source, external_id)
);

-- Whether everybody can read a repository, as it was when its releases were last read. Customers get no link into another.
CREATE TABLE readable (
    repository TEXT    NOT NULL PRIMARY KEY,
    by_all     BOOLEAN NOT NULL
);

-- Which repository of the tracker the settings mean by a name, in small letters: the one that had the name when it was first asked
-- about, until a person says that another one is meant.
CREATE TABLE known_repository (
    name        TEXT NOT NULL PRIMARY KEY,
    external_id BIGINT NOT NULL
);

-- How many news of releases there were. One row, which whoever learns of a release holds until it is stored.
CREATE TABLE learning (
    what  TEXT NOT NULL PRIMARY KEY,
    count BIGINT NOT NULL
);

-- Whether the commit tip contains the commit sha. The answer cannot change, so the tracker is asked once.
CREATE TABLE containment (
    repository TEXT    NOT NULL,
    sha        TEXT    NOT NULL,
    tip        TEXT    NOT NULL,
    contained  BOOLEAN NOT NULL,
    PRIMARY KEY (repository, sha, tip)
);

-- The files a commit changes, so that a release of one component ships only the fixes in it. The answer cannot change,
-- so the tracker is asked once.
CREATE TABLE commit_files (
    repository TEXT  NOT NULL,
    sha        TEXT  NOT NULL,
    files      JSONB NOT NULL,
    PRIMARY KEY (repository, sha)
);

-- The commits that a fix is made of, and the commits that head has and base lacks, with what their messages say. Neither
-- can change, so the tracker is asked once.
CREATE TABLE made_of (
    repository TEXT NOT NULL,
    sha        TEXT NOT NULL,
    commits    JSONB NOT NULL,
    PRIMARY KEY (repository, sha)
);
CREATE TABLE commits_between (
    repository TEXT NOT NULL,
    base       TEXT NOT NULL,
    head       TEXT NOT NULL,
    commits    JSONB NOT NULL,
    PRIMARY KEY (repository, base, head)
);

-- What the last judgement of a topic's fix rests on, in the order in which people read it.
CREATE TABLE proof (
    topic_id UUID NOT NULL REFERENCES topic (id),
    position BIGINT NOT NULL,
    says     TEXT NOT NULL,
    url      TEXT,
    PRIMARY KEY (topic_id, position)
);

-- == Telling customers ==

-- A step of a topic on its way back to its customers, each kind once in a cycle. at is when it happened, recorded_at when
-- Heard learned of it.
CREATE TABLE milestone (
    id          UUID        NOT NULL PRIMARY KEY,
    topic_id    UUID        NOT NULL REFERENCES topic (id),
    kind        TEXT        NOT NULL,
    cycle       BIGINT      NOT NULL,
    at          TIMESTAMPTZ NOT NULL,
    release_id  UUID        REFERENCES release (id),
    confidence  TEXT,
    doubt       TEXT,
    words       TEXT,
    by_whom     TEXT        NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    UNIQUE (topic_id, kind, cycle)
);

-- What one customer is told about one milestone of one topic. The unique key is G4 (each customer is told once).
-- origin_topic_id stays when topics are merged, so that undoing the merge can give an update back. unclear is
-- what the customer answered where only a person can say what it means.
-- cycle is the cycle in which it counts of the topic that it is in. Where a merge brought it there, that need not be the cycle of
-- its milestone, and it is -1 if it had been of an earlier cycle already.
-- held_by is who holds it until due_at, if a person does, and at_once says that a person wants it sent whatever the hour.
-- may_be_elsewhere says that a call of the attempt may have opened a ticket that was not found: only the same words under the
-- same key are sent again then. likely says that it was planned for a likely member, and so does not claim to know.
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
    approved_doubt  TEXT,
    held_by         TEXT,
    at_once         BOOLEAN     NOT NULL DEFAULT false,
    attempt         BIGINT      NOT NULL DEFAULT 0,
    page_key        TEXT,
    attempted_at    TIMESTAMPTZ,
    look_ups        BIGINT      NOT NULL DEFAULT 0,
    may_be_elsewhere BOOLEAN NOT NULL DEFAULT false,
    sent_at         TIMESTAMPTZ,
    external_id     TEXT,
    unclear         TEXT,
    likely          BOOLEAN     NOT NULL DEFAULT false,
    created_at      TIMESTAMPTZ NOT NULL,
    UNIQUE (customer_id, milestone_id)
);
CREATE INDEX update_due ON "update" (state, due_at);
-- Lists go from one page to the next.
CREATE INDEX update_state ON "update" (state, id);
-- A topic's page counts who was told, without reading what.
CREATE INDEX update_told ON "update" (topic_id, cycle, kind, state, customer_id);
CREATE INDEX update_of_topic ON "update" (topic_id, id);
CREATE INDEX update_standing ON "update" (topic_id, kind, state, reason) WHERE state IN ('draft', 'held', 'cancelled');
CREATE INDEX update_unclear ON "update" (id) WHERE unclear IS NOT NULL;
CREATE INDEX update_topic ON "update" (topic_id, customer_id);
CREATE INDEX update_ticket ON "update" (ticket_id);
-- Whether anybody is still owed an update about a topic is asked after every reply.
CREATE INDEX update_owed ON "update" (topic_id) WHERE state IN ('draft', 'held', 'sending', 'failed', 'in_doubt');

-- The link to a customer's page that an attempt to tell an update carries. Only its hash is kept, and whether its message
-- came back.
CREATE TABLE page_token (
    hash        BYTEA       NOT NULL PRIMARY KEY,
    customer_id UUID        NOT NULL REFERENCES customer (id),
    update_id   UUID        REFERENCES "update" (id),
    returned    BOOLEAN     NOT NULL DEFAULT FALSE,
    expires_at  TIMESTAMPTZ NOT NULL
);

-- A customer's verdict on a fix: it works, or it is still broken. ticket_id is where they said so.
CREATE TABLE confirmation (
    id           UUID        NOT NULL PRIMARY KEY,
    customer_id  UUID        NOT NULL REFERENCES customer (id),
    topic_id     UUID        NOT NULL REFERENCES topic (id),
    cycle        BIGINT      NOT NULL,
    update_id    UUID        REFERENCES "update" (id),
    ticket_id    UUID        REFERENCES ticket (id),
    verdict      TEXT        NOT NULL,
    via          TEXT        NOT NULL,
    feeling      BIGINT,
    words        TEXT,
    confirmed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX confirmation_once ON confirmation (customer_id, topic_id, cycle, verdict);
CREATE INDEX confirmation_topic ON confirmation (topic_id, confirmed_at, id);
CREATE INDEX confirmation_told ON confirmation (topic_id, cycle, verdict, customer_id);
CREATE INDEX confirmation_ticket ON confirmation (ticket_id);

-- == Outbox ==

-- A note, reopening or comment to be written elsewhere. The row is written before the call is made, and the same one
-- again has the same key, so none is written twice. given_up says that it waits for a person.
CREATE TABLE outbox_message (
    id           UUID        NOT NULL PRIMARY KEY,
    key          TEXT        NOT NULL UNIQUE,
    kind         TEXT        NOT NULL,
    subject      TEXT        NOT NULL,
    detail       JSONB       NOT NULL,
    state        TEXT        NOT NULL,
    attempted_at TIMESTAMPTZ,
    done_at      TIMESTAMPTZ,
    external_id  TEXT,
    created_at   TIMESTAMPTZ NOT NULL,
    given_up     BOOLEAN NOT NULL DEFAULT false
);
CREATE INDEX outbox_message_to_come ON outbox_message (subject) WHERE state IN ('wanted', 'unclear');

-- The helpdesk's id of each message we wrote, so that it changes nothing when it comes back as a webhook (G7).
CREATE TABLE own_write (
    connection  TEXT        NOT NULL,
    external_id TEXT        NOT NULL,
    written_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (connection, external_id)
);

-- Keyed hashes of what was forgotten on request: records of people, tickets, and what somebody was told. They keep it from
-- coming back, and from being told again (G4).
CREATE TABLE erased (
    trace     BYTEA       NOT NULL PRIMARY KEY,
    erased_at TIMESTAMPTZ NOT NULL
);

-- == Running Heard ==

-- Keys of our own, made at the first start: for markers and for traces of what was forgotten.
CREATE TABLE own_key (
    name       TEXT        NOT NULL PRIMARY KEY,
    value      BYTEA       NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Numbers that only grow. Whoever increases one holds its row until the transaction ends, which puts writers in order.
CREATE TABLE counter (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('decision', 0), ('requester', 0), ('audit', 0);

-- Work that only one process may do at a time.
CREATE TABLE lease (
    name   TEXT        NOT NULL PRIMARY KEY,
    holder UUID        NOT NULL,
    until  TIMESTAMPTZ NOT NULL
);

-- Until when a helpdesk or the tracker must not be called because it asked us to wait, and how much of the tracker's quota is used.
CREATE TABLE rate_limit (
    name          TEXT        NOT NULL PRIMARY KEY,
    blocked_until TIMESTAMPTZ NOT NULL,
    reason        TEXT        NOT NULL,
    quota         JSONB       NOT NULL
);

-- Work that fails at the moment or was given up, with the reason, for the health page (G11, nothing fails silently).
CREATE TABLE failure (
    id       UUID        NOT NULL PRIMARY KEY,
    work     TEXT        NOT NULL,
    subject  TEXT        NOT NULL,
    sentence TEXT        NOT NULL,
    given_up BOOLEAN     NOT NULL,
    times    BIGINT      NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at  TIMESTAMPTZ NOT NULL,
    next_at  TIMESTAMPTZ,
    UNIQUE (work, subject)
);

-- Which messages to customers wait until somebody lets them go on: all, or those of a connection, a repository or a topic.
CREATE TABLE pause (
    part      TEXT        NOT NULL PRIMARY KEY,
    topic_id  UUID        REFERENCES topic (id),
    paused_at TIMESTAMPTZ NOT NULL,
    actor     TEXT        NOT NULL
);
CREATE INDEX pause_topic ON pause (topic_id);

-- What repositories are called that were called so before, both in small letters: a pause of the old name holds there, too.
CREATE TABLE renamed (
    name   TEXT NOT NULL,
    became TEXT NOT NULL,
    PRIMARY KEY (name, became)
);
CREATE INDEX renamed_became ON renamed (became);

-- Somebody of the team who has an account. login is their address in small letters, and password the hash of what they chose, with
-- its parameters; NULL until they follow their invitation. subject is the company's sign-in and its own word for them, once they have come
-- by it.
CREATE TABLE person (
    id         UUID        NOT NULL PRIMARY KEY,
    name       TEXT        NOT NULL,
    login      TEXT        NOT NULL UNIQUE,
    role       TEXT        NOT NULL,
    password   TEXT,
    subject    TEXT        UNIQUE,
    active     BOOLEAN     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- The link by which somebody sets their password, once. There is one for each person: a new one takes its place. Only its hash is kept.
CREATE TABLE invitation (
    person_id  UUID        NOT NULL PRIMARY KEY REFERENCES person (id),
    hash       BYTEA       NOT NULL UNIQUE,
    expires_at TIMESTAMPTZ NOT NULL
);

-- A token for the API. Only its hash is kept. person_id is who made it, and NULL where it was made with the admin token.
CREATE TABLE api_token (
    id         UUID        NOT NULL PRIMARY KEY,
    hash       BYTEA       NOT NULL UNIQUE,
    person_id  UUID        REFERENCES person (id),
    name       TEXT        NOT NULL,
    role       TEXT        NOT NULL,
    scope      TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX api_token_person ON api_token (person_id);

-- Somebody who is logged in to the console. Only the hash of the cookie is kept. person_id is NULL where the admin token opened it.
CREATE TABLE session (
    hash       BYTEA       NOT NULL PRIMARY KEY,
    id         UUID        NOT NULL UNIQUE,
    person_id  UUID        REFERENCES person (id),
    began_at   TIMESTAMPTZ NOT NULL,
    address    TEXT,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_person ON session (person_id);

-- Who did what. It holds ids and words of ours and the names of the team, and nothing of a customer. hash is made of the row and of
-- the hash of the row before, and the counter says how many there are. Rows are only ever added.
CREATE TABLE audit (
    seq     BIGINT      NOT NULL UNIQUE,
    actor   TEXT        NOT NULL,
    name    TEXT,
    address TEXT,
    action  TEXT        NOT NULL,
    subject TEXT        NOT NULL,
    was     TEXT,
    became  TEXT,
    at      TIMESTAMPTZ NOT NULL,
    hash    BYTEA       NOT NULL
);
CREATE INDEX audit_subject ON audit (subject);
CREATE INDEX audit_action ON audit (action, seq);
CREATE INDEX audit_actor ON audit (actor, seq);
CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of the audit log are only added';
END
$$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_only_grows();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows();

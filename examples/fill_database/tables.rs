//! The tables that are filled, in the order in which their rows may point to each other.

use heard::model::search::{SearchNoun, kept_words};
use uuid::Uuid;

use crate::rows::Table;

/// Rows that wait to be written.
pub struct Tables {
    pub organization: Table,
    pub customer: Table,
    pub requester: Table,
    pub topic: Table,
    pub ticket: Table,
    pub message: Table,
    pub ticket_text: Table,
    pub embedding: Table,
    pub decision: Table,
    pub link: Table,
    pub question: Table,
    pub mark: Table,
    pub used_word: Table,
    pub used_name: Table,
    pub delivery: Table,
    pub escalation: Table,
    pub issue: Table,
    pub release: Table,
    pub fix: Table,
    pub proof: Table,
    pub milestone: Table,
    pub promise: Table,
    pub update: Table,
    pub page_token: Table,
    pub own_write: Table,
    pub confirmation: Table,
    pub audit: Table,
    pub search_word: Table,
}

impl Tables {
    pub fn new() -> Self {
        Self {
            organization: Table::new(
                "organization",
                "id, connection, external_id, name, plan, revenue_cents, renewal_at, segment, set_by_person",
            ),
            customer: Table::new("customer", "id, name, email, locale, time_zone, created_at"),
            requester: Table::new("requester", "connection, external_id, customer_id, email, verified, standing"),
            topic: Table::new(
                "topic",
                "id, kind, kind_by, kind_is_sure, title, title_by, state, cycle, repository, first_seen_at, last_seen_at, \
                 desired_version, observed_version, looked, likely_in",
            ),
            ticket: Table::new(
                "ticket",
                "id, connection, external_id, url, subject, status, tags, customer_id, organization_id, agent_external_id, \
                 agent_name, channel, created_at, changed_at, read_at, requester_external_id",
            ),
            message: Table::new(
                "message",
                "id, ticket_id, external_id, author, author_external_id, public, trust, body, created_at, as_of",
            ),
            ticket_text: Table::new("ticket_text", "ticket_id, words"),
            embedding: Table::new("embedding", "ticket_id, model, vector"),
            decision: Table::new(
                "decision",
                "id, seq, verdict, ticket_id, topic_id, maker, actor, score, detail, made_at, match_log_odds, likely_topic_id, \
                 ticket_kind",
            ),
            link: Table::new("link", "ticket_id, topic_id, maker, decision_id, linked_at"),
            question: Table::new("question", "ticket_id, candidates, asked_at"),
            mark: Table::new("mark", "ticket_id, mark"),
            used_word: Table::new("used_word", "word, used_by, ticket_id"),
            used_name: Table::new("used_name", "name, ticket_id"),
            delivery: Table::new(
                "delivery",
                "id, connection, key, signed, headers, body, received_at, state, settled_at, about",
            ),
            escalation: Table::new("escalation", "topic_id, ticket_id, actor, via, escalated_at"),
            issue: Table::new(
                "issue",
                "topic_id, repository, filing, number, external_id, repository_id, url, title, state, state_reason, adopted, \
                 quiet, changed_at, checked_at",
            ),
            release: Table::new(
                "release",
                "id, repository, source, external_id, version, sha, url, prerelease, marked, moved, bare, published_at, learned",
            ),
            fix: Table::new("fix", "topic_id, repository, sha, pull_request, title, source, sure, merged_at"),
            proof: Table::new("proof", "topic_id, position, says, url"),
            milestone: Table::new(
                "milestone",
                "id, topic_id, kind, cycle, at, release_id, confidence, by_whom, recorded_at",
            ),
            promise: Table::new("promise", "id, topic_id, what, due_at, kept_at, made_by"),
            update: Table::new(
                "\"update\"",
                "id, customer_id, topic_id, origin_topic_id, milestone_id, kind, cycle, ticket_id, state, text, html, attempt, \
                 attempted_at, sent_at, external_id, created_at",
            ),
            page_token: Table::new("page_token", "hash, customer_id, update_id, expires_at"),
            own_write: Table::new("own_write", "connection, external_id, written_at"),
            confirmation: Table::new(
                "confirmation",
                "id, customer_id, topic_id, cycle, update_id, ticket_id, verdict, via, confirmed_at",
            ),
            audit: Table::new("audit", "seq, actor, action, subject, at, hash"),
            search_word: Table::new("search_word", "id, word, noun"),
        }
    }

    /// Lets something be found by the words of these texts.
    pub fn find_by(&mut self, noun: SearchNoun, id: Uuid, texts: &[&str]) {
        for word in kept_words(texts) {
            self.search_word.add([id.into(), word.into(), noun.as_str().into()]);
        }
    }

    /// All of them, in the order in which they are written.
    pub fn all(&mut self) -> impl Iterator<Item = &mut Table> {
        [
            &mut self.organization,
            &mut self.customer,
            &mut self.requester,
            &mut self.topic,
            &mut self.ticket,
            &mut self.message,
            &mut self.ticket_text,
            &mut self.embedding,
            &mut self.decision,
            &mut self.link,
            &mut self.question,
            &mut self.mark,
            &mut self.used_word,
            &mut self.used_name,
            &mut self.delivery,
            &mut self.escalation,
            &mut self.issue,
            &mut self.release,
            &mut self.fix,
            &mut self.proof,
            &mut self.milestone,
            &mut self.promise,
            &mut self.update,
            &mut self.page_token,
            &mut self.own_write,
            &mut self.confirmation,
            &mut self.audit,
            &mut self.search_word,
        ]
        .into_iter()
    }
}

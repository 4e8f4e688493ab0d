//! What becomes of people and of what is written to them, where no ticket shows it. Each says where that was reported.

use serde_json::json;

use super::change::{TicketChange, ZendeskActor};
use super::comment::CommentDraft;
use super::instance::Zendesk;
use super::state::ZendeskState;

impl Zendesk {
    /// An agent merges the two profiles of one person: tickets and comments become the other profile's, and the first is
    /// gone (`zendesk_api_client_rb#330`, freescout-help-desk/freescout#1298).
    pub fn agent_merges_profiles(&self, agent: u64, from: u64, into: u64) {
        self.act(|state| {
            let actor = ZendeskActor { user_id: agent, channel: "web" };
            for ticket in state.tickets.values_mut() {
                for comment in ticket.comments.iter_mut().filter(|comment| comment.author_id == from) {
                    comment.author_id = into;
                }
            }
            let theirs = state.tickets.values().filter(|ticket| ticket.requester_id == from);
            let theirs: Vec<u64> = theirs.map(|ticket| ticket.id).collect();
            for ticket in theirs {
                state.change(ticket, actor, TicketChange { requester_id: Some(into), ..TicketChange::default() });
            }
            leaves(state, from);
        });
    }

    /// An agent merges two profiles, and nothing changes in any ticket but whose it is: no audit, no time, no ticket's event
    /// (freescout-help-desk/freescout#4986). What the event holds is our guess; Zendesk's reference lists it without an example.
    pub fn agent_merges_profiles_silently(&self, from: u64, into: u64) {
        self.act(|state| {
            for ticket in state.tickets.values_mut().filter(|ticket| ticket.requester_id == from) {
                ticket.requester_id = into;
                for comment in ticket.comments.iter_mut().filter(|comment| comment.author_id == from) {
                    comment.author_id = into;
                }
            }
            state.emit_user(from, "merged", &json!({"user": {"id": into.to_string()}}));
            leaves(state, from);
        });
    }

    /// An agent deletes a user, for instance because they asked for it. Their tickets stay as they are
    /// (support.zendesk.com, "Deleting users", 4408823195930).
    pub fn agent_deletes_user(&self, user: u64) {
        self.act(|state| leaves(state, user));
    }

    /// An agent suspends a user, or lets them back (support.zendesk.com, "Suspending a user", 4408889293978).
    pub fn agent_suspends(&self, user: u64, suspended: bool) {
        self.act(|state| {
            let Some(found) = state.users.get_mut(&user) else { return };
            found.suspended = suspended;
            state.emit_user(user, "suspended_changed", &json!({"current": suspended, "previous": !suspended}));
        });
    }

    /// A user chooses another time zone, or an agent does for them.
    pub fn moves_to(&self, user: u64, zone: &str) {
        self.act(|state| {
            let Some(found) = state.users.get_mut(&user) else { return };
            let before = found.zone.replace(zone.to_owned());
            state.emit_user(user, "time_zone_changed", &json!({"current": zone, "previous": before}));
        });
    }

    /// Mail to a user comes back for good, or an agent says that the address works again. Zendesk marks the address, sends no
    /// mail to it any more, and tells nobody (support.zendesk.com, "About undeliverable (bounced) email", 236279987).
    pub fn mail_bounces(&self, user: u64, bounced: bool) {
        self.act(|state| {
            if let Some(found) = state.users.get_mut(&user) {
                found.bounced = bounced;
            }
        });
    }

    /// A user proves that the address is theirs, or it turns out that it is not known.
    pub fn address_is_verified(&self, user: u64, verified: bool) {
        self.act(|state| {
            let Some(found) = state.users.get_mut(&user) else { return };
            found.verified = [verified, verified];
            let identity = json!({"type": "email", "value": found.email, "is_verified": verified});
            state.emit_user(user, "identity_changed", &json!({ "current": identity }));
        });
    }

    /// Mail to the requester comes back into the ticket (osTicket/osTicket#4911, chatwoot/chatwoot#11873).
    pub fn mail_comes_back(&self, ticket: u64, report: &str) {
        self.act(|state| {
            let known = state.users.values().find(|user| user.email.starts_with("mailer-daemon@")).map(|user| user.id);
            let daemon = known
                .unwrap_or_else(|| state.add_user("Mail Delivery Subsystem", "mailer-daemon@mail.test", "end-user"));
            let words = CommentDraft { flags: vec![2], ..CommentDraft::plain(report, true) };
            let actor = ZendeskActor { user_id: daemon, channel: "email" };
            state.change(ticket, actor, TicketChange { words: Some(words), ..TicketChange::default() });
        });
    }

    /// The requester replies, and Zendesk flags the comment.
    pub fn customer_replies_flagged(&self, ticket: u64, text: &str, flags: &[u8]) {
        self.act(|state| {
            let Some(requester) = state.tickets.get(&ticket).map(|ticket| ticket.requester_id) else { return };
            let words = CommentDraft { flags: flags.to_vec(), ..CommentDraft::plain(text, true) };
            let actor = ZendeskActor { user_id: requester, channel: "email" };
            state.change(ticket, actor, TicketChange { words: Some(words), ..TicketChange::default() });
        });
    }
}

/// A user is deleted.
fn leaves(state: &mut ZendeskState, user: u64) {
    let Some(gone) = state.users.get_mut(&user) else { return };
    gone.deleted = true;
    "Permanently deleted user".clone_into(&mut gone.name);
    gone.email.clear();
    state.emit_user(user, "active_changed", &json!({"current": false, "previous": true}));
    state.emit_user(user, "deleted", &json!({}));
}

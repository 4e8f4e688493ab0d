//! A ticket in a list: who wrote, in which words, and why it is where it is.

use super::reasons::{self, Reasons};
use crate::{
    base::clock::Time,
    model::{impact::days_until_renewal, person::ActorNames},
    store::ticket_views::TicketView,
    web::ui::{self, Html},
};

/// A ticket in a list.
pub(super) struct TicketEntry {
    pub id: String,
    pub person: Html,
    pub name: String,
    pub organization: Option<String>,
    pub plan: Option<String>,
    pub renews_in: Option<i64>,
    pub from: String,
    pub when: Html,
    pub lang: Option<String>,
    pub words: Html,
    pub placed: String,
    pub reasons: Reasons,
}

impl TicketEntry {
    /// As it is shown at `now`.
    pub fn new(view: &TicketView, names: &ActorNames, now: Time) -> Self {
        const WORDS: usize = 420;
        let mut reasons = Reasons::of_place(view);
        let words = view.words.as_deref().unwrap_or(&view.subject);
        let plain = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let marked = ui::marked(&plain, &reasons.words, &reasons.codes, WORDS);
        reasons.words = ui::found(&plain, &reasons.words);
        Self {
            id: view.ticket.to_string(),
            person: ui::person(&view.customer_name),
            name: ui::name(&view.customer_name).to_owned(),
            organization: view.organization_name.clone(),
            plan: view.plan.clone(),
            renews_in: view.renewal_at.and_then(|at| days_until_renewal(at, now)),
            from: format!("{} {}", view.connection, view.external_id),
            when: ui::when(view.created_at, now),
            lang: view.locale.clone(),
            words: marked,
            placed: reasons::placed(view, names),
            reasons,
        }
    }
}

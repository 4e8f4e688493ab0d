//! Other answers that belong to a first one: a helpdesk may tell what was said in one list and who said it in another, or name
//! a ticket's customer by an id alone.
//!
//! Each row (the ticket, or one message) gets what belongs to it under a name of its own, and the mapping reads it there. The
//! first answer is asked for first, and a list only until every row has found its own.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{
    field::MappedField,
    paging::Paging,
    place::BodyPlace,
    template::{Filling, RequestTemplate},
};
use crate::{
    base::{
        http::{Request, Response},
        limits,
        secret::Secret,
    },
    helpdesk::{Call, CallAnswer, HelpdeskRefusal, expect_json, lenient},
};

/// An answer that is joined to each row of another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Join {
    path: String,
    /// Under which name a row has what is joined to it.
    #[serde(rename = "as")]
    name: String,
    /// What a row has of it: its key.
    by: BodyPlace,
    /// The rows of the joined answer. Without it, the whole answer is joined.
    each: Option<BodyPlace>,
    /// The key in a row of the joined answer.
    key: Option<MappedField>,
    /// Where an answer has the cursor of its next page.
    next: Option<BodyPlace>,
}

impl Join {
    /// # Errors
    /// What is wrong or missing. Messages are many, so theirs are looked up in a list.
    pub(super) fn check(&self, is_for_messages: bool) -> Result<(), String> {
        if self.each.is_some() != self.key.is_some() {
            return Err("each and key belong together: the rows of the list, and what each is called".to_owned());
        }
        if self.each.is_some() {
            return Paging::check(&self.path, self.next.as_ref());
        }
        if is_for_messages {
            return Err("each and key are missing: messages are looked up in a list".to_owned());
        }
        RequestTemplate::get(&self.path).check(&["ticket", "by"])
    }

    fn key_of(&self, row: &Value, top: &Value) -> Option<String> {
        self.by.find(row, top).and_then(lenient::text)
    }

    /// Whether a row has a key and has not found what belongs to it.
    fn lacks(&self, row: &Value, top: &Value) -> bool {
        row.get(&self.name).is_none() && self.key_of(row, top).is_some()
    }

    /// Gives each row what an answer has for it, and says whether the answer had any rows.
    fn give(&self, answer: &Value, rows: &mut [Value], top: &Value) -> bool {
        let found: Vec<(Option<String>, &Value)> = match (&self.each, &self.key) {
            (Some(each), Some(key)) => {
                each.rows(answer, answer).into_iter().map(|one| (key.text(one, answer), one)).collect()
            }
            _ => rows.first().map(|row| (self.key_of(row, top), answer)).into_iter().collect(),
        };
        for row in rows.iter_mut().filter(|row| self.lacks(row, top)) {
            let key = self.key_of(row, top);
            let belongs = found.iter().find(|(known, _)| *known == key);
            if let (Some((_, belongs)), Some(row)) = (belongs, row.as_object_mut()) {
                row.insert(self.name.clone(), (*belongs).clone());
            }
        }
        !found.is_empty()
    }
}

/// What is read at the end, from the rows and the first answer.
type Finish<T> = Box<dyn Fn(&[Value], &Value) -> Result<T, HelpdeskRefusal> + Send + Sync>;

/// How an answer is put together.
pub(super) struct Joining<T> {
    pub(super) ticket: String,
    pub(super) credential: Option<(String, Secret)>,
    pub(super) joins: Vec<Join>,
    pub(super) finish: Finish<T>,
}

/// How far it is.
#[derive(Clone)]
struct Joined {
    rows: Vec<Value>,
    top: Value,
    /// Which of the joins is asked for.
    at: usize,
    /// Which page of it, and how it is asked for where pages have cursors.
    page: usize,
    after: Option<String>,
}

impl<T: 'static> Joining<T> {
    /// Reads the first answer's rows with whatever is joined to them.
    pub(super) fn of(self, rows: Vec<Value>, top: Value) -> Result<CallAnswer<T>, HelpdeskRefusal> {
        Arc::new(self).ask(Joined { rows, top, at: 0, page: 1, after: None })
    }

    fn ask(self: Arc<Self>, mut so_far: Joined) -> Result<CallAnswer<T>, HelpdeskRefusal> {
        while let Some(join) = self.joins.get(so_far.at) {
            if let Some(row) = so_far.rows.iter().find(|row| join.lacks(row, &so_far.top)) {
                let request = self.request(join, row, &so_far);
                let reader = move |response: &Response| Arc::clone(&self).read(so_far.clone(), response);
                return Ok(CallAnswer::More(Box::new(Call::leading(request, reader))));
            }
            so_far = Joined { at: so_far.at + 1, page: 1, after: None, ..so_far };
        }
        (self.finish)(&so_far.rows, &so_far.top).map(CallAnswer::Whole)
    }

    fn request(&self, join: &Join, row: &Value, so_far: &Joined) -> Request {
        let by = join.key_of(row, &so_far.top);
        let filling = Filling {
            ticket: &self.ticket,
            by: by.as_deref(),
            after: so_far.after.as_deref(),
            page: Some(so_far.page),
            ..Filling::default()
        };
        let request = RequestTemplate::get(&join.path).request(&filling);
        match &self.credential {
            Some((name, value)) => request.credential(name.clone(), value.clone()),
            None => request,
        }
    }

    fn read(self: Arc<Self>, mut so_far: Joined, response: &Response) -> Result<CallAnswer<T>, HelpdeskRefusal> {
        let Some(join) = self.joins.get(so_far.at) else { return self.ask(so_far) };
        let answer: Value = match expect_json(response) {
            // The customer was deleted, or their company. The ticket is there, or nobody would ask for what belongs to it.
            Err(HelpdeskRefusal::Gone(_)) if join.each.is_none() => Value::Null,
            Err(HelpdeskRefusal::Gone(said)) => return Err(HelpdeskRefusal::Unavailable(said)),
            answer => answer?,
        };
        let had_rows = join.give(&answer, &mut so_far.rows, &so_far.top);
        let after = match Paging::of(&join.path, join.next.as_ref()) {
            Paging::One => None,
            Paging::ByCursor(place) => place.find(&answer, &answer).and_then(lenient::text),
            Paging::ByNumber => had_rows.then(|| (so_far.page + 1).to_string()),
        };
        let goes_on = after.is_some() && after != so_far.after;
        let path = join.path.split('?').next().unwrap_or_default();
        if goes_on && so_far.page >= limits::PAGES_PER_LIST {
            // Half of it would read as if what is missing were not there.
            return Err(HelpdeskRefusal::Unavailable(format!("has more pages of {path} than are read")));
        }
        if !goes_on && join.each.is_some() && so_far.rows.iter().any(|row| join.lacks(row, &so_far.top)) {
            // Lists lag. Whether a customer reads a message may stand in the row that is not there yet.
            return Err(HelpdeskRefusal::Unavailable(format!("has nothing in {path} for one of the messages yet")));
        }
        self.ask(if goes_on {
            Joined { page: so_far.page + 1, after, ..so_far }
        } else {
            Joined { at: so_far.at + 1, page: 1, after: None, ..so_far }
        })
    }
}

//! What surrounds every page of the console, and the page that says why something cannot be shown or done.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use askama::Template;
use serde::Deserialize;

use super::{login::own_path, sending::Sending};
use crate::{
    base::clock::Time,
    flow::{self, App},
    model::{
        id::TopicId,
        role::{Privilege, Role},
    },
    store::{Conn, StoreError, people, waits},
    web::{caller::Caller, ui},
};

/// What surrounds a page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// Which part of the console this is.
    pub here: &'static str,
    /// Questions of the grouping that wait for a person.
    pub questions: i64,
    /// Issues that wait for a person before they are filed.
    pub reviews: i64,
    /// Drafts that wait for a person.
    pub drafts: i64,
    /// Work that was given up.
    pub failures: i64,
    /// Whether messages go to customers; `None` where it was not asked.
    pub sending: Option<Sending>,
    /// What was just done.
    pub said: Option<&'static str>,
    /// What can be taken back.
    pub undo: Option<ShownUndo>,
    /// Whether nobody has an account yet, and the reader may make the first.
    pub needs_account: bool,
    /// Who reads it; `None` on a page that says what went wrong.
    pub caller: Option<Caller>,
}

impl Shell {
    /// Counts what waits.
    async fn read(
        conn: &mut Conn,
        caller: &Caller,
        here: &'static str,
        said: &FlashQuery,
        now: Time,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            needs_account: caller.may(Privilege::People) && !people::are_there(conn).await?,
            caller: Some(caller.clone()),
            here,
            questions: waits::open_question_count(conn).await?,
            reviews: waits::review_count(conn).await?,
            drafts: waits::draft_count(conn).await?,
            failures: waits::given_up_count(conn).await?,
            sending: Some(Sending::read(conn, now).await?),
            said: said.sentence(),
            undo: said.undo(),
        })
    }

    /// Whether the reader may do what this word of [`Privilege`] says: only then is it offered. Where it is not known who reads, what
    /// most may do is.
    pub fn may(&self, word: &str) -> bool {
        let privilege = Privilege::parse(word);
        debug_assert!(privilege.is_some(), "{word} is no privilege");
        match &self.caller {
            Some(caller) => privilege.is_some_and(|privilege| caller.may(privilege)),
            None => privilege.is_some_and(|privilege| Role::Agent.may(privilege)),
        }
    }

    /// What the reader is called.
    pub fn name(&self) -> &str {
        self.caller.as_ref().map_or("", Caller::name)
    }

    /// What the reader is.
    pub fn role(&self) -> &'static str {
        self.caller.as_ref().map_or("", |caller| caller.role().name())
    }

    /// Whether a part of the messages is paused by itself.
    pub fn is_paused(&self, part: &str) -> bool {
        self.sending.as_ref().is_some_and(|sending| sending.has(part))
    }
}

/// A decision that can be taken back, as its button's form says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownUndo {
    /// The topic that it was about.
    pub topic: String,
    /// It was made then or later.
    pub since: i64,
    /// Where somebody was, and is again.
    pub at: String,
}

/// What was just done: a word in the address that a redirect leads to.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FlashQuery {
    said: Option<String>,
    /// The topic about which it was decided, if it can be taken back.
    undoes: Option<String>,
    /// When it was decided at the earliest.
    since: Option<String>,
    /// Where somebody was.
    from: Option<String>,
}

/// The address of a page on which another topic can be looked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct FindQuery {
    find: Option<String>,
    /// What was just done.
    #[serde(flatten)]
    pub said: FlashQuery,
}

impl FindQuery {
    /// The words by which it is looked for; none if it is not.
    pub fn words(&self) -> &str {
        self.find.as_deref().map(str::trim).unwrap_or_default()
    }
}

/// What is said after each act, by its word.
const SENTENCES: &[(&str, &str)] = &[
    ("escalated", "Escalated. Engineering gets one issue for it."),
    ("escalated-again", "It was escalated before; nothing changed."),
    ("filed", "It is filed now. Engineering gets exactly what you saw."),
    ("unquoted", "Left out. This ticket is not quoted in the issue."),
    ("merged", "Merged. Nobody is told twice."),
    ("split", "Split off into a topic of its own."),
    ("moved", "Moved. Heard never moves it again by itself."),
    ("moved-several", "Moved. Heard never moves them again by itself."),
    ("not-same-several", "Noted: not the same. Each has a topic of its own now."),
    ("not-same", "Noted: not the same. Heard never joins them again."),
    ("same", "Joined. No message was sent."),
    ("likely-same", "They belong here now."),
    ("likely-not-same", "Noted: not the same. Heard never joins them again."),
    ("new", "A topic of its own."),
    ("undone", "Undone."),
    ("titled", "Renamed."),
    ("kind", "Its kind is set."),
    ("summary", "Kept. Customers may read this sentence."),
    ("workaround", "The workaround is noted; its updates follow your policy."),
    ("declined", "Declined. Its updates wait as drafts for approval."),
    ("shipped", "Marked as shipped. Its updates follow your policy."),
    ("linked", "The issue is linked."),
    ("approved", "Approved. It goes out at the next sending."),
    ("held-already", "It goes out at its time without that. Nothing was changed."),
    ("arrived", "Kept: they have it. Nothing is sent again."),
    ("edited", "The text is changed."),
    ("answered", "Noted as their answer."),
    ("cancelled", "Cancelled. This customer is not told, unless you tell them after all."),
    ("restored", "It waits for approval again."),
    ("all-approved", "Approved. They go out at the next sending."),
    ("all-cancelled", "Cancelled. None of them is told, unless you tell them after all."),
    ("all-restored", "They wait for approval again."),
    ("held", "Held. It goes out then at the earliest."),
    ("sent-now", "It goes out now, unless it is paused or in doubt."),
    ("all-held", "Held. They go out then at the earliest."),
    ("all-sent-now", "They go out now, unless they are paused or in doubt."),
    ("all-edited", "They have this text now. What was edited one by one stays as it is."),
    ("some-left", "Done, except for those that need a look of their own: each says why."),
    ("retried", "It is tried again now."),
    ("retried-some", "Tried again, except for what somebody has to look at by itself: see Updates, under In doubt."),
    ("paused", "Paused. Nothing of it goes to customers until you resume it."),
    ("resumed", "Resumed. What waited and is still true goes out now."),
    ("replayed", "The delivery is read again."),
    ("password", "Your password is changed. You were signed out everywhere else."),
    ("role", "The role is changed. They have to sign in again."),
    ("switched-off", "Switched off. Their sessions and tokens ended at once."),
    ("switched-on", "Switched on. They can sign in with their password."),
    ("session-ended", "The session has ended."),
    ("sessions-ended", "The other sessions have ended."),
    ("token-ended", "The token has ended. Whatever used it is refused from now on."),
];

impl FlashQuery {
    fn sentence(&self) -> Option<&'static str> {
        let word = self.said.as_deref()?;
        SENTENCES.iter().find(|(known, _)| *known == word).map(|(_, sentence)| *sentence)
    }

    fn undo(&self) -> Option<ShownUndo> {
        self.sentence()?;
        let topic = TopicId::parse(self.undoes.as_deref()?)?.to_string();
        let since = self.since.as_deref()?.parse().ok()?;
        Some(ShownUndo { topic, since, at: own_path(self.from.as_deref()) })
    }

    /// An address of ours that says the same.
    pub fn carried_to(&self, path: &str) -> String {
        let said = [("said", &self.said), ("undoes", &self.undoes), ("since", &self.since), ("from", &self.from)];
        let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// What was asked for is at another address by now.
pub fn elsewhere(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// Leads back to a page of ours after an act, and says there what was done.
pub fn back(path: &str, done: &str) -> HttpResponse {
    let join = if path.contains('?') { '&' } else { '?' };
    HttpResponse::SeeOther().insert_header((header::LOCATION, format!("{path}{join}said={done}"))).finish()
}

/// What can be taken back of an act.
#[derive(Clone, Copy, Debug)]
pub struct Undo<'u> {
    /// The topic that it was about.
    pub topic: TopicId,
    /// A moment just before it.
    pub since: Time,
    /// Where somebody was, and is again.
    pub from: &'u str,
}

/// As [`back`], and what was done can be taken back there.
pub fn back_with_undo(path: &str, done: &str, undo: Undo<'_>) -> HttpResponse {
    let from: String = url::form_urlencoded::byte_serialize(undo.from.as_bytes()).collect();
    back(path, &format!("{done}&undoes={}&since={}&from={from}", undo.topic, undo.since.as_micros()))
}

/// A page that cannot be shown, or an act that cannot be done, with the reason for people.
#[derive(Clone, Debug)]
pub struct ConsoleError {
    status: StatusCode,
    sentence: String,
}

/// What a handler of the console answers.
pub type Answer = Result<HttpResponse, ConsoleError>;

impl ConsoleError {
    /// What was asked for does not exist.
    pub fn missing(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, sentence: sentence.into() }
    }

    /// It exists, but not for this role.
    pub fn forbidden(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, sentence: sentence.into() }
    }

    /// Whether what was asked for exists, and only cannot be done as it was asked.
    pub fn is_refusal(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }

    /// It exists, but what was asked cannot be done.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, sentence: sentence.into() }
    }
}

impl From<StoreError> for ConsoleError {
    fn from(error: StoreError) -> Self {
        if error.is_momentary() {
            tracing::warn!(%error, "The store had to give way under a page");
            let sentence = "The database could not do this just now. Please try again in a moment.".to_owned();
            return Self { status: StatusCode::SERVICE_UNAVAILABLE, sentence };
        }
        tracing::error!(%error, "The store failed under a page");
        let sentence = "Something of ours failed, and it is logged. Nothing was changed; please try again.".to_owned();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, sentence }
    }
}

impl From<flow::Error> for ConsoleError {
    fn from(error: flow::Error) -> Self {
        match error {
            flow::Error::NotFound(missing) => Self::missing(missing.to_string()),
            flow::Error::Refused(refusal) => Self::refused(refusal.to_string()),
            flow::Error::Store(error) => error.into(),
        }
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

#[derive(Template)]
#[template(path = "console/error.html")]
struct ErrorPage<'p> {
    shell: Shell,
    title: &'static str,
    sentence: &'p str,
}

impl ResponseError for ConsoleError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let title = match self.status {
            StatusCode::NOT_FOUND => "There is no such thing",
            StatusCode::CONFLICT => "This cannot be done",
            StatusCode::FORBIDDEN => "This is not for your role",
            _ => "That did not work",
        };
        let mut page = ui::page(&ErrorPage { shell: Shell::default(), title, sentence: &self.sentence });
        *page.status_mut() = self.status;
        page
    }
}

/// Nothing lives at this address.
pub async fn nowhere() -> Answer {
    Err(ConsoleError::missing("Nothing lives at this address. The topics are a good place to start."))
}

/// Opens a connection for reading and counts what waits.
pub async fn open(
    app: &App,
    caller: &Caller,
    here: &'static str,
    said: &FlashQuery,
) -> Result<(Conn, Shell), StoreError> {
    let mut conn = app.database.read().await?;
    let shell = Shell::read(&mut conn, caller, here, said, app.clock.now()).await?;
    Ok((conn, shell))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_privilege_that_a_page_asks_for_is_one() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/console");
        let mut asked = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let page = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for word in page.split("shell.may(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(Privilege::parse(word).is_some(), "{word}");
                asked += 1;
            }
        }
        assert!(asked > 10, "{asked}");
    }

    #[test]
    fn only_our_own_sentences_are_said() {
        let said = |word: &str| FlashQuery { said: Some(word.to_owned()), ..FlashQuery::default() }.sentence();
        assert!(said("merged").is_some());
        assert_eq!(said("<b>You won</b>"), None);
        assert_eq!(FlashQuery::default().sentence(), None);
    }

    #[test]
    fn an_undo_leads_to_a_page_of_ours_only() {
        let topic = "0197a000-0000-7000-8000-000000000000";
        let undo = |undoes: &str, from: &str| {
            let [said, undoes, since, from] = ["moved", undoes, "7", from].map(|word| Some(word.to_owned()));
            FlashQuery { said, undoes, since, from }.undo()
        };
        assert_eq!(undo(topic, "/tickets/7").map(|undo| undo.at).as_deref(), Some("/tickets/7"));
        assert_eq!(undo(topic, "//evil.test").map(|undo| undo.at).as_deref(), Some("/topics"));
        assert_eq!(undo("no topic", "/topics"), None);
    }
}

//! A form that was refused, as its page shows it again: opened, with what was written, and with what to do beside it.

use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

use super::shell::{ConsoleError, Shell};
use crate::web::ui;

/// Which form of a page was refused, if one was.
#[derive(Clone, Debug, Default)]
pub(super) struct FormRefusal(Option<RefusedForm>);

#[derive(Clone, Debug)]
struct RefusedForm {
    act: String,
    words: String,
    sentence: String,
}

impl FormRefusal {
    /// What was sent, and why it was refused.
    pub fn new(act: &str, words: &str, why: &ConsoleError) -> Self {
        Self(Some(RefusedForm { act: act.to_owned(), words: words.to_owned(), sentence: why.to_string() }))
    }

    fn of(&self, act: &str) -> Option<&RefusedForm> {
        self.0.as_ref().filter(|form| form.act == act)
    }

    /// Whether it was this form.
    pub fn was(&self, act: &str) -> bool {
        self.of(act).is_some()
    }

    /// Why this form was refused, and what to do.
    pub fn says(&self, act: &str) -> Option<&str> {
        self.of(act).map(|form| form.sentence.as_str())
    }

    /// What stands in the field of this form: what was written, or what stands there anyway.
    pub fn words<'w>(&'w self, act: &str, otherwise: &'w str) -> &'w str {
        self.of(act).map_or(otherwise, |form| form.words.as_str())
    }
}

#[derive(Template)]
#[template(path = "console/refused.html")]
struct RefusedPage<'p> {
    shell: Shell,
    sentence: &'p str,
    action: &'p str,
    words: &'p str,
    /// What else the form sends: names and values.
    kept: &'p [(&'p str, &'p str)],
    back: &'p str,
}

/// The form of a list's page by itself: with what was written, to be sent again.
pub(super) fn by_itself(
    why: &ConsoleError,
    words: &str,
    action: &str,
    kept: &[(&str, &str)],
    back: &str,
) -> HttpResponse {
    let sentence = why.to_string();
    let mut page = ui::page(&RefusedPage { shell: Shell::default(), sentence: &sentence, action, words, kept, back });
    *page.status_mut() = StatusCode::CONFLICT;
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_that_was_refused_keeps_what_was_written() {
        let refused = FormRefusal::new("title", "  ", &ConsoleError::refused("A title needs at least one word."));
        assert_eq!(refused.words("title", "Export"), "  ");
        assert_eq!(refused.words("summary", "Kept"), "Kept");
        assert_eq!(refused.says("title"), Some("A title needs at least one word."));
        assert!(refused.was("title") && !refused.was("summary") && !FormRefusal::default().was("title"));
    }
}

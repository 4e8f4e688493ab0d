//! Which words of a topic's texts many customers use, and which are somebody's name.

use std::collections::BTreeSet;

use crate::{
    flow::error::Error,
    store::{Session, vocabulary},
    wording::permit::{self, Vocabulary},
};

/// What this installation knows of the words of these texts.
pub(super) async fn of<'t>(
    session: &mut impl Session,
    texts: impl Iterator<Item = &'t str>,
) -> Result<Vocabulary, Error> {
    let (mut terms, mut capitals) = (BTreeSet::new(), BTreeSet::new());
    for text in texts {
        terms.extend(permit::terms_of(text));
        capitals.extend(permit::capitals_of(text));
    }
    let mut known = Vocabulary::default();
    for word in terms.union(&capitals) {
        let name = permit::name_key(word);
        if vocabulary::is_name(session, &name).await? {
            known.names.insert(name);
        } else if terms.contains(word) && vocabulary::is_shared(session, word).await? {
            known.terms.insert(word.clone());
        }
    }
    Ok(known)
}

/// The names of people known here that may be in a text, in whatever spelling.
pub(super) async fn near(session: &mut impl Session, text: &str) -> Result<BTreeSet<String>, Error> {
    let mut names = BTreeSet::new();
    for begins in permit::beginnings_of(text) {
        names.extend(vocabulary::names_that_begin(session, &begins).await?);
    }
    Ok(names)
}

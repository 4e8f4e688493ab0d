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
        if vocabulary::is_name(session, word).await? {
            known.names.insert(word.clone());
        } else if terms.contains(word) && vocabulary::is_shared(session, word).await? {
            known.terms.insert(word.clone());
        }
    }
    Ok(known)
}

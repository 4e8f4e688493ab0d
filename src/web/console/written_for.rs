//! For which kind of topic a message was written, and the buttons that say which kind it is.

use crate::{
    model::topic::{Topic, TopicKind},
    web::ui,
};

/// For which kind of topic a message was written.
pub(super) struct WrittenFor {
    /// The topic.
    pub topic: String,
    /// The sentence that says so.
    pub says: String,
    /// The update to come back to, if it is one.
    pub update: Option<String>,
    /// What the kind may be set to, with its name: every other one, and the one that is only probable, too.
    pub choices: Vec<(&'static str, &'static str)>,
}

impl WrittenFor {
    /// A message about this topic, as an update if it is one.
    pub fn new(topic: &Topic, update: Option<String>) -> Self {
        let says = if topic.kind_is_sure {
            format!("Written as for {}.", with_article(topic.kind))
        } else {
            format!(
                "Written so that it fits a bug and a wish alike, because it is not sure that this is {}.",
                with_article(topic.kind)
            )
        };
        let is_offered = |kind: &&TopicKind| !topic.kind_is_sure || **kind != topic.kind;
        let choices = TopicKind::ALL.iter().filter(is_offered).map(|kind| (kind.as_str(), ui::kind_word(*kind).0));
        Self { topic: topic.id.to_string(), says, update, choices: choices.collect() }
    }
}

fn with_article(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Bug => "a bug",
        TopicKind::FeatureRequest => "a feature request",
        TopicKind::Question => "a question",
    }
}

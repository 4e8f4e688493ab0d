//! Which topics a list or a file has, and in which order: the same for both.

use serde::Deserialize;
use utoipa::IntoParams;

use super::lists::{all_words, word};
use crate::{
    model::{
        ranking::TopicOrder,
        topic::{TopicKind, TopicState},
    },
    store::{board::TopicFilter, sought::SoughtWords},
    web::problem::{Problem, ProblemType},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct TopicQuery {
    /// Only this kind.
    #[param(value_type = Option<TopicKind>, inline)]
    kind: Option<String>,
    /// Only this state.
    #[param(value_type = Option<TopicState>, inline)]
    state: Option<String>,
    /// Only topics with all of these words, or with words that begin so: in their title and summary or, for whoever may read customers,
    /// in what a customer wrote in one ticket. Where very many tickets have each of the words, the newest 500 of a topic are read.
    q: Option<String>,
    /// In which order: `customers` where it is not said.
    #[param(value_type = Option<TopicOrder>, inline)]
    sort: Option<String>,
}

impl TopicQuery {
    /// The topics and their order. What customers pay puts nothing in order for whoever may not know it.
    pub(super) fn read(&self, knows_customers: bool) -> Result<(TopicFilter, TopicOrder), Problem> {
        let order = word("sort", self.sort.as_deref(), TopicOrder::parse, all_words!(TopicOrder))?;
        let order = order.unwrap_or(TopicOrder::Customers);
        if order == TopicOrder::Revenue && !knows_customers {
            let sentence = "Your role may not know amounts; sort by something else.";
            return Err(Problem::saying(ProblemType::Forbidden, sentence));
        }
        let wanted = TopicFilter {
            beside: None,
            kind: word("kind", self.kind.as_deref(), TopicKind::parse, all_words!(TopicKind))?,
            state: word("state", self.state.as_deref(), TopicState::parse, all_words!(TopicState))?,
            words: SoughtWords::typed(self.q.as_deref(), knows_customers),
        };
        Ok((wanted, order))
    }
}
